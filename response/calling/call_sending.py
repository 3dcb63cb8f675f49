"""Sending calls: each is claimed and committed, sent, then recorded; one that may have been lost is sent again.

Any number of processes may do this at once. A link's token exists in clear only in the message itself.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
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
from response.calling.call_bundles import take_bundles
from response.calling.call_texts import CallText, call_text
from response.context import TOCSIN
from response.signal_state import calling_signals
from response.staff import ContactPoint, contact_point

LOG = structlog.get_logger(__name__)
# Alarms about what outlives its incident: closing it settles everything else that people were to be called about.
OUTLIVING = frozenset({"action:overdue", "claim:overdue", "retention:due"})
CLAIM = timedelta(minutes=2)  # a sender that died in the middle is given up after this
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=10)
MOST_ATTEMPTS = 8
TOKEN_BYTES = 32


@dataclass(frozen=True)
class _Claimed:
    """One message with all that it needs, and the claimed calls that it is for."""

    calls: tuple[int, ...]
    channel: str
    drill: bool
    reach: ContactPoint
    text: CallText


def send_waiting_calls(store: Store, incident_id: str | None = None) -> int:
    """Send what is due, of one incident or of all but drills; gives how many messages went out."""
    sent = 0
    for claimed in _claim(store, incident_id):
        fault = _send(store.settings, claimed)
        _record(store, claimed, fault)
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
        prepared = [_prepare(unit, bundle) for bundle in take_bundles(unit.session, query)]
        return [each for each in prepared if each is not None]


def _due(store: Store, incident_id: str | None) -> SelectOfScalar[Call]:
    whose = col(Call.drill).is_(False) if incident_id is None else col(Call.incident_id) == incident_id
    queued = col(Call.status) == CallStatus.QUEUED
    return select(Call).where(queued, col(Call.next_at) <= store.clock(), whose).order_by(col(Call.id))


def _prepare(unit: Work, bundle: Sequence[Call]) -> _Claimed | None:
    """Claim calls that go out together and put them into words; None when there is no use in them any more."""
    first = bundle[0]
    try:
        reach = contact_point(unit.store, unit.session, first.staff_id)
    except NotFoundError:
        reach = ContactPoint("", "", None)
    reachable = reach.email if first.channel == "email" else reach.phone
    wanted: list[Call] = []
    for call in bundle:
        unit.session.add(call)
        if not reachable or _settled(unit, call):
            call.status = CallStatus.DROPPED
            continue
        call.next_at, call.attempts = unit.clock() + CLAIM, call.attempts + 1
        wanted.append(call)
    if not wanted:
        return None
    text = _words(unit, wanted, reach.language)
    return _Claimed(tuple(call.id or 0 for call in wanted), first.channel, first.drill, reach, text)


def _settled(unit: Work, call: Call) -> bool:
    """Tell whether what a call is about was settled meanwhile."""
    if call.incident_id is not None and call.about not in OUTLIVING:
        incident = unit.session.get_one(Incident, call.incident_id)
        if incident.status != IncidentStatus.OPEN:
            return True
    if call.kind == CallKind.SIGNAL:
        return not calling_signals(unit.session)
    if call.kind not in {CallKind.QUESTION, CallKind.REMINDER}:
        return False
    return unit.session.get_one(Decision, call.about).status != DecisionStatus.OPEN


def _words(unit: Work, calls: Sequence[Call], language: str) -> CallText:
    call = calls[0]
    decision = unit.session.get(Decision, call.about)
    return call_text(
        call.kind,
        language,
        incident=call.incident_id or "",
        about=call.about,
        question=decision.question.get(language, "") if decision else "",
        due=decision.due_at if decision else None,
        link=_link(unit.store.settings, call, decision),
        details=[each.detail for each in calls if each.kind in {CallKind.ALARM, CallKind.SIGNAL}],
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


def _record(store: Store, claimed: _Claimed, fault: str) -> None:
    with store.work() as unit:
        for call_id in claimed.calls:
            call = unit.session.get_one(Call, call_id)
            unit.session.add(call)
            if fault:
                _put_off(unit, call, fault)
            else:
                call.status, call.sent_at = CallStatus.SENT, unit.clock()


def _put_off(unit: Work, call: Call, fault: str) -> None:
    """Let a call be tried again later, or give it up."""
    LOG.warning("staff not called", call=call.id, channel=call.channel, fault=fault, tries=call.attempts)
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (call.attempts - 1))
    call.next_at = unit.clock() + pause
    if call.attempts < MOST_ATTEMPTS:
        return
    call.status = CallStatus.FAILED
    unit.record(
        "person:not_reached",
        actor=TOCSIN,
        role=Role.RESPONDER,
        incident_id=call.incident_id,
        drill=call.drill,
        body={"about": call.about, "person": call.staff_id, "channel": call.channel},
    )
