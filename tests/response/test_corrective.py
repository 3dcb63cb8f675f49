"""Corrective actions: owned, done with proof, checked by another, opened again, and called about when overdue."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.action import CorrectiveAction
from models.call import Call
from models.clock import VirtualClock
from models.database import Store, Work
from models.drill import Drill
from models.errors import InvalidInputError, NotFoundError, RefusedError, TocsinError
from models.incident import Incident
from models.ledger import LedgerEntry
from response.corrective import (
    NewAction,
    add_action,
    assign_action,
    find_action,
    finish_action,
    list_actions,
    reopen_action,
    verify_action,
)
from response.deadlines import watch
from response.remarks import read_remarks
from tests.support.steps import declared

DUE = date(2026, 3, 10)
NEW = NewAction("Scan storage daily", "preventive", "resp-1", DUE)
Act = Callable[..., CorrectiveAction]


def do(store: Store, act: Act, *given: Any) -> dict[str, Any]:
    with store.work() as unit:
        return act(unit, *given).model_dump()


@pytest.fixture
def opened(store: Store) -> str:
    """Open an action that resp-1 owns."""
    return str(do(store, add_action, declared(store).id, NEW, "lead-1")["id"])


def row(store: Store, action: str) -> dict[str, Any]:
    with store.reading() as session:
        return find_action(session, action).model_dump()


def entries(store: Store, action: str) -> list[tuple[str, str, str]]:
    with store.reading() as session:
        rows = session.exec(select(LedgerEntry).order_by(col(LedgerEntry.seq))).all()
    told = [json.loads(row.document) for row in rows]
    return [
        (each["tag"], each["actor"], each["role"]) for each in told if each["body"].get("action") == action
    ]


def test_action_goes_from_assigned_to_verified_by_another(store: Store, opened: str) -> None:
    assert opened.endswith("/A1")
    do(store, finish_action, opened, "change 4711", "resp-1")
    row = do(store, verify_action, opened, "The scan found the test file that we left open.", "audit-1")
    now = store.clock()
    assert (row["status"], row["evidence"]) == ("verified", "change 4711")
    assert (row["done_by"], row["done_at"], row["verified_by"], row["verified_at"]) == (
        "resp-1", now, "audit-1", now,
    )  # fmt: skip
    assert entries(store, opened) == [
        ("action:added", "lead-1", "incident_lead"),
        ("action:done", "resp-1", "responder"),
        ("action:verified", "audit-1", "auditor"),
    ]


def test_finding_is_sealed_and_only_its_digest_is_in_the_ledger(store: Store, opened: str) -> None:
    do(store, finish_action, opened, "change 4711", "resp-1")
    do(store, verify_action, opened, "Seen with Li Na.", "audit-1")
    assert read_remarks(store, opened.partition("/")[0], opened) == ["Seen with Li Na."]
    with store.reading() as session:
        assert not [row for row in session.exec(select(LedgerEntry)) if b"Li Na" in row.document]


@pytest.mark.parametrize("by", ["resp-1", "lead-1"])
def test_nobody_checks_their_own_work_whatever_their_role(store: Store, opened: str, by: str) -> None:
    do(store, assign_action, opened, by, None, "dpo-1")
    do(store, finish_action, opened, "change 4711", by)
    with pytest.raises(RefusedError):
        do(store, verify_action, opened, "It works.", by)
    assert row(store, opened)["status"] == "done"


def test_ineffective_action_is_opened_again_with_its_evidence(
    store: Store, clock: VirtualClock, opened: str
) -> None:
    do(store, finish_action, opened, "change 4711", "resp-1")
    clock.advance(timedelta(days=20))
    with pytest.raises(InvalidInputError, match="has passed"):
        do(store, reopen_action, opened, "Two accounts are not scanned.", None, "audit-1")
    row = do(store, reopen_action, opened, "Two accounts are not scanned.", date(2026, 4, 10), "audit-1")
    assert (row["status"], row["due_on"], row["evidence"]) == ("open", date(2026, 4, 10), "change 4711")
    assert (row["done_by"], row["done_at"]) == (None, None)


@pytest.mark.parametrize(
    ("act", "given", "error"),
    [
        (finish_action, ("", "resp-1"), InvalidInputError),
        (finish_action, ("x" * 301, "resp-1"), InvalidInputError),
        (finish_action, ("change 1", "lead-1"), RefusedError),
        (verify_action, ("It works.", "audit-1"), RefusedError),
        (reopen_action, ("Why not", None, "audit-1"), RefusedError),
        (assign_action, ("nobody", None, "lead-1"), NotFoundError),
        (assign_action, ("lead-2", date(2026, 1, 1), "lead-1"), InvalidInputError),
        (assign_action, ("lead-2", None, "care-1"), RefusedError),
    ],
)
def test_what_may_not_be_is_refused_and_changes_nothing(
    store: Store, opened: str, act: Act, given: tuple[Any, ...], error: type[TocsinError]
) -> None:
    before = row(store, opened)
    with pytest.raises(error):
        do(store, act, opened, *given)
    assert row(store, opened) == before
    assert len(entries(store, opened)) == 1


@pytest.mark.parametrize(
    "new",
    [
        NewAction(" ", "corrective", "resp-1", DUE),
        NewAction("Mend", "sometime", "resp-1", DUE),
        NewAction("Mend", "corrective", "resp-1", date(2026, 3, 2)),
    ],
)
def test_new_action_needs_title_kind_and_a_day_to_come(store: Store, opened: str, new: NewAction) -> None:
    with pytest.raises(InvalidInputError):
        do(store, add_action, opened.partition("/")[0], new, "lead-1")
    with store.reading() as session:
        assert [row.id for row in list_actions(session)] == [opened]


def test_action_that_does_not_exist_is_refused(store: Store, opened: str) -> None:
    with pytest.raises(NotFoundError):
        do(store, finish_action, f"{opened}9", "change 1", "resp-1")


def called(store: Store) -> set[str]:
    with store.reading() as session:
        return {row.staff_id for row in session.exec(select(Call).where(Call.about == "action:overdue"))}


def test_overdue_action_calls_owner_and_leads_once_a_week_even_after_closure(
    store: Store, clock: VirtualClock, opened: str
) -> None:
    with store.work() as unit:
        close(unit, opened)
    clock.advance(timedelta(days=7))
    assert (clock().date(), watch(store).overdue) == (DUE, ())
    clock.advance(timedelta(days=1))
    assert watch(store).overdue == (opened,)
    assert called(store) >= {"resp-1", "lead-1", "dpo-1"}
    assert watch(store).overdue == ()
    clock.advance(timedelta(days=7))
    assert watch(store).overdue == (opened,)
    do(store, finish_action, opened, "change 4711", "resp-1")
    clock.advance(timedelta(days=7))
    assert watch(store).overdue == ()
    assert [tag for tag, *_ in entries(store, opened)].count("action:overdue") == 2


def close(unit: Work, action: str) -> None:
    incident = unit.session.get(Incident, action.partition("/")[0])
    assert incident is not None
    incident.status = "closed"
    unit.session.add(incident)


def test_given_another_day_an_overdue_action_is_told_anew(
    store: Store, clock: VirtualClock, opened: str
) -> None:
    clock.advance(timedelta(days=8))
    assert watch(store).overdue == (opened,)
    do(store, assign_action, opened, "resp-2", date(2026, 3, 12), "lead-1")
    assert watch(store).overdue == ()
    clock.advance(timedelta(days=2))
    assert watch(store).overdue == (opened,)


def test_drill_is_watched_only_by_its_id(store: Store, clock: VirtualClock) -> None:
    incident = declared(store, drill=True)
    opened = do(store, add_action, incident.id, NEW, "lead-1")["id"]
    clock.advance(timedelta(days=8))
    assert watch(store).overdue == ()
    assert watch(store, incident.id).overdue == (opened,)


def test_gaps_of_a_drill_that_ended_are_watched_and_called_about_for_real(
    store: Store, clock: VirtualClock
) -> None:
    incident = declared(store, drill=True)
    opened = do(store, add_action, incident.id, NEW, "lead-1")["id"]
    with store.work() as unit:
        ran = {"incident_id": incident.id, "scenario": "s", "scenario_hash": "0", "run": "1"}
        unit.session.add(Drill(**ran, status="done", started_at=unit.clock(), clock_at=unit.clock()))
    clock.advance(timedelta(days=8))
    assert watch(store).overdue == (opened,)
    with store.reading() as session:
        calls = session.exec(select(Call).where(Call.about == "action:overdue")).all()
    assert {row.drill for row in calls} == {False}
