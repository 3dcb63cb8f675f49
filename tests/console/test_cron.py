"""When schedules fire: the same moments as the engine's own reader of cron finds."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from console.cron import read_cron
from models.errors import InvalidInputError

SHIPPED = [
    "0 10 10 2,5,8,11 *",
    "0 10 * * 2",
    "0 10 3 * *",
    "0 7 1 * *",
    "30 7 * * *",
    "17 * * * *",
    "*/20 1-3 * * 0,6",
    "5 4 13 * 5",
]


@settings(max_examples=40)
@given(
    st.sampled_from(SHIPPED),
    st.sampled_from(["UTC", "Asia/Shanghai", "Asia/Kolkata"]),
    st.integers(0, 366 * 24 * 60),
    st.integers(1, 120),
)
def test_fires_when_the_engine_s_reader_says_so(cron: str, zone: str, minute: int, days: int) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    until = since + timedelta(days=days)
    oracle = []
    for moment in CronSim(cron, since.astimezone(ZoneInfo(zone))):
        if moment > until:
            break
        oracle.append(moment.astimezone(UTC))
    assert list(read_cron(cron, zone).fires_between(since, until)) == oracle


@pytest.mark.parametrize(
    "text", ["", "0 10 * *", "0 10 * * * *", "60 * * * *", "a * * * *", "1-0 * * * *", "0 0 0 * *"]
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="no cron schedule"):
        read_cron(text, "UTC")
