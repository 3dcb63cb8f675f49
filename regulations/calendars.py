"""Working days of a place, public holidays and Chinese make-up working days included."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib.util import find_spec, module_from_spec
from threading import RLock
from typing import Protocol

from models.errors import InvalidInputError

_IMPORTING = RLock()


class WorkingDays(Protocol):
    """What we use of a calendar of the `holidays` package."""

    def is_working_day(self, key: date) -> bool:
        """Say whether people work on that day."""


@cache
def working_days(place: str) -> WorkingDays:
    """Return the calendar of `place` (DE, US-NY); raises InvalidInputError where none is known."""
    country, _, part = place.partition("-")
    try:
        with _one_country_alone():
            import holidays  # noqa: PLC0415 - 30 ms that only working-day clocks need

            calendar: WorkingDays = holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        raise InvalidInputError(f"There is no calendar of working days for {place!r}.") from None
    return calendar


@contextmanager
def _one_country_alone() -> Iterator[None]:
    """Let a country of `holidays` be imported without the two hundred others that its package imports first.

    The package stands in for itself, found but not run, and is forgotten again: who imports it later gets all.
    """
    name = "holidays.countries"
    with _IMPORTING:
        found = None if name in sys.modules else find_spec(name)
        if found is not None:
            sys.modules[name] = module_from_spec(found)
        try:
            yield
        finally:
            if found is not None:
                del sys.modules[name]


@lru_cache(maxsize=10_000)
def is_working_day(day: date, place: str) -> bool:
    """Say whether people work on `day` in `place`; the same days are asked about again and again."""
    return working_days(place).is_working_day(day)


def nth_working_day(start: date, number: int, place: str) -> date:
    """Return the `number`-th working day after `start`; the day of the start does not count."""
    day = start
    while number > 0:
        day += timedelta(days=1)
        number -= is_working_day(day, place)
    return day


def next_working_day(day: date, place: str) -> date:
    """Return `day` itself when it is a working day, else the next one."""
    while not is_working_day(day, place):
        day += timedelta(days=1)
    return day


def make_up_days_unpublished(day: date, place: str) -> bool:
    """Say whether China's make-up working days of that year are not in the calendar yet.

    The State Council publishes them late in the year before; until then weekends are counted as free.
    """
    if not place.startswith("CN"):
        return False
    calendar = working_days(place)
    calendar.is_working_day(day)  # the calendar works a year out when it is asked for one
    published: set[date] = getattr(calendar, "weekend_workdays", set())
    return not any(each.year == day.year for each in published)
