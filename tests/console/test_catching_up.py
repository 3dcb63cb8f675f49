"""What was missed while nothing ran is caught up once, by our own records."""

from datetime import UTC, datetime, timedelta

import pytest

from console.catching_up import (
    CAUGHT_UP,
    Missed,
    Schedule,
    is_caught_up,
    missed,
    missed_schedules,
    read_schedules,
)
from console.deploying import deployment_file
from models.clock import VirtualClock
from models.database import Store
from models.drill import Drill
from response.calling.calls import check_contacts
from response.incidents import Declarer, declare
from response.monthly import monthly

WEEKLY = Schedule("contacts", "weekly", "0 10 * * 2", "Asia/Shanghai", {})
NOW = datetime(2026, 6, 1, tzinfo=UTC)
SCHEDULES = read_schedules(deployment_file())


def founded(store: Store) -> None:
    """Leave the first entry of a home."""
    with store.work() as unit:
        unit.record("home:founded", actor="tocsin", role="administrator")


def to_catch_up(store: Store) -> dict[str, int]:
    """Say what would be caught up now, and how often it was missed."""
    return {
        each.schedule.deployment: each.times for each in missed_schedules(store, SCHEDULES, store.clock())
    }


def note_caught_up(store: Store, name: str) -> None:
    with store.work() as unit:
        unit.record(CAUGHT_UP, actor="tocsin", role="administrator", body={"schedule": name})


def test_five_missed_weeks_are_one_catching_up() -> None:
    found = missed(WEEKLY, NOW - timedelta(days=35), NOW)
    assert found == Missed(WEEKLY, datetime(2026, 5, 26, 2, tzinfo=UTC), 5)


def test_nothing_is_caught_up_before_its_hour_came() -> None:
    last_tuesday = datetime(2026, 5, 26, 2, tzinfo=UTC)
    assert missed(WEEKLY, last_tuesday, last_tuesday + timedelta(days=6, hours=23)) is None
    assert missed(WEEKLY, last_tuesday, last_tuesday + timedelta(days=7)) is not None


def test_every_schedule_that_leaves_something_undone_is_caught_up() -> None:
    assert {each.deployment for each in SCHEDULES if is_caught_up(each)} == {
        "drill",
        "contacts",
        "notification-test",
        "monthly-report",
    }
    assert {each.deployment for each in SCHEDULES if not is_caught_up(each)} == {
        "deadlines",
        "retention",
        "timestamping",
    }


def test_new_home_has_missed_nothing(store: Store) -> None:
    assert to_catch_up(store) == {}
    founded(store)
    assert to_catch_up(store) == {}


def test_home_that_slept_for_a_quarter_missed_each_once(store: Store, clock: VirtualClock) -> None:
    founded(store)
    clock.advance(timedelta(days=92))
    assert to_catch_up(store) == {"drill": 1, "contacts": 13, "notification-test": 3, "monthly-report": 3}


def test_what_was_done_since_is_not_caught_up(store: Store, clock: VirtualClock) -> None:
    founded(store)
    clock.advance(timedelta(days=92))
    with store.work() as unit:
        check_contacts(unit, "tocsin", "responder")
        incident = declare(
            unit, "A drill", Declarer("tocsin", "responder", "x"), playbook="exposed-storage", drill=True
        )
        began = {"started_at": unit.clock(), "clock_at": unit.clock(), "status": "stopped"}
        unit.session.add(
            Drill(incident_id=incident.id, scenario="open-bucket", scenario_hash="", run="r", **began)
        )
    monthly(store)
    assert to_catch_up(store) == {"notification-test": 3}


def test_what_was_caught_up_is_not_caught_up_again_until_it_is_due_anew(
    store: Store, clock: VirtualClock
) -> None:
    founded(store)
    clock.advance(timedelta(days=14))
    assert to_catch_up(store) == {"contacts": 2}
    note_caught_up(store, "contacts/weekly")
    assert to_catch_up(store) == {}
    clock.advance(timedelta(days=7))
    assert to_catch_up(store) == {"contacts": 1}


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda each: each.deployment)
def test_shipped_schedules_can_be_read(schedule: Schedule) -> None:
    assert missed(schedule, NOW - timedelta(days=100), NOW) is not None
