"""Sending calls: each is claimed and committed, sent, then recorded; one that may have been lost is sent again.

Any number of processes may do this at once. A link's token exists in clear only in the message itself.
"""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.call import Call
from models.database import Store, Work
from models.decision import Decision
from models.errors import NotFoundError, TocsinError
from models.incident import Incident
from models.settings import Settings
from models.vocabulary import CallKind, CallStatus, DecisionKind, DecisionStatus, IncidentStatus, Role
from notifications.channels.calls import call_by_mail, call_by_text
from notifications.targets import mail_target, text_target
from response.calling.call_texts import CallText, call_text
from response.context import TOCSIN
from response.signal_state import calling_signals
from response.staff import ContactPoint, contact_point

LOG = structlog.get_logger(__name__)
CLAIM = timedelta(minutes=2)  # a sender that died in the middle is given up after this
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=10)
MOST_ATTEMPTS = 8
AT_ONCE = 20
TOKEN_BYTES = 32


@dataclass(frozen=True)
class _Claimed:
    """One claimed call with all that its message needs."""

    call_id: int
    channel: str
    drill: bool
    reach: ContactPoint
    text: CallText


def send_waiting_calls(store: Store, incident_id: str | None = None) -> int:
    """Send what is due, of one incident or of all but drills; gives how many went out."""
    sent = 0
    for claimed in _claim(store, incident_id):
        fault = _send(store.settings, claimed)
        _record(store, claimed.call_id, fault)
        sent += fault == ""
    return sent


def digest_of(token: str) -> bytes:
    """Give the digest under which a link's token is known."""
    return hashlib.sha256(token.encode()).digest()


def _claim(store: Store, incident_id: str | None) -> list[_Claimed]:
    query = _due(store, incident_id)
    with store.reading() as session:  # a look that finds nothing takes no write lock
        if session.exec(query.limit(1)).first() is None:
            return []
    with store.work() as unit:
        calls = unit.session.exec(query.limit(AT_ONCE).with_for_update(skip_locked=True)).all()
        return [each for each in (_prepare(unit, call) for call in calls) if each is not None]


def _due(store: Store, incident_id: str | None) -> SelectOfScalar[Call]:
    whose = col(Call.drill).is_(False) if incident_id is None else col(Call.incident_id) == incident_id
    queued = col(Call.status) == CallStatus.QUEUED
    return select(Call).where(queued, col(Call.next_at) <= store.clock(), whose).order_by(col(Call.id))


def _prepare(unit: Work, call: Call) -> _Claimed | None:
    """Claim one call and put it into words; None when there is no use in it any more."""
    unit.session.add(call)
    try:
        reach = contact_point(unit.store, unit.session, call.staff_id)
    except NotFoundError:
        reach = ContactPoint("", "", None)
    if _settled(unit, call) or not (reach.email if call.channel == "email" else reach.phone):
        call.status = CallStatus.DROPPED
        return None
    call.next_at, call.attempts = unit.clock() + CLAIM, call.attempts + 1
    return _Claimed(call.id or 0, call.channel, call.drill, reach, _words(unit, call, reach.language))


def _settled(unit: Work, call: Call) -> bool:
    """Tell whether what a call is about was settled meanwhile."""
    if call.incident_id is not None:
        incident = unit.session.get_one(Incident, call.incident_id)
        if incident.status != IncidentStatus.OPEN:
            return True
    if call.kind == CallKind.SIGNAL:
        return not calling_signals(unit.session)
    if call.kind not in {CallKind.QUESTION, CallKind.REMINDER}:
        return False
    return unit.session.get_one(Decision, call.about).status != DecisionStatus.OPEN


def _words(unit: Work, call: Call, language: str) -> CallText:
    decision = unit.session.get(Decision, call.about)
    return call_text(
        call.kind,
        language,
        incident=call.incident_id or "",
        about=call.about,
        question=decision.question.get(language, "") if decision else "",
        due=decision.due_at if decision else None,
        link=_link(unit.store.settings, call, decision),
        detail=call.detail if call.kind in {CallKind.ALARM, CallKind.SIGNAL} else None,
        drill=call.drill,
    )


def _link(settings: Settings, call: Call, decision: Decision | None) -> str:
    """Make the link for this one message; a form is too long for one, so only approvals and checks have it."""
    if call.kind != CallKind.CHECK and (decision is None or decision.kind != DecisionKind.APPROVAL):
        return ""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    call.token_digest = digest_of(token)
    return f"{settings.address_for_staff}/answer/{token}"


def _send(settings: Settings, claimed: _Claimed) -> str:
    """Send one call; gives what kept it from going out, or nothing."""
    try:
        if claimed.channel == "email":
            target, text = mail_target(settings, claimed.drill), claimed.text
            asyncio.run(call_by_mail(target, claimed.reach.email, text.subject, text.body))
        else:
            number = str(claimed.reach.phone)
            asyncio.run(call_by_text(text_target(settings, claimed.drill), number, claimed.text.sms))
    except TocsinError as error:
        return error.what
    except Exception as error:  # noqa: BLE001 - it must hold no other call back; its text may quote an address
        return type(error).__name__
    return ""


def _record(store: Store, call_id: int, fault: str) -> None:
    with store.work() as unit:
        call = unit.session.get_one(Call, call_id)
        unit.session.add(call)
        if not fault:
            call.status, call.sent_at = CallStatus.SENT, unit.clock()
            return
        LOG.warning("staff not called", call=call_id, channel=call.channel, fault=fault, tries=call.attempts)
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (call.attempts - 1))
        call.next_at = unit.clock() + pause
        if call.attempts >= MOST_ATTEMPTS:
            call.status = CallStatus.FAILED
            unit.record(
                "person:not_reached",
                actor=TOCSIN,
                role=Role.RESPONDER,
                incident_id=call.incident_id,
                drill=call.drill,
                body={"about": call.about, "person": call.staff_id, "channel": call.channel},
            )
