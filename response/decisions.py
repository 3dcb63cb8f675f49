"""Answers to the plan's questions, from those whose role allows it.

An approval takes `needed` different people of its roles, never the requester; one refusal refuses it.
"""

from datetime import timedelta
from typing import Any

from sqlmodel import Session, select

from models.database import Store, Work
from models.decision import Answer, Decision
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.incident import Incident, IncidentKey
from models.playbook_run import StepRun
from models.staff import Staff
from models.vocabulary import DecisionKind, DecisionStatus, StepStatus
from response.calling.calls import remind_of_question
from response.context import TOCSIN, StepContext
from response.forms import FORMS
from response.plan import position
from response.questions import note_decision, open_decisions

VERDICTS = {DecisionKind.APPROVAL: {"approve", "refuse"}, DecisionKind.MANUAL: {"answer"}}


def answer(
    store: Store,
    decision_id: str,
    staff_id: str,
    verdict: str,
    *,
    reason: str = "",
    document: bytes | None = None,
) -> Decision:
    """Record what a person says to a question and, when that settles it, let the plan go on.

    Raises:
        NotFoundError: no such question or person.
        RefusedError: wrong role, the requester, twice the same person, or already settled.
        InvalidInputError: a verdict or form that does not fit; nothing is stored.
    """
    with store.work() as unit:
        decision = _find(unit.session, decision_id)
        incident = unit.session.get(Incident, decision.incident_id)
        assert incident is not None  # noqa: S101 - a foreign key
        role = _allowed_role(unit.session, decision, staff_id)
        _check_verdict(decision, verdict, reason)
        _keep_answer(unit, decision, staff_id, role, verdict, reason, document)
        note_decision(unit, decision, incident, staff_id, role, "decision:answered", verdict=verdict)
        if decision.kind == DecisionKind.MANUAL:
            values = _apply_form(unit, decision, document or b"", staff_id)
            _settle(unit, decision, incident, DecisionStatus.ANSWERED, values)
        else:
            _count(unit, decision, incident)
    return decision


def _find(session: Session, decision_id: str) -> Decision:
    query = select(Decision).where(Decision.id == decision_id).with_for_update(key_share=True)
    decision = session.exec(query).first()
    if decision is None:
        raise NotFoundError(
            f"There is no question {decision_id}.", remedy="`tocsin decide list` shows what waits."
        )
    if decision.status != DecisionStatus.OPEN:
        raise RefusedError(f"This question is already {decision.status}.", where=decision_id)
    return decision


def _allowed_role(session: Session, decision: Decision, staff_id: str) -> str:
    """Find the role in which this person may answer: one of the roles asked, a deputy's, or by deputising."""
    person = session.get(Staff, staff_id)
    if person is None or not person.active:
        raise NotFoundError(f"There is nobody called {staff_id}.", remedy="`tocsin staff list` shows who is.")
    if staff_id == decision.requested_by:
        raise RefusedError("Who asks for an approval can't give it.", where=decision.id)
    if session.get(Answer, (decision.id, staff_id)) is not None:
        raise RefusedError(f"{staff_id} has already answered.", where=decision.id)
    allowed: list[str] = [*decision.roles, *decision.detail.get("deputies", [])]
    principal = session.get(Staff, person.deputy_of) if person.deputy_of else None
    own = [*person.roles, *(principal.roles if principal else [])]
    for role in allowed:
        if role in own:
            return role
    raise RefusedError(
        f"{staff_id} has none of the roles that may answer.", where=decision.id, expected=" or ".join(allowed)
    )


def _check_verdict(decision: Decision, verdict: str, reason: str) -> None:
    fitting = VERDICTS[DecisionKind(decision.kind)]
    if verdict not in fitting:
        raise InvalidInputError(
            f"{verdict!r} is no answer to this question.",
            where=decision.id,
            expected=" or ".join(sorted(fitting)),
        )
    if verdict == "refuse" and not reason.strip():
        raise InvalidInputError(
            "A refusal needs its reason.", where=decision.id, remedy="Give it with --reason."
        )


def _keep_answer(
    unit: Work,
    decision: Decision,
    staff_id: str,
    role: str,
    verdict: str,
    reason: str,
    document: bytes | None,
) -> None:
    sealed = None
    if document is not None:
        key = unit.session.get(IncidentKey, decision.incident_id)
        sealer = unit.store.sealer(decision.incident_id, key.wrapped if key else None)
        sealed = sealer.seal(document, f"answer/{decision.id}/{staff_id}")
    unit.session.add(
        Answer(
            decision_id=decision.id,
            staff_id=staff_id,
            role=role,
            verdict=verdict,
            reason=reason,
            document=sealed,
            answered_at=unit.clock(),
        )
    )
    unit.session.flush()


def _apply_form(unit: Work, decision: Decision, document: bytes, staff_id: str) -> dict[str, Any]:
    here = position(unit.session, decision.incident_id)
    context = StepContext(
        store=unit.store,
        incident=here.incident,
        key=decision.step,
        step=here.playbook.step(decision.step),
        playbook=here.playbook,
        inputs=here.plan.inputs.get(decision.step, {}),
        results=here.results,
        executor=staff_id,
    )
    return FORMS[str(decision.form)](unit, context, document, staff_id)


def _count(unit: Work, decision: Decision, incident: Incident) -> None:
    answers = unit.session.exec(select(Answer).where(Answer.decision_id == decision.id)).all()
    if any(each.verdict == "refuse" for each in answers):
        _settle(unit, decision, incident, DecisionStatus.REFUSED, {})
        return
    complete = len(answers) >= decision.needed
    if decision.detail.get("each_role"):
        complete = complete and set(decision.roles) <= {each.role for each in answers}
    if complete:
        _settle(unit, decision, incident, DecisionStatus.APPROVED, {})


def _settle(
    unit: Work, decision: Decision, incident: Incident, status: DecisionStatus, values: dict[str, Any]
) -> None:
    decision.status, decision.decided_at = status, unit.clock()
    unit.session.add(decision)
    row = unit.session.get(StepRun, (decision.incident_id, decision.step))
    assert row is not None  # noqa: S101 - a question is asked by a recorded step
    good = status in {DecisionStatus.APPROVED, DecisionStatus.ANSWERED}
    row.status = StepStatus.DONE if good else StepStatus.FAILED
    row.values, row.finished_at = {**row.values, **values}, unit.clock()
    unit.session.add(row)
    if status != DecisionStatus.ANSWERED:  # a manual answer is its own settlement, and is entered already
        note_decision(unit, decision, incident, TOCSIN, decision.roles[0], f"decision:{status}")


def settle_timeouts(store: Store, incident_id: str | None = None) -> list[str]:
    """Apply to overdue questions what the playbook says: refuse, approve, or keep asking and escalate.

    Without an incident all but drills are looked at: a drill's clock is its own.
    """
    settled = []
    with store.work() as unit:
        for decision in open_decisions(unit.session, incident_id):
            if decision.due_at is None or decision.due_at > unit.clock():
                continue
            incident = unit.session.get(Incident, decision.incident_id)
            assert incident is not None  # noqa: S101 - a foreign key
            if incident_id is None and incident.drill:
                continue
            if decision.on_timeout == "approve":
                _settle(unit, decision, incident, DecisionStatus.APPROVED, {"by_timeout": True})
            elif decision.on_timeout in {"refuse", "fail"}:
                _settle(unit, decision, incident, DecisionStatus.TIMED_OUT, {"by_timeout": True})
            else:
                decision.due_at = unit.clock() + timedelta(hours=1)
                unit.session.add(decision)
                note_decision(unit, decision, incident, TOCSIN, "incident_lead", "decision:escalated")
                remind_of_question(unit, decision, incident, escalated=True)
            settled.append(decision.id)
    return settled
