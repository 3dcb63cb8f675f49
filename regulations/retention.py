"""How long the personal data around an incident must or may be kept, as dated data with sources. Pure.

No rule of the GDPR sets a number: Art. 5(1)(e) wants personal data gone when its purpose is, Art. 33(5) the
record of a breach kept. So the longest period that applies decides, and the ledger stays for good.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from models.errors import InvalidInputError
from models.facts import Facts
from models.places import is_place
from regulations.plain_yaml import read_plain

SCHEMA = "tocsin/retention/1"
FILE = "retention.yaml"
KEYS = {"id", "months", "of", "citation", "verified", "places", "sectors"}
NEEDED = KEYS - {"places", "sectors"}
MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class RetentionRule:
    """One period, in months from closure, of one kind of record; no places means everywhere."""

    id: str
    months: int
    of: Mapping[str, str]
    citation: str
    verified: bool
    places: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()

    def applies(self, places: Collection[str], sectors: Collection[str] | None) -> bool:
        """Say whether it counts; what is not known is taken to apply, since erasing can't be undone."""
        here = not self.places or any(
            place == known or place == known[:2] or known == place[:2]
            for place in self.places
            for known in places
        )
        return here and (not self.sectors or sectors is None or not set(self.sectors).isdisjoint(sectors))


@cache
def retention_rules() -> tuple[RetentionRule, ...]:
    """Give the rules that come with Tocsin."""
    return read_rules(files("regulations").joinpath(FILE).read_text("utf-8"), FILE)


@cache
def dismissed_signal_rules() -> tuple[RetentionRule, ...]:
    """Give the rules for signals that a person dismissed, in months from the dismissal, the longest first."""
    text = files("regulations").joinpath(FILE).read_text("utf-8")
    return _longest_first(read_rules(text, FILE, "dismissed_signals"))


def read_rules(text: str, where: str, part: str = "rules") -> tuple[RetentionRule, ...]:
    """Read the rules of one part of a YAML text.

    Raises:
        InvalidInputError: with the rule that is wrong.
    """
    document = read_plain(text, where)
    listed = document.get(part)
    if document.get("schema") != SCHEMA or not isinstance(listed, list):
        raise InvalidInputError(
            "This is no file of retention rules.", where=where, expected=f"schema {SCHEMA}"
        )
    rules = tuple(_rule(each, f"{where}, rule {number}") for number, each in enumerate(listed, 1))
    if len({rule.id for rule in rules}) < len(rules):
        raise InvalidInputError("Two retention rules have the same id.", where=where)
    return rules


def _rule(told: Any, where: str) -> RetentionRule:
    if not isinstance(told, dict) or not set(told) <= KEYS or not set(told) >= NEEDED:
        raise InvalidInputError(
            "A retention rule is malformed.", where=where, expected=", ".join(sorted(KEYS))
        )
    months, places = told["months"], tuple(told.get("places", ()))
    if not isinstance(months, int) or isinstance(months, bool) or months < 1:
        raise InvalidInputError("A period is no number of months.", where=where, expected="at least 1")
    if strange := [place for place in places if not is_place(place)]:
        raise InvalidInputError(f"There is no place {strange[0]!r}.", where=where, expected="ISO 3166 codes")
    return RetentionRule(
        *(str(told["id"]), months, told["of"], str(told["citation"]), told["verified"] is True),
        places=places,
        sectors=tuple(told.get("sectors", ())),
    )


def rules_for(facts: Facts) -> tuple[RetentionRule, ...]:
    """Give the rules that apply to what is known of an incident, the longest first."""
    organisation = facts.organisation
    known = {*(organisation.establishments or ()), *(facts.people.by_place or ())}
    places = known | ({organisation.country} if organisation.country else set())
    # An organisation that is nowhere yet could be anywhere.
    if not places:
        return _longest_first(retention_rules())
    return _longest_first(rule for rule in retention_rules() if rule.applies(places, organisation.sectors))


def _longest_first(rules: Any) -> tuple[RetentionRule, ...]:
    return tuple(sorted(rules, key=lambda rule: (-rule.months, rule.id)))


def months_after(moment: datetime, months: int) -> datetime:
    """Give the same day and time `months` later, or the last day of a shorter month."""
    years, month = divmod(moment.month - 1 + months, MONTHS_A_YEAR)
    for day in range(moment.day, moment.day - 4, -1):
        try:
            return moment.replace(year=moment.year + years, month=month + 1, day=day)
        except ValueError:
            continue
    raise InvalidInputError("There is no such day.", where=moment.isoformat())
