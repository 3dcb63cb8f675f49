"""Clocks of law: from which moment a limit runs and when it ends."""

from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from models.errors import InvalidInputError
from models.facts import fact_at
from regulations.calendars import make_up_days_unpublished, next_working_day
from regulations.context import Context, Where
from regulations.schema import Clock, Deadline, Option
from regulations.spans import after_span, end_of, zone_of

CALENDAR = "calendar"


class Reading(NamedTuple):
    """What a clock shows: its start and end in UTC, None while open, and a remark when one is due."""

    clock: str
    starts_at: datetime | None
    due_at: datetime | None
    remark: str = ""
    missing: tuple[str, ...] = ()


def moment_of(name: str, context: Context) -> datetime | None:
    """Return the moment `name` (a path of the facts file) in UTC, None when it is not known.

    A filing that lies after the moment of asking has not been made yet.
    """
    try:
        return context.moments[name]
    except KeyError:
        found = context.moments[name] = _read_moment(name, context)
        return found


def _read_moment(name: str, context: Context) -> datetime | None:
    if name == CALENDAR:
        return None
    if name.startswith("filed."):
        found: Any = context.filed.get(name.removeprefix("filed."))
    else:
        found = fact_at(context.facts, name)
    if isinstance(found, str):  # below `regimes`, where the contract leaves the values free
        try:
            found = datetime.fromisoformat(found)
        except ValueError:
            return None
    if not isinstance(found, datetime) or found.tzinfo is None:
        return None
    return found.astimezone(UTC)


def started(clock: Clock, context: Context) -> tuple[str, datetime | None]:
    """Return the moment that started `clock` and its name; the first known, or the last."""
    if len(clock.moments) == 1:
        return clock.name, moment_of(clock.name, context)
    known = [(at, name) for name in clock.moments if (at := moment_of(name, context)) is not None]
    if not known:
        return clock.name, None
    at, name = max(known) if clock.last_of else min(known)
    return name, at


def read_clock(
    clock: Clock, deadline: Deadline, context: Context, where: Where, relief: bool = False
) -> Reading:
    """Return start and end of the limit; `relief` when a last day of rest moves it to the next working day."""
    if deadline.unit in {"fixed_date", "per_year"}:
        return Reading(CALENDAR, None, _yearly(deadline, context.at, where))
    name, start = started(clock, context)
    if deadline.earliest_of or deadline.latest_of:
        return _of_several(deadline, clock, context, where, relief)
    if start is None:
        return Reading(name, None, None, missing=clock.moments)
    if not deadline.is_counted:
        return Reading(name, start, None)
    due = _due(deadline, start, where)
    if deadline.unit == "business_days" and make_up_days_unpublished(
        last_day(due, where.zone), where.calendar
    ):
        return Reading(name, start, due, "The make-up working days of that year were not published yet.")
    return Reading(name, start, *_relieved(due, deadline, where, relief))


def _due(deadline: Deadline, start: datetime, where: Where) -> datetime:
    if deadline.after == "end_of_year":
        year = start.astimezone(zone_of(where.zone)).year
        start = end_of(
            date(year, 12, 30), where.zone
        )  # the last day of the year is the day that does not count
    return _after(start, deadline.value, deadline.unit, where, deadline.ends_at)


def _after(
    start: datetime, value: int | None, unit: str | None, where: Where, ends_at: str | None = None
) -> datetime:
    return after_span(
        start, value or 0, unit or "", zone=where.zone, calendar=where.calendar, ends_at=ends_at
    )


def _of_several(deadline: Deadline, clock: Clock, context: Context, where: Where, relief: bool) -> Reading:
    ends = [
        (end, option.of, start)
        for option in deadline.earliest_of or deadline.latest_of
        if (start := moment_of(option.of, context)) is not None
        and not _dropped(option, end := _after(start, option.value, option.unit, where), context)
    ]
    own, own_start = started(clock, context)
    if own_start is None or not ends:
        missing = () if own_start else clock.moments
        return Reading(own, own_start, None, "Another limit takes its place." if own_start else "", missing)
    due, name, start = min(ends) if deadline.earliest_of else max(ends)
    return Reading(name, start, *_relieved(due, deadline, where, relief))


def _dropped(option: Option, end: datetime, context: Context) -> bool:
    if option.drops_out_if_before is None:
        return False
    limit = moment_of(option.drops_out_if_before, context)
    return limit is not None and end < limit


def _relieved(due: datetime, deadline: Deadline, where: Where, relief: bool) -> tuple[datetime, str]:
    if not relief or deadline.relief is None:
        return due, ""
    day = last_day(due, where.zone)
    working = next_working_day(day, where.calendar)
    if working == day:
        return due, ""
    return end_of(
        working, where.zone, deadline.relief.until
    ), f"The last day is no working day: {deadline.relief.until} on the next one."


def last_day(due: datetime, zone: str) -> date:
    """Return the day on which a limit ends; 24:00 belongs to the day that it closes."""
    local = due.astimezone(zone_of(zone))
    if local.hour == local.minute == local.second == 0:
        return date.fromordinal(local.date().toordinal() - 1)
    return local.date()


def _yearly(deadline: Deadline, at: datetime, where: Where) -> datetime:
    today = at.astimezone(zone_of(where.zone)).date()
    month, day = map(int, (deadline.day or "12-31").split("-"))
    for year in (today.year, today.year + 1):
        if date(year, month, day) >= today:
            return end_of(date(year, month, day), where.zone)
    raise InvalidInputError(f"{deadline.day} is no day of the year.", expected="MM-DD")
