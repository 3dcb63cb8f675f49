"""Replies to an SMS: STOP keeps the number from being written to, START lets it be again, the rest is an enquiry."""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml
from sqlalchemy import select
from sqlmodel import Session

from models.database import Store, Work
from models.errors import NotFoundError, RefusedError
from models.notice import Suppression
from notifications.audience import CAMPAIGN, DELIVERY, SMS, SUBJECT
from notifications.channels.callbacks import TextReply
from notifications.outbox.letters import suppression_key
from notifications.sealed_person import phone_key, sealer_of

OPTED_OUT = "opted_out"
_INCIDENT = re.compile(r"\bINC-\d{4}-\d{4,}\b")
_MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class ToldPerson:
    """Somebody who was told by SMS, as records name them."""

    incident_id: str
    campaign_id: str
    person: int


def keyword_of(reply: TextReply) -> str:
    """Say what a reply asks for: stop, start, help, or nothing of the kind."""
    said = (reply.keyword or _MARKS.sub("", reply.body)).casefold()
    return next((kind for kind, words in _words().items() if said in words), "")


@lru_cache(maxsize=1)
def _words() -> dict[str, frozenset[str]]:
    read = yaml.safe_load((files("notifications") / "opt_out_words.yaml").read_text("utf-8"))
    return {kind: frozenset(words) for kind, words in read.items()}


def heed(unit: Work, reply: TextReply, keyword: str) -> bool:
    """Keep the sender's number from being written to, or let it be again; False when it stood so before.

    START undoes a STOP only: a number that was dead stays suppressed.
    """
    key = suppression_key(unit.store.organisation_key.sealer, SMS, reply.sender)
    known = unit.session.get(Suppression, key)
    if keyword == "stop":
        if known is not None:
            return False
        unit.session.add(Suppression(address_key=key, channel=SMS, reason=OPTED_OUT, since=unit.clock()))
    else:
        if known is None or known.reason != OPTED_OUT:
            return False
        unit.session.delete(known)
    return True


def find_told(store: Store, session: Session, reply: TextReply) -> ToldPerson | None:
    """Find who the sender of a reply is: told by SMS, in the incident that the reply names, else in the latest.

    A number is found by its keyed digest, incident by incident; where the people were erased nobody is found.
    """
    named = _INCIDENT.search(reply.body)
    real = CAMPAIGN.c.drill.is_(False)  # a drill writes to nobody who could reply
    campaigns = select(CAMPAIGN.c.id, CAMPAIGN.c.incident_id).where(real)
    campaigns = campaigns.order_by(CAMPAIGN.c.prepared_at.desc(), CAMPAIGN.c.id.desc())
    rows = session.execute(campaigns).all()
    rows = sorted(rows, key=lambda row: named is None or row.incident_id != named[0])
    people: dict[str, list[int]] = {}
    for row in rows:
        if row.incident_id not in people:
            people[row.incident_id] = _holders(store, session, row.incident_id, reply.sender)
        told = select(DELIVERY.c.person).where(
            DELIVERY.c.campaign_id == row.id,
            DELIVERY.c.channel == SMS,
            DELIVERY.c.person.in_(people[row.incident_id]),
        )
        person = session.execute(told).scalar()
        if person is not None:
            return ToldPerson(row.incident_id, row.id, person)
    return None


def _holders(store: Store, session: Session, incident_id: str, number: str) -> list[int]:
    try:
        sealer = sealer_of(store, session, incident_id)
    except (NotFoundError, RefusedError):
        return []
    held = select(SUBJECT.c.number).where(
        SUBJECT.c.incident_id == incident_id, SUBJECT.c.phone_key == phone_key(sealer, number)
    )
    return list(session.execute(held).scalars())
