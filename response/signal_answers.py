"""What people say to signals that no rule declared: an incident, part of one, or nothing."""

from sqlmodel import Session, col, select

from models.database import Store
from models.errors import NotFoundError, RefusedError
from models.incident import Incident
from models.signal import Signal
from models.vocabulary import IncidentStatus, Role
from response.first_facts import reading_of
from response.incidents import Declarer, declare, locked_incident
from response.remarks import keep_remark
from response.signals.rules import playbook_for
from response.staff import role_of


def signals_to_ask_about(session: Session) -> list[Signal]:
    """List the signals that no rule declared and no person has answered, the oldest first."""
    rows = session.exec(
        select(Signal).where(col(Signal.incident_id).is_(None)).order_by(col(Signal.received_at))
    )
    return [row for row in rows if "set_aside_by" not in row.named]


def declare_signal(
    store: Store, signal_id: str, by: str, playbook: str | None = None, incident_id: str | None = None
) -> Incident:
    """Let a person declare a kept signal as an incident, or join it to the open one named.

    Raises:
        NotFoundError, RefusedError: no such signal, incident or role; or it belongs to an incident already.
    """
    with store.work() as unit:
        role = role_of(unit.session, by, (Role.INCIDENT_LEAD, Role.RESPONDER, Role.DATA_PROTECTION_OFFICER))
        signal = _unanswered(unit.session, signal_id)
        if incident_id is not None:
            incident = locked_incident(unit.session, incident_id)
            _must_fit(incident, signal)
        else:
            name = playbook or playbook_for(reading_of(unit, signal).facts.get("breach.vector"))
            why = Declarer(by, role, "a person declared it")
            incident = declare(unit, signal.title, why, playbook=name, drill=signal.drill)
        signal.incident_id = incident.id
        unit.session.add(signal)
        unit.record(
            "signal:joined",
            actor=by,
            role=role,
            incident_id=incident.id,
            drill=signal.drill,
            body={"signal": signal.id},
        )
    return incident


def set_signal_aside(store: Store, signal_id: str, by: str, reason: str) -> Signal:
    """Let a person say that a kept signal is no incident, and why; it stays kept.

    Raises:
        NotFoundError, RefusedError, InvalidInputError: no such signal or role, answered already, or no reason.
    """
    with store.work() as unit:
        role = role_of(unit.session, by, (Role.INCIDENT_LEAD, Role.RESPONDER, Role.DATA_PROTECTION_OFFICER))
        signal = _unanswered(unit.session, signal_id)
        signal.named = {**signal.named, "set_aside_by": by}
        unit.session.add(signal)
        body = {"signal": signal.id, "reason": keep_remark(unit, None, signal.id, reason, by)}
        unit.record("signal:set_aside", actor=by, role=role, drill=signal.drill, body=body)
    return signal


def _unanswered(session: Session, signal_id: str) -> Signal:
    signal = session.exec(select(Signal).where(Signal.id == signal_id).with_for_update()).first()
    if signal is None:
        raise NotFoundError(
            f"There is no signal {signal_id[:40]}.", remedy="`tocsin signal list` shows them."
        )
    if signal.incident_id is not None or "set_aside_by" in signal.named:
        raise RefusedError("This signal was already answered.", where=signal_id)
    return signal


def _must_fit(incident: Incident, signal: Signal) -> None:
    if incident.status != IncidentStatus.OPEN or incident.drill != signal.drill:
        raise RefusedError(
            "The signal can't join this incident.",
            where=incident.id,
            expected="an open one, drill with drill",
        )
