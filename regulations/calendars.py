"""Working days of a place, public holidays and Chinese make-up working days included."""

from datetime import date, timedelta
from functools import cache
from typing import Protocol

from models.errors import InvalidInputError


class WorkingDays(Protocol):
    """What we use of a calendar of the `holidays` package."""

    def is_working_day(self, key: date) -> bool:
        """Say whether people work on that day."""


@cache
def working_days(place: str) -> WorkingDays:
    """Return the calendar of `place` (DE, US-NY); raises InvalidInputError where none is known."""
    import holidays  # noqa: PLC0415 - 60 ms that only working-day clocks need

    country, _, part = place.partition("-")
    try:
        calendar: WorkingDays = holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        raise InvalidInputError(f"There is no calendar of working days for {place!r}.") from None
    return calendar


def nth_working_day(start: date, number: int, place: str) -> date:
    """Return the `number`-th working day after `start`; the day of the start does not count."""
    calendar, day = working_days(place), start
    while number > 0:
        day += timedelta(days=1)
        number -= calendar.is_working_day(day)
    return day


def next_working_day(day: date, place: str) -> date:
    """Return `day` itself when it is a working day, else the next one."""
    calendar = working_days(place)
    while not calendar.is_working_day(day):
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
