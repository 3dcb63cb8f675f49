"""Reports that come back: each one sent starts the clock of the next, until handling ends."""

from datetime import datetime, timedelta

from models.database import Work
from models.incident import Incident
from models.obligation import Obligation
from models.vocabulary import ObligationStatus
from response.duties import note_duty, obligations_of, rule_of, stands

SPANS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "calendar_days": timedelta(days=1)}


def open_next(
    unit: Work, incident: Incident, sent: Obligation, at: datetime, actor: str
) -> Obligation | None:
    """Open the next turn of a recurring report that was just sent; None for one that is sent once."""
    rule = rule_of(sent)
    span = SPANS.get(rule.deadline.unit or "")
    if (
        not rule.deadline.every
        or span is None
        or rule.deadline.value is None
        or "supplement_of" in sent.detail
    ):
        return None
    turn = int(sent.detail.get("turn", 1)) + 1
    values = sent.model_dump(exclude={"met_at", "met_by", "decided_by", "reason"})
    detail = {name: value for name, value in sent.detail.items() if name != "parts"}
    values |= {
        "id": f"{incident.id}/{sent.rule}#{turn}",
        "status": ObligationStatus.OPEN,
        "answer": "due",
        "starts_at": at,
        "due_at": at + span * rule.deadline.value,
        "facts_version": incident.facts_version,
        "detail": {**detail, "turn": turn},
    }
    row = Obligation(**values)
    unit.session.add(row)
    note_duty(unit, incident, row, "obligation:opened", actor, turn=turn)
    return row


def end_recurring(unit: Work, incident: Incident, actor: str) -> None:
    """Let the turns that are not due yet fall away, since handling has ended; one that was missed stays owed."""
    for row in obligations_of(unit.session, incident.id):
        if "turn" in row.detail and stands(row) and row.due_at is not None and row.due_at > unit.clock():
            row.status, row.reason = ObligationStatus.FALLEN_AWAY, "Handling has ended."
            unit.session.add(row)
            note_duty(unit, incident, row, "obligation:fallen_away", actor)
