"""Questions to people: who may answer, how many must agree, and what happens when nobody does."""

from datetime import timedelta

import pytest

from models.clock import VirtualClock
from models.database import Store
from models.decision import Answer, Decision
from models.errors import InvalidInputError, NotFoundError, RefusedError
from response import actions, leases
from response.context import StepOutcome
from response.decisions import answer, settle_timeouts
from response.plan import next_steps, position
from response.questions import open_decisions
from response.steps import run_step


@pytest.fixture(autouse=True)
def looking(store: Store, incident_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring the plan to its first question."""
    monkeypatch.setitem(actions.LOCAL, "triage.assess", lambda unit, context: StepOutcome())
    leases.take(store, incident_id, "runner")
    run_step(store, incident_id, "assess", "runner")
    run_step(store, incident_id, "look", "runner")


@pytest.fixture
def agreeing(store: Store, incident_id: str) -> str:
    """Bring the plan to its approval and give the question's id."""
    answer(store, f"{incident_id}/look", "lead-1", "answer", document=b"cause: an open bucket")
    run_step(store, incident_id, "agree", "runner")
    return f"{incident_id}/agree"


def ends(store: Store, incident_id: str) -> tuple[str, ...]:
    with store.reading() as session:
        return position(session, incident_id).plan.reached_ends


def test_manual_step_waits_without_being_ready(store: Store, incident_id: str) -> None:
    view = next_steps(store, incident_id)
    assert (view.ready, view.waiting, view.finished) == ((), ("look",), False)


def test_manual_answer_becomes_the_step_s_values(store: Store, incident_id: str) -> None:
    answer(store, f"{incident_id}/look", "lead-1", "answer", document=b"cause: an open bucket")
    with store.reading() as session:
        assert position(session, incident_id).plan.variables["cause"] == "an open bucket"


def test_form_is_kept_sealed(store: Store, incident_id: str) -> None:
    answer(store, f"{incident_id}/look", "lead-1", "answer", document=b"cause: an open bucket")
    with store.reading() as session:
        kept = session.get(Answer, (f"{incident_id}/look", "lead-1"))
    assert b"bucket" not in kept.document


@pytest.mark.parametrize("form", [b"", b"reason: none", b"[", b"- a list"])
def test_form_that_does_not_fit_is_refused_and_nothing_is_kept(
    store: Store, incident_id: str, form: bytes
) -> None:
    with pytest.raises(InvalidInputError):
        answer(store, f"{incident_id}/look", "lead-1", "answer", document=form)
    with store.reading() as session:
        assert session.get(Answer, (f"{incident_id}/look", "lead-1")) is None
        assert [each.id for each in open_decisions(session)] == [f"{incident_id}/look"]


def test_approval_takes_as_many_people_as_needed(store: Store, incident_id: str, agreeing: str) -> None:
    assert answer(store, agreeing, "legal-1", "approve").status == "open"
    assert answer(store, agreeing, "dpo-1", "approve").status == "approved"
    assert ends(store, incident_id) == ("ended",)


def test_one_refusal_refuses(store: Store, incident_id: str, agreeing: str) -> None:
    answer(store, agreeing, "legal-1", "approve")
    assert answer(store, agreeing, "exec-1", "refuse", reason="The numbers are wrong.").status == "refused"
    assert ends(store, incident_id) == ("refused",)


def test_refusal_without_a_reason_is_no_answer(store: Store, agreeing: str) -> None:
    with pytest.raises(InvalidInputError):
        answer(store, agreeing, "legal-1", "refuse")


def test_nobody_counts_twice(store: Store, agreeing: str) -> None:
    answer(store, agreeing, "legal-1", "approve")
    with pytest.raises(RefusedError, match="already answered"):
        answer(store, agreeing, "legal-1", "approve")


def test_other_roles_may_not_answer(store: Store, agreeing: str) -> None:
    with pytest.raises(RefusedError, match="none of the roles"):
        answer(store, agreeing, "care-1", "approve")


def test_who_requested_may_not_approve(store: Store, agreeing: str) -> None:
    with store.work() as unit:
        question = unit.session.get(Decision, agreeing)
        question.requested_by = "legal-1"
        unit.session.add(question)
    with pytest.raises(RefusedError, match="Who asks"):
        answer(store, agreeing, "legal-1", "approve")


def test_settled_question_takes_no_more_answers(store: Store, agreeing: str) -> None:
    answer(store, agreeing, "legal-1", "refuse", reason="Not yet.")
    with pytest.raises(RefusedError, match="already refused"):
        answer(store, agreeing, "dpo-1", "approve")


def test_unknown_question_is_named(store: Store) -> None:
    with pytest.raises(NotFoundError, match="INC-9/x"):
        answer(store, "INC-9/x", "legal-1", "approve")


def test_overdue_approval_does_what_the_playbook_says(
    store: Store, incident_id: str, agreeing: str, clock: VirtualClock
) -> None:
    clock.advance(timedelta(hours=2))
    assert settle_timeouts(store) == [agreeing]
    assert ends(store, incident_id) == ("refused",)


def test_overdue_manual_step_goes_on_asking(store: Store, incident_id: str, clock: VirtualClock) -> None:
    clock.advance(timedelta(hours=1))
    assert settle_timeouts(store) == [f"{incident_id}/look"]
    with store.reading() as session:
        assert [each.id for each in open_decisions(session)] == [f"{incident_id}/look"]
