"""A facts file in the making: paths set one by one, and a list of what could not be mapped."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

MOST = 10**12
_N = r"(\d{1,3}(?:[,. ]\d{3})+|\d{1,13})"
_COUNTS: tuple[tuple[re.Pattern[str], tuple[str, ...], int], ...] = (
    (re.compile(_N), ("value",), 0),
    (re.compile(rf"{_N}\s*(?:-|–|to)\s*{_N}"), ("at_least", "at_most"), 0),
    (re.compile(rf"{_N}\s*(?:\+|or more)"), ("at_least",), 0),
    (re.compile(rf"(?:at least|minimum|>=|≥)\s*{_N}"), ("at_least",), 0),
    (re.compile(rf"(?:more than|over|>)\s*{_N}"), ("at_least",), 1),
    (re.compile(rf"(?:at most|up to|<=|≤)\s*{_N}"), ("at_most",), 0),
    (re.compile(rf"(?:fewer than|less than|under|<)\s*{_N}"), ("at_most",), -1),
)
"""How a count is written, the bounds it gives in rising order, and what a strict comparison adds."""


class Draft:
    """Collects facts of one record."""

    def __init__(self, title: str) -> None:
        """Start with the only thing a facts file must have; at most 500 characters of it are kept."""
        self._values: dict[str, Any] = {"title": (title.strip() or "Imported record")[:500]}
        self.not_mapped: list[str] = []

    def put(self, path: str, value: Any) -> None:
        """Set the fact at a dotted path; None is unknown and sets nothing."""
        if value is not None and value != ():
            self._values[path] = value

    def skipped(self, what: str, why: str) -> None:
        """Note a part of the record that is not carried over. Positions and words only, no personal data."""
        note = f"{what}: {why}"
        if note not in self.not_mapped:
            self.not_mapped.append(note)

    def document(self) -> dict[str, Any]:
        """Return the facts as a nested document."""
        nested: dict[str, Any] = {}
        for path, value in self._values.items():
            place = nested
            *sections, name = path.split(".")
            for section in sections:
                place = place.setdefault(section, {})
            place[name] = value
        return nested


@lru_cache(maxsize=8)
def word_table(name: str) -> dict[str, Any]:
    """Read the table of words of one format."""
    text = files("regulations").joinpath("facts_import", f"{name}.yaml").read_text("utf-8")
    table: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return table


def part(record: Any, *keys: str) -> Mapping[str, Any]:
    """Return a nested object, or an empty one when it is missing or something else."""
    for key in keys:
        record = record.get(key) if isinstance(record, Mapping) else None
    return record if isinstance(record, Mapping) else {}


def words(record: Any, key: str) -> tuple[str, ...]:
    """Return a list of words, once each; a lone word is a list of one, anything else is left out."""
    value = record.get(key) if isinstance(record, Mapping) else None
    given: Iterable[Any] = value if isinstance(value, list | tuple) else (value,)
    return tuple(dict.fromkeys(word.strip() for word in given if isinstance(word, str) and word.strip()))


def word(record: Any, key: str) -> str:
    """Return the first word at `key`, or an empty string."""
    return next(iter(words(record, key)), "")


def objects(record: Any, key: str) -> tuple[Mapping[str, Any], ...]:
    """Return a list of objects; what is none is left out."""
    value = record.get(key) if isinstance(record, Mapping) else None
    return tuple(item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else ()


def amount(value: Any) -> float | None:
    """Return a finite number from nought upwards, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= MOST and math.isfinite(value) and value >= 0 else None


def whole(value: Any) -> int | None:
    """Return a whole number from nought upwards, or None."""
    number = amount(value)
    return None if number is None or number != int(number) else int(number)


def count_of(value: Any) -> dict[str, int] | None:
    """Read a count as people write it: 1494, "1,494", "500+", "at least 500", "500 - 1000", "up to 500".

    Anything vaguer ("about 500", "3.5 million") is None, unknown.
    """
    number = whole(value)
    if number is not None:
        return {"value": number}
    text = value.strip().lower() if isinstance(value, str) else ""
    for pattern, bounds, more in _COUNTS:
        found = pattern.fullmatch(text)
        if found:
            numbers = sorted(int(re.sub(r"\D", "", group)) + more for group in found.groups())
            return dict(zip(bounds, numbers, strict=True)) if numbers[-1] <= MOST else None
    return None


def day_of(year: Any, month: Any, day: Any) -> date | None:
    """Return the day, or None where a part is missing or there is no such day."""
    try:
        return date(int(year), int(month), int(day))
    except (TypeError, ValueError, OverflowError):
        return None
