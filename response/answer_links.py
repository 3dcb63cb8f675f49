"""Links in calls: one person, one question, one use. Whoever holds the link is taken for the one it was sent to."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from models.call import Call
from models.database import Store
from models.decision import Decision
from models.errors import NotFoundError, RefusedError
from models.incident import Incident
from models.vocabulary import CallKind, DecisionStatus
from response.calling.call_sending import digest_of
from response.decisions import answer

LASTS = timedelta(hours=72)


@dataclass(frozen=True)
class Asked:
    """What a link asks of whom; `decision` is None for a check of the contact tree."""

    call: Call
    decision: Decision | None
    incident: Incident | None


def asked_by(session: Session, token: str, store: Store) -> Asked:
    """Find what a link is for.

    Raises:
        NotFoundError: no such link.
        RefusedError: it was used, is too old, or its question is settled.
    """
    call = session.exec(select(Call).where(col(Call.token_digest) == digest_of(token))).first()
    if call is None:
        raise NotFoundError("This link is not known.", remedy="Open the link of the newest message.")
    if call.used_at is not None:
        raise RefusedError("This link was used already.")
    if store.clock() - call.queued_at > LASTS:
        raise RefusedError("This link is too old.", remedy="Answer with `tocsin decide`.")
    if call.kind == CallKind.CHECK:
        return Asked(call, None, None)
    decision = session.get_one(Decision, call.about)
    if decision.status != DecisionStatus.OPEN:
        raise RefusedError(f"This question is already {decision.status}.")
    return Asked(call, decision, session.get_one(Incident, decision.incident_id))


def answer_by_link(store: Store, token: str, verdict: str, reason: str) -> Asked:
    """Take the answer that came by a link, and use the link up; gives what was answered.

    Raises:
        As `asked_by`, and as `response.decisions.answer`; the link stays good then.
    """
    with store.reading() as session:
        asked = asked_by(session, token, store)
    if asked.decision is not None:
        answer(store, asked.decision.id, asked.call.staff_id, verdict, reason=reason)
    _use_up(store, asked.call)
    return asked


def confirmed_at(session: Session) -> dict[str, datetime]:
    """Say for each person when they last confirmed that calls reach them (UTC)."""
    query = select(Call).where(Call.kind == CallKind.CHECK, col(Call.used_at).is_not(None))
    return {
        row.staff_id: row.used_at for row in session.exec(query.order_by(col(Call.used_at))) if row.used_at
    }


def _use_up(store: Store, used: Call) -> None:
    """Mark every link of this person to this question as used: the mail's and the SMS's."""
    query = select(Call).where(Call.staff_id == used.staff_id, Call.about == used.about)
    with store.work() as unit:
        query = query.where(
            col(Call.incident_id) == used.incident_id if used.incident_id else col(Call.id) == used.id
        )
        for call in unit.session.exec(query):
            call.used_at = unit.clock()
            unit.session.add(call)
        if used.kind == CallKind.CHECK:
            unit.record(
                "staff:reached", actor=used.staff_id, role="responder", body={"channel": used.channel}
            )
