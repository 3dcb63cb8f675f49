"""The journal of delivery: a window of people is claimed durably, then sent to, then its outcomes are written.

A window taken from the lane costs one row however many people it covers; outcomes may be written a few at a time,
and it closes with the last. What a worker that died had claimed and not recorded becomes `unknown`; a worker that
was only slow and comes back late still writes what it knows over `unknown`, never over anything else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, insert
from sqlalchemy import bindparam as given

from models.vocabulary import DeliveryStatus
from notifications.audience import DELIVERY

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
    addressee: str = ""


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
