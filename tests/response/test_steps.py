"""Each step once: what is done is in our record, whoever asks again."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.clock import VirtualClock
from models.database import Store, Work
from models.errors import CollisionError, UnavailableError
from models.incident import SequenceNumber
from models.ledger import LedgerEntry
from models.playbook_run import StepRun
from response import actions, leases
from response.context import StepContext, StepFailedError, StepOutcome
from response.plan import next_steps
from response.steps import run_step


@pytest.fixture(autouse=True)
def holding(store: Store, incident_id: str) -> None:
    leases.take(store, incident_id, "runner")


def counting(unit: Work, context: StepContext) -> StepOutcome:
    row = unit.session.get(SequenceNumber, "effect") or SequenceNumber(series="effect")
    row.last += 1
    unit.session.add(row)
    return StepOutcome(values={"risk": "high_risk"})


def effects(store: Store) -> int:
    with store.reading() as session:
        row = session.get(SequenceNumber, "effect")
        return row.last if row else 0


def step(store: Store, incident_id: str, key: str = "assess") -> StepRun:
    with store.reading() as session:
        return session.get(StepRun, (incident_id, key))


def test_step_commits_its_effect_and_its_record_together(
    store: Store, incident_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(actions.LOCAL, "triage.assess", counting)
    run_step(store, incident_id, "assess", "runner")
    done = step(store, incident_id)
    assert (effects(store), done.status, done.values) == (1, "done", {"risk": "high_risk"})


def test_step_asked_for_twice_runs_once(
    store: Store, incident_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(actions.LOCAL, "triage.assess", counting)
    run_step(store, incident_id, "assess", "runner")
    run_step(store, incident_id, "assess", "runner")
    assert effects(store) == 1


def test_step_that_dies_in_the_middle_is_ready_again_and_without_effect(
    store: Store, incident_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(unit: Work, context: StepContext) -> StepOutcome:
        counting(unit, context)
        raise KeyboardInterrupt

    monkeypatch.setitem(actions.LOCAL, "triage.assess", dying)
    with pytest.raises(KeyboardInterrupt):
        run_step(store, incident_id, "assess", "runner")
    assert (effects(store), step(store, incident_id).status) == (0, "running")
    assert [card.key for card in next_steps(store, incident_id).ready] == ["assess"]


def test_step_that_collides_with_another_runs_again_and_counts_as_one_attempt(
    store: Store, incident_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    collisions = iter([CollisionError("Met."), CollisionError("Met again.")])

    def meeting(unit: Work, context: StepContext) -> StepOutcome:
        outcome = counting(unit, context)
        if (met := next(collisions, None)) is not None:
            raise met
        return outcome

    monkeypatch.setitem(actions.LOCAL, "triage.assess", meeting)
    run_step(store, incident_id, "assess", "runner")
    done = step(store, incident_id)
    assert (effects(store), done.status, done.attempts, done.fault) == (1, "done", 1, None)
    with store.reading() as session:
        tags = session.exec(
            select(LedgerEntry.tag).where(LedgerEntry.tag.startswith("step:")).order_by(LedgerEntry.seq)
        )
        assert list(tags) == ["step:started", "step:done"]


def test_step_is_refused_to_who_does_not_hold_the_incident(store: Store, incident_id: str) -> None:
    with pytest.raises(leases.LeaseLostError):
        run_step(store, incident_id, "assess", "stranger")
    assert step(store, incident_id) is None


def test_step_fails_for_good_after_its_attempts(
    store: Store, incident_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(unit: Work, context: StepContext) -> StepOutcome:
        raise UnavailableError("The relay is away.")

    monkeypatch.setitem(actions.LOCAL, "triage.assess", failing)
    again = run_step(store, incident_id, "assess", "runner")
    assert (again.more, again.wait_seconds) == (True, 5.0)
    with pytest.raises(StepFailedError) as failure:
        run_step(store, incident_id, "assess", "runner")
    assert "relay" not in str(failure.value)
    failed = step(store, incident_id)
    assert (failed.status, failed.attempts, failed.fault) == ("failed", 2, "The relay is away.")


def test_step_in_batches_is_ready_until_the_last(
    store: Store, incident_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = iter([StepOutcome(more=True, progress=0.5), StepOutcome(values={"delivered": 2})])
    monkeypatch.setitem(actions.LOCAL, "triage.assess", lambda unit, context: next(batches))
    run_step(store, incident_id, "assess", "runner")
    ready = next_steps(store, incident_id).ready
    assert [(card.key, card.batch) for card in ready] == [("assess", 2)]
    run_step(store, incident_id, "assess", "runner")
    assert step(store, incident_id).values == {"delivered": 2}


def test_every_step_leaves_a_start_and_an_end_in_the_ledger(
    store: Store, incident_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(actions.LOCAL, "triage.assess", counting)
    run_step(store, incident_id, "assess", "runner")
    with store.reading() as session:
        tags = [entry.tag for entry in session.exec(select(LedgerEntry).order_by(LedgerEntry.seq))]
    assert tags == ["step:started", "step:done"]


def test_lease_passes_on_only_when_its_holder_falls_silent(
    store: Store, incident_id: str, clock: VirtualClock
) -> None:
    assert not leases.take(store, incident_id, "second")
    clock.advance(timedelta(seconds=store.settings.lease_seconds + 1))
    assert leases.take(store, incident_id, "second")
    assert not leases.renew(store, incident_id, "runner")
