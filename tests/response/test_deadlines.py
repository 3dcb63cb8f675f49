"""Clocks: people are warned before a duty falls due, told once when it is late, and no drill mixes in."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from models.clock import VirtualClock
from models.database import Store
from models.decision import Decision
from models.incident import Incident
from models.ledger import LedgerEntry
from models.obligation import Obligation
from response.deadlines import WatchResult, watch
from tests.conftest import THREE_AM

HOUR = timedelta(hours=1)


@pytest.fixture
def owe(store: Store, incident_id: str) -> Any:
    """Give a function that opens a duty, `hours` after three in the morning."""

    def open_duty(hours: float, rule: str = "rule-a", **more: Any) -> str:
        with store.work() as unit:
            unit.session.add(
                Obligation(
                    id=f"{incident_id}/{rule}",
                    incident_id=incident_id,
                    rule=rule,
                    rule_hash="0",
                    jurisdiction="eu",
                    stage="initial",
                    recipient="authority",
                    citation="Art. 33(1)",
                    verified=True,
                    answer="due",
                    facts_version=1,
                    starts_at=THREE_AM,
                    due_at=THREE_AM + hours * HOUR,
                    **{"status": "open", **more},
                )
            )
        return f"{incident_id}/{rule}"

    return open_duty


def duty(store: Store, duty_id: str) -> Obligation:
    with store.reading() as session:
        return session.get(Obligation, duty_id)


def entries(store: Store, tag: str) -> list[dict[str, Any]]:
    with store.reading() as session:
        rows = session.exec(select(LedgerEntry).where(LedgerEntry.tag == tag).order_by(LedgerEntry.seq))
        return [json.loads(row.document)["body"] for row in rows]


@pytest.mark.timeout(60)
def test_look_that_finds_nothing_due_waits_for_nobody_who_holds_a_duty(store: Store, owe: Any) -> None:
    duty_id = owe(10)
    with store.work() as unit:
        unit.session.get(Obligation, duty_id, with_for_update={"key_share": True})
        assert watch(store) == WatchResult()


def test_watch_marks_a_duty_late_at_the_moment_it_falls_due(
    store: Store, clock: VirtualClock, owe: Any
) -> None:
    owed = owe(72)
    clock.advance(72 * HOUR - timedelta(seconds=1))
    assert watch(store).late == ()
    clock.advance(timedelta(seconds=1))
    assert watch(store) == WatchResult(late=(owed,))
    assert duty(store, owed).status == "late"


def test_watch_says_late_and_calls_people_once(store: Store, clock: VirtualClock, owe: Any) -> None:
    owed = owe(4)
    clock.advance(5 * HOUR)
    assert [watch(store).late, watch(store).late] == [(owed,), ()]
    assert entries(store, "obligation:late") == [
        {"obligation": owed, "rule": "rule-a", "due_at": "2026-03-03T07:00:00Z"}
    ]
    assert [each["about"] for each in entries(store, "person:paged")] == ["obligation:late"]


@pytest.mark.parametrize(
    ("hours", "warnings"), [(72, [24, 4, 1]), (24, [4, 1]), (4, [1]), (1, []), (0.5, [])]
)
def test_watch_warns_within_the_length_of_the_clock(
    store: Store, clock: VirtualClock, owe: Any, hours: float, warnings: list[int]
) -> None:
    owe(hours)
    while clock() < THREE_AM + hours * HOUR - timedelta(minutes=20):
        watch(store)
        clock.advance(timedelta(minutes=10))
    said = [each["within_seconds"] // 3600 for each in entries(store, "person:paged")]
    assert said == warnings


def test_watch_after_a_long_silence_gives_only_the_nearest_warning(
    store: Store, clock: VirtualClock, owe: Any
) -> None:
    owed = owe(72)
    clock.advance(69 * HOUR)
    assert [watch(store).warned, watch(store).warned] == [(owed,), ()]
    assert duty(store, owed).detail == {"warned_seconds": 4 * 3600}


@pytest.mark.parametrize("status", ["met", "waived", "fallen_away", "not_started", "late"])
def test_watch_leaves_duties_alone_that_are_not_open(
    store: Store, clock: VirtualClock, owe: Any, status: str
) -> None:
    owed = owe(4, status=status)
    clock.advance(5 * HOUR)
    assert watch(store) == WatchResult()
    assert duty(store, owed).status == status


@pytest.mark.parametrize(("field", "value"), [("drill", True), ("status", "closed")])
def test_watch_leaves_drills_and_closed_incidents_alone(
    store: Store, clock: VirtualClock, owe: Any, incident_id: str, field: str, value: object
) -> None:
    owe(4)
    with store.work() as unit:
        setattr(unit.session.get(Incident, incident_id), field, value)
    clock.advance(5 * HOUR)
    assert watch(store) == WatchResult()


def test_watch_of_a_drill_by_id_uses_its_clock(
    store: Store, clock: VirtualClock, owe: Any, incident_id: str
) -> None:
    owed = owe(4)
    with store.work() as unit:
        unit.session.get(Incident, incident_id).drill = True
    clock.advance(5 * HOUR)
    assert watch(store, incident_id).late == (owed,)


def test_watch_settles_overdue_questions_as_the_plan_says(
    store: Store, clock: VirtualClock, incident_id: str
) -> None:
    with store.work() as unit:
        unit.session.add(
            Decision(
                id=f"{incident_id}/look",
                incident_id=incident_id,
                step="look",
                kind="manual",
                question={"en": "?", "zh": "？"},
                roles=["incident_lead"],
                requested_by="tocsin",
                asked_at=clock(),
                due_at=clock() + HOUR,
            )
        )
    assert watch(store).settled == ()
    clock.advance(HOUR)
    assert watch(store).settled == (f"{incident_id}/look",)
