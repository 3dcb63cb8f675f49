"""Time: UTC inside, an offset at every edge, never backwards."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clock import FlyingClock, VirtualClock, as_utc, iso_utc, read_moment, system_clock
from models.errors import InvalidInputError

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1970, 1, 3), datetime(9000, 1, 1), timezones=OFFSETS)  # noqa: DTZ001


@given(MOMENTS)
def test_a_moment_survives_being_written_and_read(moment: datetime) -> None:
    assert read_moment(iso_utc(moment)) == moment
    assert iso_utc(moment).endswith("Z")


@given(MOMENTS, MOMENTS)
def test_written_moments_of_whole_seconds_sort_as_the_moments_do(one: datetime, other: datetime) -> None:
    one, other = one.replace(microsecond=0), other.replace(microsecond=0)
    assert (iso_utc(one) < iso_utc(other)) == (one < other)


def test_a_moment_without_offset_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no offset"):
        as_utc(datetime(2026, 3, 3, 3, 0))  # noqa: DTZ001
    with pytest.raises(InvalidInputError, match="no offset"):
        read_moment("2026-03-03T03:00:00")


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00Z", "2026-02-30T00:00:00+08:00"])
def test_what_is_no_moment_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"facts\.yaml.*is not a moment"):
        read_moment(text, "facts.yaml")


@given(st.lists(st.timedeltas(timedelta(0), timedelta(days=400)), max_size=10))
def test_virtual_clock_stands_still_until_moved(steps: list[timedelta]) -> None:
    clock, start = VirtualClock(datetime(2026, 3, 3, tzinfo=UTC)), datetime(2026, 3, 3, tzinfo=UTC)
    for step in steps:
        assert clock.advance(step) == clock() == clock()
    assert clock() - start == sum(steps, timedelta(0))


def test_virtual_clock_refuses_to_run_backwards() -> None:
    with pytest.raises(InvalidInputError, match="backwards"):
        VirtualClock(datetime(2026, 3, 3, tzinfo=UTC)).advance(timedelta(seconds=-1))


def test_system_clock_is_utc() -> None:
    assert system_clock().tzinfo is UTC


def test_flying_clock_runs_with_the_machine_s_and_jumps_ahead_only() -> None:
    machine = VirtualClock(datetime(2026, 3, 3, 3, 0, tzinfo=UTC))
    flying = FlyingClock(machine=machine)
    assert flying() == machine()
    later = machine() + timedelta(days=30)
    assert flying.jump(later) == later
    machine.advance(timedelta(seconds=5))
    assert flying() == later + timedelta(seconds=5)
    assert flying.jump(later) == later + timedelta(seconds=5)
    assert FlyingClock(later, machine)() == later
