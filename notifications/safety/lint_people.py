"""The safety check of every recipient: whether each can be written to, alone, and nothing of theirs breaks a text."""

import re
from collections.abc import Iterator

from sqlalchemy import and_, select
from sqlmodel import Session

from models.crypto import Sealer
from models.database import Store
from models.errors import TocsinError
from models.notice import Campaign
from models.vocabulary import DeliveryStatus
from notifications.addresses import clean_text
from notifications.audience import DELIVERY, EMAIL, SMS, SUBJECT
from notifications.sealed_person import Contact, open_contact, sealer_of
from notifications.texts.notice_text import NAME_MARK

MOST_NAMED = 50  # recipients at fault; one is enough to hold the campaign back
# RFC 6531 allows nearly any letter; what separates, quotes or breaks a list of recipients is never one of an address.
_ONE_ADDRESS = re.compile(
    r"[^\s@,;:<>()\[\]\\\"\x00-\x1f\x7f]+@[^\s@,;:<>()\[\]\\\"\x00-\x1f\x7f]+\.[^\s@,;:<>().\"]+"
)
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{%|%\}|" + "|".join(re.escape(NAME_MARK[at]) for at in (0, -1)))
_WAITING = (DeliveryStatus.QUEUED.value, DeliveryStatus.DEFERRED.value)


def faults_of(channel: str, contact: Contact) -> Iterator[tuple[str, str]]:
    """Give each field of one person that must not go out over a channel, with what is wrong; never its value."""
    if channel == EMAIL and not _ONE_ADDRESS.fullmatch(contact.email):
        yield "email", "no single address" if contact.email else "no address"
    if channel == SMS and not _NUMBER.fullmatch(contact.phone):
        yield "phone", "no single number in E.164"
    if contact.name != clean_text(contact.name):
        yield "name", "holds characters that could break a header or a line"
    if _PLACEHOLDER.search(contact.name):
        yield "name", "holds the mark of a placeholder"


def people_at_fault(store: Store, session: Session, campaign: Campaign) -> Iterator[tuple[int, str, str]]:
    """Open every recipient who waits, and give number, field and fault of those who must not be written to.

    Raises:
        RefusedError: the people of the incident were erased.
    """
    sealer = sealer_of(store, session, campaign.incident_id)
    row, person = DELIVERY.c, SUBJECT.c
    joined = and_(person.incident_id == campaign.incident_id, person.number == row.person)
    waiting = (
        select(row.channel, row.person, person.sealed)
        .join_from(DELIVERY, SUBJECT, joined)
        .where(row.campaign_id == campaign.id, row.channel.in_((EMAIL, SMS)), row.status.in_(_WAITING))
        .where(person.sealed.is_not(None))
    )
    found = 0
    for channel, number, sealed in session.execute(waiting.execution_options(yield_per=5000)):
        for field, fault in _faults(sealer, campaign.incident_id, channel, number, sealed):
            yield number, field, fault
            found += 1
        if found >= MOST_NAMED:
            return


def _faults(
    sealer: Sealer, incident_id: str, channel: str, number: int, sealed: bytes
) -> Iterator[tuple[str, str]]:
    try:
        contact = open_contact(sealer, incident_id, number, sealed)
    except (TocsinError, ValueError, TypeError):
        return iter((("sealed", "can't be opened"),))
    return faults_of(channel, contact)
