"""Noticing sleep: by everybody's clock, once for each sleep, and never because a clock was put back."""

from datetime import UTC, datetime, timedelta

import pytest

from console.waking import ASLEEP, Slumber, Waking
from models.clock import VirtualClock
from models.database import Store
from models.errors import UnavailableError

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_looks_in_quick_succession_are_no_sleep() -> None:
    clock = VirtualClock(NOON)
    slumber = Slumber(clock)
    for _ in range(100):
        clock.advance(SECOND)
        assert slumber.over() is None


@pytest.mark.parametrize(
    ("gap", "slept"), [(ASLEEP - SECOND, False), (ASLEEP, True), (timedelta(weeks=5), True)]
)
def test_look_that_comes_a_minute_late_was_kept_by_sleep_and_says_so_once(
    gap: timedelta, slept: bool
) -> None:
    clock = VirtualClock(NOON)
    slumber = Slumber(clock)
    clock.advance(gap)
    assert (slumber.over(), slumber.over()) == (gap if slept else None, None)


def test_clock_that_is_put_back_is_no_sleep() -> None:
    moments = iter([NOON, NOON - timedelta(hours=3), NOON - timedelta(hours=3) + SECOND])
    slumber = Slumber(lambda: next(moments))
    assert (slumber.over(), slumber.over()) == (None, None)


class _LateEngine:
    """An engine that does not answer at first, and then knows of nothing to drop."""

    def __init__(self) -> None:
        """Be away once."""
        self.asked = 0

    def drop_late_runs(self, _now: datetime) -> int:
        self.asked += 1
        if self.asked == 1:
            raise UnavailableError("The engine does not answer.")
        return 0

    def deployments(self) -> list[dict[str, str]]:
        return []

    def under_way(self) -> list[object]:
        return []


def test_engine_that_is_not_awake_yet_is_asked_again_until_it_answers(
    store: Store, clock: VirtualClock
) -> None:
    engine = _LateEngine()
    waking = Waking(store, engine)  # type: ignore[arg-type]
    clock.advance(timedelta(hours=8))
    for _ in range(4):
        assert waking.once() == ()
    assert engine.asked == 2
