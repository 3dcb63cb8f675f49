"""A step that failed for good: people have it tried again or leave it out, with a reason that stays."""

import orjson
import pytest
from sqlmodel import select

from models.database import Store, Work
from models.errors import InvalidInputError, NotFoundError, RefusedError, UnavailableError
from models.ledger import LedgerEntry
from models.playbook_run import StepRun
from models.remark import Remark
from response import actions, leases
from response.context import StepContext, StepFailedError, StepOutcome
from response.mending import retry_step, skip_step
from response.plan import next_steps
from response.remarks import read_remarks
from response.steps import run_step


def failing(unit: Work, context: StepContext) -> StepOutcome:
    raise UnavailableError("The relay is away.")


@pytest.fixture(autouse=True)
def failed(store: Store, incident_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring the first step to its end after all attempts."""
    monkeypatch.setitem(actions.LOCAL, "triage.assess", failing)
    leases.take(store, incident_id, "runner")
    run_step(store, incident_id, "assess", "runner")
    with pytest.raises(StepFailedError):
        run_step(store, incident_id, "assess", "runner")


def ready(store: Store, incident_id: str) -> list[str]:
    return [card.key for card in next_steps(store, incident_id).ready]


def test_failed_step_blocks_what_follows(store: Store, incident_id: str) -> None:
    view = next_steps(store, incident_id)
    assert (ready(store, incident_id), view.failed, view.finished) == ([], ("assess",), False)


def test_retried_step_runs_again_from_its_first_attempt(
    store: Store, incident_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    retry_step(store, incident_id, "assess", "lead-1", "The relay is back.")
    monkeypatch.setitem(actions.LOCAL, "triage.assess", lambda unit, context: StepOutcome())
    run_step(store, incident_id, "assess", "runner")
    assert ready(store, incident_id) == ["look"]


def test_skipped_step_lets_the_plan_go_on(store: Store, incident_id: str) -> None:
    skip_step(store, incident_id, "assess", "lead-1", "Assessed on paper; see the minutes.")
    assert ready(store, incident_id) == ["look"]


def test_reason_is_kept_sealed_and_the_ledger_proves_it(store: Store, incident_id: str) -> None:
    skip_step(store, incident_id, "assess", "lead-1", "Mr Li assessed it on paper.")
    with store.reading() as session:
        entry = session.exec(select(LedgerEntry).where(LedgerEntry.tag == "step:skipped")).one()
        kept = session.exec(select(Remark)).one()
    assert read_remarks(store, incident_id, "assess") == ["Mr Li assessed it on paper."]
    assert orjson.loads(entry.document)["body"] == {"step": "assess", "reason": kept.digest}
    assert b"Li" not in kept.sealed


@pytest.mark.parametrize(
    ("step", "by", "reason", "refusal"),
    [
        ("assess", "lead-1", " ", InvalidInputError),
        ("assess", "nobody", "why", NotFoundError),
        ("assess", "care-1", "why", RefusedError),
        ("no_such", "lead-1", "why", NotFoundError),
    ],
)
def test_refused_mending_changes_nothing(
    store: Store, incident_id: str, step: str, by: str, reason: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        skip_step(store, incident_id, step, by, reason)
    with store.reading() as session:
        assert session.get(StepRun, (incident_id, "assess")).status == "failed"


def test_step_that_did_not_fail_is_left_alone(store: Store, incident_id: str) -> None:
    skip_step(store, incident_id, "assess", "lead-1", "Assessed on paper.")
    with pytest.raises(RefusedError, match="skipped"):
        retry_step(store, incident_id, "assess", "lead-1", "Again.")
