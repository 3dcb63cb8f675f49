"""When a cron schedule of prefect.yaml fired last and how often: minute, hour, day, month, weekday, in its own zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.errors import InvalidInputError

FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
SUNDAY, SUNDAY_TOO = 0, 7


@dataclass(frozen=True)
class Cron:
    """A schedule: the numbers at which each field fits, and the zone in which they are meant."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool  # both day and weekday are restricted: cron takes a day that fits one of them
    zone: ZoneInfo

    def fires_between(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Give the moments (UTC) after `since` up to `until` at which it fires, in order."""
        day, last = since.astimezone(self.zone).date(), until.astimezone(self.zone).date()
        while day <= last:
            if self._fits(day):
                yield from (moment for moment in self._on(day) if since < moment <= until)
            day += timedelta(days=1)

    def _on(self, day: date) -> Iterator[datetime]:
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                yield datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)

    def _fits(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (of_month or of_week) if self.either_day else (of_month and of_week)


def read_cron(text: str, zone: str) -> Cron:
    """Read `minute hour day month weekday`, each `*`, a number, a range, a list, with steps as in `*/5`.

    Raises:
        InvalidInputError: it can't be read.
    """
    fields = text.split()
    if len(fields) != len(FIELDS):
        raise InvalidInputError(f"{text!r} is no cron schedule.", expected="five fields such as 0 10 * * 2")
    minutes, hours, days, months, weekdays = (
        _numbers(field, least, most, text) for field, (_, least, most) in zip(fields, FIELDS, strict=True)
    )
    return Cron(
        *(minutes, hours, days, months),
        weekdays=frozenset(SUNDAY if each == SUNDAY_TOO else each for each in weekdays),
        either_day=not (fields[2].startswith("*") or fields[4].startswith("*")),
        zone=ZoneInfo(zone),
    )


def _numbers(field: str, least: int, most: int, text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{least}-{most}" if span == "*" else span).partition("-")
        if not (first.isdigit() and (last or first).isdigit() and (step or "1").isdigit()):
            raise InvalidInputError(
                f"{text!r} is no cron schedule.", where=part, expected="numbers, * or */5"
            )
        end = int(last) if last else (most if step else int(first))
        found.update(range(int(first), end + 1, int(step or 1)))
    if not found or min(found) < least or max(found) > most:
        raise InvalidInputError(f"{text!r} is no cron schedule.", where=field, expected=f"{least} to {most}")
    return frozenset(found)
