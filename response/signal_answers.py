"""What people say to signals that no rule declared: an incident, part of one, or nothing."""

from dataclasses import dataclass

from sqlmodel import Session, select

from models.crypto import Sealer
from models.database import Store
from models.errors import NotFoundError, RefusedError
from models.incident import Incident
from models.signal import Signal, SignalMail
from models.vocabulary import IncidentStatus, Role
from response.first_facts import reading_of
from response.incidents import Declarer, declare, locked_incident
from response.remarks import keep_remark
from response.signal_state import SET_ASIDE_BY, is_answered
from response.signals.reading import told_text
from response.signals.rules import playbook_for
from response.staff import role_of

MAY_ANSWER = (Role.INCIDENT_LEAD, Role.RESPONDER, Role.DATA_PROTECTION_OFFICER)


def declare_signal(
    store: Store, signal_id: str, by: str, playbook: str | None = None, incident_id: str | None = None
) -> Incident:
    """Let a person declare a kept signal as an incident, or join it to the open one named.

    Raises:
        NotFoundError, RefusedError: no such signal, incident or role; or it belongs to an incident already.
    """
    with store.work() as unit:
        role = role_of(unit.session, by, MAY_ANSWER)
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


@dataclass(frozen=True)
class OpenedSignal:
    """A signal in clear: what is known about it, what it says, and the mail it came in."""

    about: dict[str, str]
    text: str
    mail: bytes = b""


def open_signal(store: Store, signal_id: str, by: str, *, mail: bool = False) -> OpenedSignal:
    """Show somebody what a signal says, or the whole mail it came in; who read it is recorded.

    Raises:
        NotFoundError, RefusedError: no such signal or mail, no role, or it was erased.
    """
    with store.work() as unit:
        role = role_of(unit.session, by, MAY_ANSWER)
        signal = unit.session.get(Signal, signal_id)
        if signal is None:
            raise _unknown(signal_id)
        came = unit.session.get(SignalMail, signal.came_in) if signal.came_in else None
        if mail and came is None:
            raise NotFoundError("This signal came in no mail.", where=signal_id)
        if not signal.payload:
            raise RefusedError("What this signal said was erased.", where=signal_id)
        opened = _in_clear(unit.store.organisation_key.sealer, signal, came)
        body = {"signal": signal.id, "mail": mail}
        unit.record("signal:opened", actor=by, role=role, drill=signal.drill, body=body)
    return opened


def _in_clear(sealer: Sealer, signal: Signal, came: SignalMail | None) -> OpenedSignal:
    about = {"signal": signal.id, "form": signal.form, "told by": signal.told_by, "title": signal.title}
    if came is not None:
        sender = "proven" if came.proven else "not proven: anybody can have written this"
        about |= {"mail": came.id, "sender": sender}
        if not came.whole:
            about["cut"] = "the mail was too long; only its beginning was read"
    payload = sealer.open(signal.payload, f"signal/{signal.id}")
    raw = sealer.open(came.raw, f"mail/{came.id}") if came is not None and came.raw else b""
    return OpenedSignal(about, told_text(payload), raw)


def set_signal_aside(store: Store, signal_id: str, by: str, reason: str) -> Signal:
    """Let a person say that a kept signal is no incident, and why; it stays kept.

    Raises:
        NotFoundError, RefusedError, InvalidInputError: no such signal or role, answered already, or no reason.
    """
    with store.work() as unit:
        role = role_of(unit.session, by, MAY_ANSWER)
        signal = _unanswered(unit.session, signal_id)
        signal.named = {**signal.named, SET_ASIDE_BY: by}
        unit.session.add(signal)
        body = {"signal": signal.id, "reason": keep_remark(unit, None, signal.id, reason, by)}
        unit.record("signal:set_aside", actor=by, role=role, drill=signal.drill, body=body)
    return signal


def _unknown(signal_id: str) -> NotFoundError:
    return NotFoundError(f"There is no signal {signal_id[:40]}.", remedy="`tocsin signal list` shows them.")


def _unanswered(session: Session, signal_id: str) -> Signal:
    signal = session.exec(
        select(Signal).where(Signal.id == signal_id).with_for_update(key_share=True)
    ).first()
    if signal is None:
        raise _unknown(signal_id)
    if is_answered(signal):
        raise RefusedError("This signal was already answered.", where=signal_id)
    return signal


def _must_fit(incident: Incident, signal: Signal) -> None:
    if incident.status != IncidentStatus.OPEN or incident.drill != signal.drill:
        raise RefusedError(
            "The signal can't join this incident.",
            where=incident.id,
            expected="an open one, drill with drill",
        )
