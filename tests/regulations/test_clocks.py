"""Properties of clocks that hold whatever the law: they never run backwards and never depend on a wall."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import InvalidInputError
from models.facts_reading import facts_from
from regulations.calendars import make_up_days_unpublished, nth_working_day, working_days
from regulations.clocks import last_day
from regulations.duties import reading_of
from regulations.spans import add_months, after_span, end_of, shown

PLACES = [
    ("Asia/Shanghai", "CN"),
    ("Europe/Berlin", "DE"),
    ("America/New_York", "US"),
    ("America/Sao_Paulo", "BR"),
    ("Australia/Sydney", "AU"),
    ("Asia/Kolkata", "IN"),
    ("Pacific/Auckland", "NZ"),
]
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

UNITS = ["minutes", "hours", "calendar_days", "business_days", "months"]
moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
spans = st.tuples(st.integers(1, 60), st.sampled_from(UNITS), st.sampled_from(PLACES))


def due(start: datetime, span: tuple[int, str, tuple[str, str]]) -> datetime:
    value, unit, (zone, calendar) = span
    return after_span(start, value, unit, zone=zone, calendar=calendar)


@given(moments, spans)
def test_clock_ends_after_it_starts(start: datetime, span: tuple[int, str, tuple[str, str]]) -> None:
    assert due(start, span) > start


@given(moments, st.timedeltas(timedelta(0), timedelta(days=400)), spans)
def test_clock_that_starts_later_never_ends_earlier(
    start: datetime, later: timedelta, span: tuple[int, str, tuple[str, str]]
) -> None:
    assert due(start + later, span) >= due(start, span)


@given(moments, st.integers(-12 * 60, 14 * 60), spans)
def test_clock_ends_at_the_same_instant_whatever_offset_the_start_is_written_in(
    start: datetime, minutes: int, span: tuple[int, str, tuple[str, str]]
) -> None:
    elsewhere = start.astimezone(timezone(timedelta(minutes=minutes)))
    assert due(elsewhere, span) == due(start, span)


@given(moments, st.integers(1, 60), spans)
def test_clock_with_more_time_never_ends_earlier(
    start: datetime, more: int, span: tuple[int, str, tuple[str, str]]
) -> None:
    value, unit, place = span
    assert due(start, (value + more, unit, place)) > due(start, span)


@given(moments, st.integers(1, 500))
def test_hours_are_absolute(start: datetime, hours: int) -> None:
    for zone, calendar in PLACES:
        assert after_span(start, hours, "hours", zone=zone, calendar=calendar) - start == timedelta(
            hours=hours
        )


@given(moments, st.integers(1, 400), st.sampled_from(PLACES))
def test_days_end_at_midnight_of_the_recipient(start: datetime, days: int, place: tuple[str, str]) -> None:
    end = after_span(start, days, "calendar_days", zone=place[0], calendar=place[1])
    assert shown(end, place[0], whole_days=True)[11:19] == "24:00:00"


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(0, 60))
def test_months_keep_the_day_or_take_the_last_one(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


def test_months_differ_from_thirty_days() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert add_months(date(2026, 3, 31), 1) == date(2026, 4, 30)
    assert add_months(date(2026, 12, 15), 1) == date(2027, 1, 15)


@given(
    st.dates(date(2024, 1, 1), date(2027, 12, 1)),
    st.integers(1, 30),
    st.sampled_from(["CN", "DE", "US", "BR"]),
)
def test_nth_working_day_has_that_many_working_days_up_to_it(start: date, number: int, place: str) -> None:
    end, calendar = nth_working_day(start, number, place), working_days(place)
    days = [start + timedelta(days=step) for step in range(1, (end - start).days + 1)]
    assert sum(calendar.is_working_day(day) for day in days) == number
    assert calendar.is_working_day(end)


def test_working_days_refuse_a_place_without_a_calendar() -> None:
    with pytest.raises(InvalidInputError):
        working_days("QQ")


def test_chinese_working_days_of_an_unpublished_year_are_marked() -> None:
    assert not make_up_days_unpublished(date(2026, 3, 3), "CN")
    assert make_up_days_unpublished(date(2035, 3, 3), "CN")
    assert not make_up_days_unpublished(date(2035, 3, 3), "DE")
    facts = facts_from({"title": "x", "handled_at": "2035-03-01T10:00:00+08:00"})
    reading = reading_of("cn-nfra-69-final-5wd", facts, datetime(2035, 3, 2, tzinfo=UTC))
    assert reading is not None
    assert reading.remark == "The make-up working days of that year were not published yet."


def test_end_of_day_belongs_to_the_day_it_closes() -> None:
    end = end_of(date(2026, 3, 29), "Europe/Berlin")
    assert end == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert last_day(end, "Europe/Berlin") == date(2026, 3, 29)
    assert shown(end, "Europe/Berlin", whole_days=True) == "2026-03-29T24:00:00+02:00"
    assert end_of(date(2026, 3, 29), "Europe/Berlin", "12:00") == datetime(2026, 3, 29, 10, tzinfo=UTC)
