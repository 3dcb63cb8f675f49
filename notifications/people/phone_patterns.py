"""Mobile numbers read by the numbering plans themselves; whatever is not plainly one goes to the library.

The patterns are phonenumbers' own, so a number accepted here is one that the library accepts, at a hundredth of the
cost.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
import polars as pl
from phonenumbers import PhoneMetadata, PhoneNumberDesc

CODES = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
ASKED_BEFORE = (
    *("premium_rate", "toll_free", "shared_cost", "voip"),
    *("personal_number", "pager", "uan", "voicemail"),
)
_PLAIN = r"^\+?[0-9]+$"
_SEPARATORS = r"[ \-.()/\u{a0}]"
_CODE = rf"^\+(?:{'|'.join(str(code) for code in sorted(CODES))})"  # no code begins another


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbering plan of a region; those who share a calling code stand in the library's order."""

    code: str
    whole: str
    mobile: str
    other: str  # of kinds that the library looks for before it looks for mobile ones
    lengths: frozenset[int]
    earlier: str  # what may be a number of a region that the library asks before this one
    trunk: str
    abroad: str

    def textable(self, digits: pl.Expr) -> pl.Expr:
        """Say of national numbers whether they can only be this region's, and mobile or fixed and mobile alike."""
        fits = digits.str.len_bytes().is_in(self.lengths) & digits.str.contains(_from_end_to_end(self.mobile))
        fits &= ~digits.str.starts_with("0")
        for taken in filter(None, (_from_end_to_end(self.other) if self.other else "", self.earlier)):
            fits &= ~digits.str.contains(taken)
        return fits

    def from_home(self, digits: pl.Expr) -> pl.Expr:
        """Give the national number as written at home; null where the library may read it in several ways."""
        # Written with the country's code but no plus, or with what is dialled to go abroad, it can be two numbers.
        several = digits.str.starts_with(self.code) | _begins(digits, self.abroad)
        if not self.trunk:
            return pl.when(~several).then(digits)
        with_trunk = _begins(digits, self.trunk)
        if self.trunk != "0":
            return pl.when(~several & ~with_trunk).then(digits)
        stripped = with_trunk & ~digits.str.contains(_from_end_to_end(self.whole))
        return (
            pl.when(several)
            .then(None)
            .when(~with_trunk)
            .then(digits)
            .when(stripped)
            .then(digits.str.slice(1))
        )


def _begins(digits: pl.Expr, pattern: str) -> pl.Expr:
    return digits.str.starts_with(pattern) if pattern.isdigit() else digits.str.contains(f"^(?:{pattern})")


def _from_end_to_end(pattern: str) -> str:
    return f"^(?:{pattern})$"


@lru_cache(maxsize=512)
def plan_of(region: str) -> Plan | None:
    """Give the plan of a region, None when it is written in special ways."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    if metadata is None or metadata.country_code is None or not _pattern(metadata.mobile):
        return None
    if metadata.national_prefix_transform_rule or metadata.leading_digits:
        return None
    before = CODES[metadata.country_code][: CODES[metadata.country_code].index(region)]
    return Plan(
        *(str(metadata.country_code), _pattern(metadata.general_desc), _pattern(metadata.mobile)),
        *("|".join(_kinds(metadata, ASKED_BEFORE)), _lengths((metadata.general_desc, metadata.mobile))),
        "|".join(taken for region in before for taken in _taken(region)),
        *(metadata.national_prefix_for_parsing or "", metadata.international_prefix or "0"),
    )


def _kinds(metadata: PhoneMetadata, kinds: Iterable[str]) -> list[str]:
    return [pattern for kind in kinds if (pattern := _pattern(getattr(metadata, kind)))]


def _taken(region: str) -> list[str]:
    metadata = PhoneMetadata.metadata_for_region(region, None)
    if metadata is None:
        return []
    if metadata.leading_digits:
        return [f"^(?:{metadata.leading_digits})"]
    return [_from_end_to_end(kind) for kind in _kinds(metadata, (*ASKED_BEFORE, "fixed_line", "mobile"))]


def _pattern(part: PhoneNumberDesc | None) -> str:
    return (part.national_number_pattern or "") if part else ""


def _lengths(parts: Iterable[PhoneNumberDesc | None]) -> frozenset[int]:
    possible = [frozenset(part.possible_length) for part in parts if part and part.possible_length]
    return frozenset.intersection(*possible) if possible else frozenset(range(20))


def plain_mobiles(written: pl.Series, countries: pl.Series) -> pl.Series:
    """Give the E.164 form of plain mobile numbers, null where the library must be asked.

    Of each number, `countries` holds the country it is written in, such as DE, or an empty string.
    """
    digits = pl.col("written").str.replace_all(_SEPARATORS, "")
    home = pl.when(pl.col("digits").str.starts_with("+")).then(pl.col("digits").str.extract(_CODE, 0))
    frame = pl.LazyFrame({"written": written, "country": countries}).with_row_index("at")
    plain = frame.select("at", "country", digits=digits).filter(pl.col("digits").str.contains(_PLAIN))
    homes = plain.select("at", "digits", home=home.otherwise("country")).collect()
    read = [
        _read(part, home)
        for (home,), part in homes.partition_by("home", as_dict=True, maintain_order=False).items()
        if isinstance(home, str) and _plans(home)
    ]
    found = pl.concat(pl.collect_all(read)) if read else homes.select("at", number="home").clear()
    places = pl.select(at=pl.int_range(len(written), dtype=pl.UInt32))
    return places.join(found, on="at", how="left", maintain_order="left")["number"]


@lru_cache(maxsize=512)
def _plans(home: str) -> tuple[Plan, ...]:
    """Give the plans by which to read what was dialled from a country, or written with one country's code."""
    if home.startswith("+"):
        return tuple(plan for region in CODES[int(home)] if (plan := plan_of(region)))
    own = plan_of(home)
    first = plan_of(CODES[int(own.code)][0]) if own else None
    return tuple(dict.fromkeys(plan for plan in (own, first) if plan))


def _read(part: pl.DataFrame, home: str) -> pl.LazyFrame:
    """Read what was written in one country, or with one country's code."""
    plans, digits = _plans(home), pl.col("digits")
    national = digits.str.slice(len(home)) if home.startswith("+") else plans[0].from_home(digits)
    read = part.lazy().select("at", national=national)
    fits = pl.any_horizontal(plan.textable(pl.col("national")) for plan in plans)
    return read.filter(fits).select("at", number=f"+{plans[0].code}" + pl.col("national"))
