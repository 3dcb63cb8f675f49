"""Questions that wait for people: a step asks, the row is the gate, and the engine only parks and wakes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.database import Work
from models.decision import Decision
from models.incident import Incident
from models.vocabulary import DecisionKind, DecisionStatus
from playbooks.durations import parse_duration
from response.calling.calls import call_about_question
from response.context import TOCSIN, StepContext


def ask(
    unit: Work, context: StepContext, kind: DecisionKind, question: Mapping[str, str] | None = None
) -> Decision:
    """Open the question of a step, its own or the one given; asking again finds the one that is open."""
    decision_id = f"{context.incident.id}/{context.key}"
    known = unit.session.get(Decision, decision_id)
    if known is not None:
        return known
    decision = _approval(context) if kind == DecisionKind.APPROVAL else _manual(context, question)
    decision.asked_at = unit.clock()
    decision.due_at = _due(context, unit.clock())
    unit.session.add(decision)
    note_decision(
        unit, decision, context.incident, TOCSIN, str(context.step.owner or "responder"), "decision:asked"
    )
    call_about_question(unit, decision, context.incident)
    return decision


def _approval(context: StepContext) -> Decision:
    gate = context.step.approval
    assert gate is not None  # noqa: S101 - the loader refuses an approval step without it
    return Decision(
        **_common(context, DecisionKind.APPROVAL),
        question={"en": gate.question.en, "zh": gate.question.zh},
        detail={
            "what_happens": gate.what_happens.model_dump(),
            "whom_it_touches": gate.whom_it_touches.model_dump(),
            "how_to_undo": gate.how_to_undo.model_dump(),
            "deputies": list(gate.deputies),
            "each_role": gate.each_role,
            "reminders": [parse_duration(span).total_seconds() for span in gate.reminders],
        },
        roles=list(gate.roles),
        needed=gate.needed,
        on_timeout=gate.on_timeout,
    )


def _manual(context: StepContext, question: Mapping[str, str] | None) -> Decision:
    text = context.step.instructions or context.step.name
    return Decision(
        **_common(context, DecisionKind.MANUAL),
        form=str(context.step.action),
        question=dict(question) if question is not None else {"en": text.en, "zh": text.zh},
        roles=[str(context.step.owner or "incident_lead")],
        on_timeout=context.step.on_timeout,
    )


def _common(context: StepContext, kind: DecisionKind) -> dict[str, Any]:
    return {
        "id": f"{context.incident.id}/{context.key}",
        "incident_id": context.incident.id,
        "step": context.key,
        "kind": kind,
        "requested_by": TOCSIN,
    }


def _due(context: StepContext, now: datetime) -> datetime | None:
    span = context.step.approval.timeout if context.step.approval else context.step.timeout
    return now + parse_duration(span) if span else None


def open_decisions(session: Session, incident_id: str | None = None) -> list[Decision]:
    """List the questions that wait, the oldest first."""
    query = select(Decision).where(Decision.status == DecisionStatus.OPEN).order_by(col(Decision.asked_at))
    if incident_id:
        query = query.where(Decision.incident_id == incident_id)
    return list(session.exec(query))


def note_decision(
    unit: Work, decision: Decision, incident: Incident, actor: str, role: str, tag: str, **body: Any
) -> None:
    """Enter what happened to a question into the ledger."""
    unit.record(
        tag,
        actor=actor,
        role=role,
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body={"decision": decision.id, "kind": decision.kind, **body},
    )
