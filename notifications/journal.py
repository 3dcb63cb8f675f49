"""The journal of delivery: a window of people is claimed durably, then sent to, then its outcomes are written.

A window taken from the lane costs one row however many people it covers; outcomes may be written a few at a time,
and it closes with the last. What a worker that died had claimed and not recorded becomes `unknown`; a worker that
was only slow and comes back late still writes what it knows over `unknown`, never over anything else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update
from sqlalchemy import bindparam as given

from models.vocabulary import DeliveryStatus
from notifications.audience import DELIVERY, LANE, SUBJECT
from notifications.balance import WINDOW

QUEUED, CLAIMED = DeliveryStatus.QUEUED.value, DeliveryStatus.CLAIMED.value
DEFERRED, UNKNOWN = DeliveryStatus.DEFERRED.value, DeliveryStatus.UNKNOWN.value
SENT = DeliveryStatus.SENT.value
ROW = DELIVERY.c


class ClaimedPerson(NamedTuple):
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
    from_lane: bool
    people: tuple[ClaimedPerson, ...]


class Record(NamedTuple):
    """What to write for one person of a window."""

    person: int
    status: str
    reason: str | None = None
    code: str | None = None
    due_at: datetime | None = None
    tried: bool = True
    fallback: bool = False  # go on to the person's phone
    reference: str | None = None

    @property
    def is_receipt(self) -> bool:
        """Whether it says no more than "sent", with the provider's id or without."""
        return self[1:-1] == _SENT_ONLY

    @property
    def is_plain(self) -> bool:
        """Whether it says no more than "sent"."""
        return self.reference is None and self[1:-1] == _SENT_ONLY


_SENT_ONLY = Record(0, SENT)[1:-1]


@dataclass(frozen=True, slots=True)
class Lease:
    """Who claims, when by the machine's clock, for how long, and whether only a rehearsal server will hear of it."""

    worker: str
    now: datetime
    term: timedelta
    rehearsed: bool = False


def rows_of(campaign_id: Any, channel: Any) -> ColumnElement[bool]:
    """Name the rows of one channel of a campaign."""
    return and_(ROW.campaign_id == campaign_id, ROW.channel == channel)


# Waiting for the lane's cursor to come by; one who waits for a moment has `due_at`.
WAITING = and_(ROW.status == QUEUED, ROW.due_at.is_(None))

# Statements of the hot path are built once: building one anew costs many times more than running it.
OURS = rows_of(given("of_campaign"), given("of_channel"))
_LISTED = ROW.person.in_(given("of_people", expanding=True))
_LANE = and_(LANE.c.campaign_id == given("of_campaign"), LANE.c.channel == given("of_channel"))
_CURSOR = select(LANE.c.cursor).where(_LANE, LANE.c.unclaimed > 0).with_for_update()
_ADVANCE = update(LANE).where(_LANE).values(cursor=given("end"), unclaimed=LANE.c.unclaimed - given("taken"))
_RUN_DRY = update(LANE).where(_LANE).values(unclaimed=0)
_DUE = (
    select(ROW.person)
    .where(OURS, ROW.due_at <= given("now"), or_(ROW.status == QUEUED, ROW.status == DEFERRED))
    .order_by(ROW.due_at)
    .limit(given("size"))
    .with_for_update(skip_locked=True)
)
_TAKE_DUE = update(DELIVERY).where(OURS, _LISTED).values(status=CLAIMED, due_at=None)
_SAME_PERSON = and_(SUBJECT.c.incident_id == given("of_incident"), SUBJECT.c.number == ROW.person)
_PEOPLE = (
    select(ROW.person, ROW.attempts, *(SUBJECT.c[name] for name in ClaimedPerson._fields[2:]))
    .join_from(DELIVERY, SUBJECT, _SAME_PERSON)
    .where(OURS)
    .order_by(ROW.person)
)
_NEXT_PEOPLE = _PEOPLE.where(WAITING, ROW.person > given("cursor")).limit(given("size"))
_DUE_PEOPLE = _PEOPLE.where(_LISTED, ROW.status == CLAIMED)
_OPEN_WINDOW = insert(WINDOW)


def claim(
    connection: Connection, incident_id: str, campaign_id: str, channel: str, size: int, lease: Lease
) -> Claim | None:
    """Claim up to `size` people inside the caller's transaction; None when nobody is waiting now.

    Retries and fallbacks that are due go first.
    """
    ours = {"of_campaign": campaign_id, "of_channel": channel, "of_incident": incident_id}
    people = _claim_due(connection, ours, size, lease.now)
    from_lane = not people
    if from_lane:
        people = _advance_lane(connection, ours, size)
    if not people:
        return None
    window = connection.execute(
        _OPEN_WINDOW,
        {
            "campaign_id": campaign_id,
            "channel": channel,
            "first": people[0].person if from_lane else 0,
            "last": people[-1].person if from_lane else 0,
            "people": None if from_lane else [found.person for found in people],
            "size": len(people),
            "unrecorded": len(people),
            "worker": lease.worker,
            "claimed_at": lease.now,
            "lease_until": lease.now + lease.term,
            "open": True,
            "expired": False,
            "rehearsed": lease.rehearsed,
        },
    )
    number = int(window.inserted_primary_key[0])  # type: ignore[index]
    return Claim(number, campaign_id, channel, from_lane, people)


def _claim_due(
    connection: Connection, ours: dict[str, str], size: int, now: datetime
) -> tuple[ClaimedPerson, ...]:
    due = connection.execute(_DUE, ours | {"now": now, "size": size}).scalars().all()
    if not due:
        return ()
    connection.execute(_TAKE_DUE, ours | {"of_people": due})
    return tuple(map(ClaimedPerson._make, connection.execute(_DUE_PEOPLE, ours | {"of_people": due})))


def _advance_lane(connection: Connection, ours: dict[str, str], size: int) -> tuple[ClaimedPerson, ...]:
    cursor = connection.execute(_CURSOR, ours).scalar()
    if cursor is None:
        return ()
    found = connection.execute(_NEXT_PEOPLE, ours | {"cursor": cursor, "size": size}).all()
    people = tuple(map(ClaimedPerson._make, found))
    if people:
        connection.execute(_ADVANCE, ours | {"end": people[-1].person, "taken": len(people)})
    else:
        connection.execute(_RUN_DRY, ours)
    return people


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
