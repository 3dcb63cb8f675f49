"""Mobile numbers read by the numbering plans themselves; whatever is not plainly one goes to the library.

The patterns are phonenumbers' own, so a number accepted here is one that the library accepts, at a hundredth of the
cost.
"""

import re
from collections.abc import Iterable, Iterator
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
    other: str  # kinds that the library looks for before it looks for mobile ones
    lengths: frozenset[int]
    earlier: str  # what may be a number of a region that the library asks before this one
    trunk: str
    abroad: str

    def textable(self, digits: pl.Expr) -> pl.Expr:
        """Say of national numbers whether they can only be this region's, and mobile or fixed and mobile alike."""
        fits = digits.str.len_bytes().is_in(self.lengths) & digits.str.contains(_from_end_to_end(self.mobile))
        fits &= ~digits.str.starts_with("0") & digits.str.contains(_from_end_to_end(self.whole))
        for taken in filter(None, (_from_end_to_end(self.other) if self.other else "", self.earlier)):
            fits &= ~digits.str.contains(taken)
        return fits

    def from_home(self, digits: pl.Expr) -> pl.Expr:
        """Give the national number as written at home; null where the library may read it in several ways."""
        # Written with the country's code but no plus, or with what is dialled to go abroad, it can be two numbers.
        several = digits.str.starts_with(self.code) | digits.str.contains(f"^(?:{self.abroad})")
        if not self.trunk:
            return pl.when(~several).then(digits)
        with_trunk = digits.str.contains(f"^(?:{self.trunk})")
        if re.fullmatch(self.trunk, "0") is None or re.compile(self.trunk).groups:
            return pl.when(~several & ~with_trunk).then(digits)
        only_zero = digits.str.extract(f"^({self.trunk})") == "0"
        stripped = only_zero & ~digits.str.contains(_from_end_to_end(self.whole))
        return (
            pl.when(several)
            .then(None)
            .when(~with_trunk)
            .then(digits)
            .when(stripped)
            .then(digits.str.slice(1))
        )


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
    digits = pl.col("digits").str.replace_all(_SEPARATORS, "")
    frame = pl.DataFrame({"digits": written, "home": countries}).with_columns(digits).with_row_index("at")
    frame = frame.filter(pl.col("digits").str.contains(_PLAIN))
    abroad = frame["digits"].str.starts_with("+")
    coded = frame.filter(abroad).with_columns(home=pl.col("digits").str.extract(_CODE, 0))
    frame = pl.concat([frame.filter(~abroad), coded.drop_nulls()])
    read = [
        found
        for (home,), part in frame.partition_by("home", as_dict=True, maintain_order=False).items()
        for found in _read(part, str(home))
    ]
    found = pl.concat(read) if read else pl.DataFrame(schema={"at": pl.UInt32, "number": pl.String})
    places = pl.select(at=pl.int_range(len(written), dtype=pl.UInt32))
    return places.join(found, on="at", how="left", maintain_order="left")["number"]


def _read(part: pl.DataFrame, home: str) -> Iterator[pl.DataFrame]:
    """Read what was dialled from one country, or written with one country's code."""
    code = int(home) if home.startswith("+") else phonenumbers.country_code_for_region(home)
    own = plan_of(home)
    if home.startswith("+"):
        national = part.select("at", national=pl.col("digits").str.slice(len(home)))
    elif own:
        national = part.select("at", national=own.from_home(pl.col("digits"))).drop_nulls()
    else:
        return
    for region in CODES.get(code, ()):
        plan = plan_of(region)
        if plan is None or not (home.startswith("+") or region in {home, CODES[code][0]}):
            continue
        fits = national.select(plan.textable(pl.col("national"))).to_series()
        yield national.filter(fits).select("at", number=f"+{code}" + pl.col("national"))
        national = national.filter(~fits)
        if national.is_empty():
            return
