"""Add a span of law to a moment: hours are absolute, days and months end at 24:00 where the recipient is.

The day on which the clock starts does not count (Reg. (EU, Euratom) 1182/71 Art. 3; Civil Code of the PRC
Art. 201). Extensions that general acts give for a last day of rest are not used: they could only be wrong
on the late side. A rule that grants one itself says so.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from regulations.calendars import nth_working_day


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return the time zone called `name` in the IANA database."""
    return ZoneInfo(name)


def end_of(day: date, zone: str, ends_at: str | None = None) -> datetime:
    """Return 24:00 of `day` in `zone` (or the hour at which the day ends for filings), in UTC."""
    if ends_at is not None:
        return datetime.combine(day, time.fromisoformat(ends_at), zone_of(zone)).astimezone(UTC)
    return datetime.combine(day + timedelta(days=1), time(0), zone_of(zone)).astimezone(UTC)


def add_months(day: date, number: int) -> date:
    """Return the same day `number` months later, or the last day of that month when it has no such day."""
    index = day.year * 12 + day.month - 1 + number
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def after_span(
    start: datetime, value: int, unit: str, *, zone: str, calendar: str, ends_at: str | None = None
) -> datetime:
    """Return the moment (UTC) at which `value` `unit` after `start` are over."""
    if unit == "hours":
        return start.astimezone(UTC) + timedelta(hours=value)
    if unit == "minutes":
        return start.astimezone(UTC) + timedelta(minutes=value)
    day = start.astimezone(zone_of(zone)).date()
    if unit == "calendar_days":
        last = day + timedelta(days=value)
    elif unit == "business_days":
        last = nth_working_day(day, value, calendar)
    else:
        last = add_months(day, value)
    return end_of(last, zone, ends_at)


def shown(moment: datetime, zone: str, *, whole_days: bool = False) -> str:
    """Write `moment` as seen in `zone`; the end of a day is written 24:00 of that day."""
    local = moment.astimezone(zone_of(zone))
    if whole_days and local.time() == time(0):
        day, offset = local.date() - timedelta(days=1), local.isoformat()[-6:]
        return f"{day.isoformat()}T24:00:00{offset}"
    return local.isoformat(timespec="seconds")
