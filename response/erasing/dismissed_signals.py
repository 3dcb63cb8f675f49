"""Signals that a person dismissed: kept for a period, then what they and their mails said is destroyed.

They belong to no incident, so they have no key of their own: what is sealed is taken out, and the database's files are
written anew. That a signal came, its digest, and who dismissed it when stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlmodel import Session, col, select

from models.database import Store, Work
from models.ledger import LedgerEntry
from models.remark import Remark
from models.scrubbing import scrub
from models.signal import Signal, SignalMail
from models.vocabulary import Role
from regulations.retention import dismissed_signal_rules, months_after
from response.calling.calls import MOST_NAMED, call_about_alarm
from response.context import TOCSIN
from response.erasing.words import ERASED
from response.keeping.retention import MAY_ERASE
from response.signal_state import SET_ASIDE_BY
from response.staff import role_of

RETENTION_DUE = "signal:retention_due"


@dataclass(frozen=True)
class Dismissed:
    """One dismissed signal that can still be read, and the moment (UTC) from which it may be erased."""

    signal_id: str
    dismissed_at: datetime
    erase_from: datetime
    rule: str


def dismissed_signals(session: Session) -> tuple[Dismissed, ...]:
    """Give those that can still be read, the earliest to go first."""
    rule = dismissed_signal_rules()[0]
    rows = session.exec(
        select(Signal.id, Signal.named, Remark.written_at)
        .join(Remark, col(Remark.subject) == col(Signal.id))
        .where(col(Signal.incident_id).is_(None), col(Remark.incident_id).is_(None), Signal.payload != b"")
        .order_by(col(Remark.written_at), col(Signal.id))
    )
    return tuple(
        Dismissed(own_id, at, months_after(at, rule.months), rule.id)
        for own_id, named, at in rows
        if SET_ASIDE_BY in named
    )


def note_dismissed_due(store: Store) -> tuple[str, ...]:
    """Record, once each, which dismissed signals are past their period, and call whoever may erase them.

    Gives all that wait for a person to erase them; the mails they came in go with them.
    """
    with store.reading() as session:
        due = [each.signal_id for each in dismissed_signals(session) if each.erase_from <= store.clock()]
    if not due:
        return ()
    with store.work() as unit:
        told = _told(unit.session)
        fresh = [each for each in due if each not in told]
        if fresh:
            detail = {"signals": ", ".join(fresh[:MOST_NAMED]), "past_their_period": len(fresh)}
            people = call_about_alarm(unit, None, RETENTION_DUE, MAY_ERASE, detail)
            body = {"signals": fresh, "people": people}
            unit.record(RETENTION_DUE, actor=TOCSIN, role=Role.DATA_PROTECTION_OFFICER, body=body)
    return tuple(due)


def _told(session: Session) -> set[str]:
    """Name the signals of which it was recorded already that their period is over."""
    entries = session.exec(select(LedgerEntry.document).where(LedgerEntry.tag == RETENTION_DUE))
    return {signal for document in entries for signal in orjson.loads(document)["body"]["signals"]}


def erase_dismissed(store: Store, by: str) -> tuple[str, ...]:
    """Destroy what the dismissed signals that are past their period said; gives their ids. It can't be undone.

    Called again after an interruption it finishes what is left.

    Raises:
        NotFoundError, RefusedError: no such person, or they may not.
        UnavailableError: it is destroyed, but others hold the database's files; call it again.
    """
    with store.work() as unit:
        role = role_of(unit.session, by, MAY_ERASE)
        due = [each for each in dismissed_signals(unit.session) if each.erase_from <= unit.clock()]
        for each in due:
            _empty(unit, each.signal_id)
            body = {"signal": each.signal_id, "rule": each.rule}
            unit.record("signal:erased", actor=by, role=role, body=body)
        unit.session.flush()
        _empty_mails(unit.session)
    scrub(store.engine, ("signal", "signal_mail", "remark"))
    return tuple(each.signal_id for each in due)


def _empty(unit: Work, signal_id: str) -> None:
    signal = unit.session.get_one(Signal, signal_id)
    signal.payload, signal.title, signal.named = b"", ERASED, {SET_ASIDE_BY: signal.named[SET_ASIDE_BY]}
    unit.session.add(signal)
    about = select(Remark).where(col(Remark.incident_id).is_(None), Remark.subject == signal_id)
    for remark in unit.session.exec(about):
        remark.sealed = b""
        unit.session.add(remark)


def _empty_mails(session: Session) -> None:
    """Empty each mail of which every signal was erased; one that another signal came in stays with that one."""
    readable = select(Signal.came_in).where(col(Signal.came_in).is_not(None), Signal.payload != b"")
    erased = select(Signal.came_in).where(col(Signal.came_in).is_not(None), Signal.payload == b"")
    ours = (col(SignalMail.id).in_(erased), col(SignalMail.id).not_in(readable), SignalMail.raw != b"")
    mails: Sequence[SignalMail] = session.exec(select(SignalMail).where(*ours)).all()
    for mail in mails:
        mail.raw = b""
        session.add(mail)
