"""What people reply to an SMS: STOP and START are heeded, everything else is registered as an enquiry."""

from dataclasses import dataclass

from sqlmodel import select

from models.database import Work
from models.enquiry import Enquiry
from models.vocabulary import Role
from notifications.channels.callbacks import TextReply
from notifications.replies import ToldPerson, find_told, heed, keyword_of
from response.context import TOCSIN
from response.hearing.enquiries import LONGEST, Asked, record_enquiry


@dataclass(frozen=True)
class ReplyTaken:
    """What a reply by SMS did: `stop` or `start` was heeded, or an enquiry was registered."""

    kind: str
    enquiry_id: str = ""
    changed: bool = False


def write_reply(unit: Work, reply: TextReply) -> ReplyTaken:
    """Write one SMS that somebody sent to us where it belongs; the same message again changes nothing."""
    keyword = keyword_of(reply)
    told = find_told(unit.store, unit.session, reply)
    if keyword in ("stop", "start"):
        return ReplyTaken(keyword, changed=_heed(unit, reply, keyword, told))
    if keyword == "help" or not reply.body.strip():
        return ReplyTaken(keyword or "empty")  # the provider answers HELP by itself
    return _enquire(unit, reply, told)


def _heed(unit: Work, reply: TextReply, keyword: str, told: ToldPerson | None) -> bool:
    changed = heed(unit, reply, keyword)
    if changed:
        known = {"person": told.person, "campaign": told.campaign_id} if told else {}
        unit.record(
            "suppression:added" if keyword == "stop" else "suppression:lifted",
            actor=TOCSIN,
            role=Role.COMMUNICATIONS,
            incident_id=told.incident_id if told else None,
            body={"channel": "sms", "reason": "opted_out", **known},
        )
    return changed


def _enquire(unit: Work, reply: TextReply, told: ToldPerson | None) -> ReplyTaken:
    seen = unit.session.exec(select(Enquiry).where(Enquiry.reference == reply.reference)).first()
    if seen is not None:
        return ReplyTaken("enquiry", seen.id)
    where = {"person": told.person, "campaign_id": told.campaign_id} if told else {}
    # Without the number nobody could be answered; it is sealed with the text.
    text = reply.body if told else f"{reply.sender}\n{reply.body}"
    asked = Asked(text[:LONGEST], channel="sms", reference=reply.reference, **where)  # type: ignore[arg-type]
    enquiry = record_enquiry(unit, told.incident_id if told else None, asked, TOCSIN, Role.COMMUNICATIONS)
    return ReplyTaken("enquiry", enquiry.id, changed=True)
