"""Calling people: who is told that something waits for them, in the unit of work that makes it wait.

Questions call those who may answer, reminders their deputies too, alarms those who lead. What is queued here is
sent by `response.calling.call_sending`, after the commit.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from models.call import Call
from models.database import Work
from models.decision import Answer, Decision
from models.incident import Incident
from models.staff import Staff
from models.vocabulary import CallKind, DecisionStatus, Role
from response.context import TOCSIN

CHANNELS = ("email", "sms")
SIGNALS_WAIT = "signal:waits"
MOST_NAMED = 10


def call_about_question(unit: Work, decision: Decision, incident: Incident) -> None:
    """Tell those who may answer a question that it is asked; deputies are called when it stays open."""
    people = _holders(unit.session, decision.roles, deputies=False)
    _queue(unit, incident, CallKind.QUESTION, decision.id, people, {"step": decision.step})


def remind_of_question(unit: Work, decision: Decision, incident: Incident, *, escalated: bool) -> None:
    """Tell those who have not answered yet, and their deputies, that a question still waits."""
    roles = [
        *decision.roles,
        *decision.detail.get("deputies", []),
        *([Role.INCIDENT_LEAD] if escalated else []),
    ]
    said = select(Answer.staff_id).where(Answer.decision_id == decision.id)
    done = set(unit.session.exec(said))
    people = [each for each in _holders(unit.session, roles, deputies=True) if each not in done]
    _queue(unit, incident, CallKind.REMINDER, decision.id, people, {"step": decision.step})


def call_about_alarm(
    unit: Work,
    incident: Incident | None,
    about: str,
    roles: Collection[str],
    detail: Mapping[str, Any],
    first: Collection[str] = (),
    *,
    for_real: bool = False,
) -> list[str]:
    """Tell `first` and the holders of some roles what happened; gives who they are, for the record.

    Without an incident it is about the house: an exercise held outside, a signal that was dismissed.

    A drill's calls are rehearsed, but for those about what remains to be done once it is over (`for_real`).
    """
    people = list(dict.fromkeys((*first, *_holders(unit.session, roles, deputies=True))))
    own_id, drill = (incident.id, incident.drill and not for_real) if incident else (None, False)
    _add(unit, own_id, CallKind.ALARM, about, people, dict(detail), drill=drill)
    return people


def call_about_signals(unit: Work, waiting: Collection[str]) -> None:
    """Tell those who may declare an incident which signals wait for somebody to look at them."""
    people = _holders(unit.session, (Role.RESPONDER, Role.INCIDENT_LEAD), deputies=True)
    detail = {"signals": ", ".join(sorted(waiting)[:MOST_NAMED]), "waiting": len(waiting)}
    _add(unit, None, CallKind.SIGNAL, SIGNALS_WAIT, people, detail, drill=False)
    if people:
        body = {"kind": str(CallKind.SIGNAL), "about": SIGNALS_WAIT, "people": people, **detail}
        unit.record("person:called", actor=TOCSIN, role="responder", body=body)


def check_contacts(unit: Work, by: str, role: str) -> int:
    """Ask everybody in the contact tree to confirm that calls reach them; gives how many people were asked."""
    people = [row.id for row in unit.session.exec(select(Staff).where(col(Staff.active))).all()]
    _add(unit, None, CallKind.CHECK, "contact-tree", people, {}, drill=False)
    unit.record("staff:check_asked", actor=by, role=role, body={"people": len(people)})
    return len(people)


def questions_to_remind_of(session: Session, now: datetime, incident_id: str | None) -> list[Decision]:
    """List the open questions of which people are to be reminded now; drills only by id."""
    query = select(Decision).join(Incident, col(Incident.id) == col(Decision.incident_id))
    query = query.where(Decision.status == DecisionStatus.OPEN, col(Decision.due_at).is_not(None))
    whose = col(Incident.drill).is_(False) if incident_id is None else col(Incident.id) == incident_id
    return [each for each in session.exec(query.where(whose)) if _reminder_due(each, now)]


def mark_reminded(decision: Decision, now: datetime) -> None:
    """Note that people were reminded, so that the next reminder comes only after the question was prolonged."""
    said = {
        "reminded_until": str(decision.due_at),
        "reminded_at": str(now),
        "reminders_sent": _passed(decision, now),
    }
    decision.detail = {**decision.detail, **said}


def _reminder_due(decision: Decision, now: datetime) -> bool:
    """Tell whether a reminder's time has come: the plan's own, else once when half the time is over."""
    if decision.due_at is None or now >= decision.due_at:
        return False
    if decision.detail.get("reminders"):
        return _passed(decision, now) > int(decision.detail.get("reminders_sent", 0))
    half: timedelta = (decision.due_at - decision.asked_at) / 2
    return decision.asked_at + half <= now and decision.detail.get("reminded_until") != str(decision.due_at)


def _passed(decision: Decision, now: datetime) -> int:
    spans = decision.detail.get("reminders", [])
    return sum(decision.asked_at + timedelta(seconds=span) <= now for span in spans)


def _holders(session: Session, roles: Collection[str], *, deputies: bool) -> list[str]:
    """List who holds one of the roles; whoever stands in for somebody comes after them, and only where asked for."""
    wanted = {str(role) for role in roles}
    rows = [row for row in session.exec(select(Staff).order_by(col(Staff.id))) if row.active]
    held = [row for row in rows if wanted.intersection(row.roles)]
    first = [row.id for row in held if row.deputy_of is None]
    second = [row.id for row in held if row.deputy_of is not None]
    return [*first, *second] if deputies or not first else first


def _queue(
    unit: Work, incident: Incident, kind: CallKind, about: str, people: list[str], detail: dict[str, Any]
) -> None:
    _add(unit, incident.id, kind, about, people, detail, drill=incident.drill)
    unit.record(
        "person:called",
        actor=TOCSIN,
        role="responder",
        incident_id=incident.id,
        drill=incident.drill,
        body={"kind": str(kind), "about": about, "people": people},
    )


def _add(
    unit: Work,
    incident_id: str | None,
    kind: CallKind,
    about: str,
    people: Iterable[str],
    detail: dict[str, Any],
    *,
    drill: bool,
) -> None:
    for person in people:
        for channel in CHANNELS:
            unit.session.add(
                Call(
                    incident_id=incident_id,
                    staff_id=person,
                    kind=kind,
                    about=about,
                    detail=detail,
                    channel=channel,
                    drill=drill,
                    queued_at=unit.clock(),
                    next_at=unit.clock(),
                )
            )
