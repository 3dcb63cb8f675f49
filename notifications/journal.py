"""The journal of delivery: a window of people is claimed durably, then sent to, then its outcomes are written.

A window taken from the lane costs one row however many people it covers. What a worker that died had claimed
becomes `unknown`, so at most its open windows are exposed; a worker that was only slow and comes back late
still writes what it knows over `unknown`, never over anything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Integer,
    String,
    and_,
    bindparam,
    func,
    insert,
    select,
    update,
)

from models.vocabulary import DeliveryStatus
from notifications.audience import DELIVERY, LANE, SUBJECT
from notifications.balance import WINDOW

QUEUED, CLAIMED = DeliveryStatus.QUEUED.value, DeliveryStatus.CLAIMED.value
DEFERRED, UNKNOWN = DeliveryStatus.DEFERRED.value, DeliveryStatus.UNKNOWN.value
ROW = DELIVERY.c


@dataclass(frozen=True, slots=True)
class ClaimedPerson:
    """One person of a window, as far as sending needs them; personal fields are still sealed."""

    person: int
    attempts: int
    sealed: bytes | None
    place: str
    language: str
    categories: str
    has_phone: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A committed window: these people are ours until the lease ends."""

    window: int
    campaign_id: str
    channel: str
    first: int
    last: int
    from_lane: bool
    people: tuple[ClaimedPerson, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """What to write for one person of a window."""

    person: int
    status: str
    reason: str | None = None
    code: str | None = None
    reference: str | None = None
    due_at: datetime | None = None
    tried: bool = True
    fallback: bool = False  # go on to the person's phone

    @property
    def is_plain(self) -> bool:
        """Whether it says no more than "sent"."""
        return self.reference is None and self.is_receipt

    @property
    def is_receipt(self) -> bool:
        """Whether it says no more than "sent", with the provider's id or without."""
        nothing_else = (self.reason, self.code, self.due_at) == (None, None, None)
        return self.status == DeliveryStatus.SENT and nothing_else and self.tried and not self.fallback


@dataclass(frozen=True, slots=True)
class Lease:
    """Who claims, when by the machine's clock, and for how long."""

    worker: str
    now: datetime
    term: timedelta


def claim(
    connection: Connection, incident_id: str, campaign_id: str, channel: str, size: int, lease: Lease
) -> Claim | None:
    """Claim up to `size` people inside the caller's transaction; None when nobody is waiting now.

    Retries and fallbacks that are due go first.
    """
    claimed = _claim_due(connection, campaign_id, channel, size, lease.now)
    from_lane = not claimed
    if from_lane:
        claimed = _advance_lane(connection, campaign_id, channel, size)
    if not claimed:
        return None
    window = connection.execute(
        insert(WINDOW).values(
            campaign_id=campaign_id,
            channel=channel,
            first=claimed[0] if from_lane else 0,
            last=claimed[-1] if from_lane else 0,
            people=None if from_lane else claimed,
            size=len(claimed),
            worker=lease.worker,
            claimed_at=lease.now,
            lease_until=lease.now + lease.term,
            open=True,
            expired=False,
        )
    )
    people = _people(connection, incident_id, campaign_id, channel, claimed, from_lane)
    number = int(window.inserted_primary_key[0])  # type: ignore[index]
    return Claim(number, campaign_id, channel, claimed[0], claimed[-1], from_lane, people)


def rows_of(campaign_id: str, channel: str) -> ColumnElement[bool]:
    """Name the rows of one channel of a campaign."""
    return and_(ROW.campaign_id == campaign_id, ROW.channel == channel)


def _claim_due(connection: Connection, campaign_id: str, channel: str, size: int, now: datetime) -> list[int]:
    chosen = (
        select(ROW.person)
        .where(rows_of(campaign_id, channel), ROW.due_at <= now, ROW.status.in_((QUEUED, DEFERRED)))
        .order_by(ROW.due_at)
        .limit(size)
        .with_for_update(skip_locked=True)
    )
    people = sorted(connection.execute(chosen).scalars())
    if people:
        taken = rows_of(campaign_id, channel) & ROW.person.in_(people)
        connection.execute(update(DELIVERY).where(taken).values(status=CLAIMED, due_at=None))
    return people


def _advance_lane(connection: Connection, campaign_id: str, channel: str, size: int) -> list[int]:
    lane = and_(LANE.c.campaign_id == campaign_id, LANE.c.channel == channel)
    cursor = connection.execute(
        select(LANE.c.cursor).where(lane, LANE.c.unclaimed > 0).with_for_update()
    ).scalar()
    if cursor is None:
        return []
    waiting = (
        select(ROW.person)
        .where(rows_of(campaign_id, channel), ROW.person > cursor, ROW.status == QUEUED, ROW.due_at.is_(None))
        .order_by(ROW.person)
        .limit(size)
    )
    people = list(connection.execute(waiting).scalars())
    left = LANE.c.unclaimed - len(people) if people else 0
    end = people[-1] if people else cursor
    connection.execute(update(LANE).where(lane).values(cursor=end, unclaimed=left))
    return people


def _people(
    connection: Connection,
    incident_id: str,
    campaign_id: str,
    channel: str,
    people: Sequence[int],
    from_lane: bool,
) -> tuple[ClaimedPerson, ...]:
    chosen = ROW.person.between(people[0], people[-1]) if from_lane else ROW.person.in_(people)
    waiting = and_(ROW.status == QUEUED, ROW.due_at.is_(None)) if from_lane else ROW.status == CLAIMED
    subject = SUBJECT.c
    found = connection.execute(
        select(
            *(ROW.person, ROW.attempts, subject.sealed, subject.place, subject.language, subject.categories),
            subject.has_phone,
        )
        .join_from(DELIVERY, SUBJECT, and_(subject.incident_id == incident_id, subject.number == ROW.person))
        .where(rows_of(campaign_id, channel), chosen, waiting)
        .order_by(ROW.person)
    )
    return tuple(ClaimedPerson(*row) for row in found)


def record(
    connection: Connection, claimed: Claim, records: Sequence[Record], now: datetime, at: datetime
) -> bool:
    """Write what became of a window inside the caller's transaction and close it.

    `now` is the machine's clock, `at` the moment the records shall show. False when the window had been
    given up in the meantime: then only rows still `unknown` were written.
    """
    closing = update(WINDOW).where(WINDOW.c.id == claimed.window, WINDOW.c.open)
    in_time = bool(connection.execute(closing.values(open=False)).rowcount)
    plain = [found.person for found in records if found.is_plain]
    special = [found for found in records if not found.is_plain]
    if in_time and claimed.from_lane:
        held = QUEUED
        _write_plain(connection, claimed, plain, special, at)
    else:
        held = CLAIMED if in_time else UNKNOWN
        special = list(records)
    _write(connection, claimed, special, held, now, at)
    return in_time


def _write_plain(
    connection: Connection, claimed: Claim, plain: list[int], special: list[Record], at: datetime
) -> None:
    if not plain:
        return
    within = rows_of(claimed.campaign_id, claimed.channel) & ROW.person.between(claimed.first, claimed.last)
    within &= _HELD[QUEUED]
    if special:
        within &= ROW.person.not_in([found.person for found in special])
    sent = DeliveryStatus.SENT.value
    connection.execute(
        update(DELIVERY).where(within).values(status=sent, attempts=ROW.attempts + 1, changed_at=at)
    )


# A row may be written only while it is still in the state in which the window left it.
_HELD: dict[str, ColumnElement[bool]] = {
    QUEUED: and_(ROW.status == QUEUED, ROW.due_at.is_(None)),
    CLAIMED: ROW.status == CLAIMED,
    UNKNOWN: ROW.status == UNKNOWN,
}
# Built once: for a window of SMS, each with its provider's id, building it anew would cost more than the sending.
_WRITE = {
    state: update(DELIVERY)
    .where(
        ROW.campaign_id == bindparam("of_campaign"),
        ROW.channel == bindparam("of_channel"),
        ROW.person == bindparam("of_person"),
        held,
    )
    .values(attempts=ROW.attempts + bindparam("tries"))
    for state, held in _HELD.items()
}


def _write(
    connection: Connection, claimed: Claim, records: Sequence[Record], held: str, now: datetime, at: datetime
) -> None:
    """Write the rows one for one; whoever goes on to the phone, only when the e-mail's row was really ours."""
    written = [found for found in records if not found.fallback]
    if connection.dialect.name == "postgresql":
        written = _write_receipts(connection, claimed, written, held, at)
    if written:
        connection.execute(_WRITE[held], [_values(claimed, found, at) for found in written])
    for found in records:
        if found.fallback and connection.execute(_WRITE[held], _values(claimed, found, at)).rowcount:
            open_fallback(connection, claimed.campaign_id, found.person, now)


# PostgreSQL takes a whole window of receipts in one statement, for a fraction of what it costs one by one.
_RECEIPTS = (
    func.unnest(bindparam("people", type_=ARRAY(Integer)), bindparam("references", type_=ARRAY(String)))
    .table_valued("person", "reference", name="receipts")
    .render_derived()
)
_WRITE_RECEIPTS = {
    state: update(DELIVERY)
    .where(
        ROW.campaign_id == bindparam("of_campaign"),
        ROW.channel == bindparam("of_channel"),
        ROW.person == _RECEIPTS.c.person,
        held,
    )
    .values(
        status=DeliveryStatus.SENT.value,
        reference=_RECEIPTS.c.reference,
        attempts=ROW.attempts + 1,
        changed_at=bindparam("at"),
        **dict.fromkeys(("reason", "code", "due_at")),
    )
    for state, held in _HELD.items()
}


def _write_receipts(
    connection: Connection, claimed: Claim, records: Sequence[Record], held: str, at: datetime
) -> list[Record]:
    """Write those who were told, with the provider's ids; gives the others."""
    told = [found for found in records if found.is_receipt]
    if told:
        values = {
            "of_campaign": claimed.campaign_id,
            "of_channel": claimed.channel,
            "people": [found.person for found in told],
            "references": [found.reference for found in told],
            "at": at,
        }
        connection.execute(_WRITE_RECEIPTS[held], values)
    return [found for found in records if not found.is_receipt]


def _values(claimed: Claim, found: Record, at: datetime) -> dict[str, Any]:
    return {
        "of_campaign": claimed.campaign_id,
        "of_channel": claimed.channel,
        "of_person": found.person,
        "tries": 1 if found.tried else 0,
        "status": found.status,
        "reason": found.reason,
        "code": found.code,
        "reference": found.reference,
        "due_at": found.due_at,
        "changed_at": at,
        "current": not found.fallback,
    }


def open_fallback(connection: Connection, campaign_id: str, person: int, now: datetime) -> None:
    """Queue an SMS for somebody whose e-mail failed; the e-mail row stays as it was, no longer current."""
    connection.execute(
        insert(DELIVERY).values(
            campaign_id=campaign_id,
            channel="sms",
            person=person,
            status=QUEUED,
            current=True,
            attempts=0,
            due_at=now,
        )
    )
