"""What comes back after sending: bounce mails, written where they belong; SMS reports are text_receipts."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesHeaderParser

from sqlalchemy import and_, update

from models.clock import Clock, system_clock
from models.database import Store, Work
from models.errors import NotFoundError, RefusedError
from models.notice import BounceTaken, Campaign, Suppression
from models.people import DataSubject
from models.vocabulary import CampaignStatus, DeliveryStatus
from notifications.audience import DELIVERY
from notifications.bounces.reading import BounceReport, read_bounce
from notifications.message_ids import campaign_named, person_named
from notifications.outbox.journal import open_fallback
from notifications.outbox.letters import suppression_key
from notifications.sealed_person import open_contact, sealer_of

REACHED = (DeliveryStatus.SENT.value, DeliveryStatus.DELIVERED.value, DeliveryStatus.UNKNOWN.value)


@dataclass(frozen=True)
class Receipt:
    """What one mail or report changed: nothing when it was about somebody unknown or had been taken before."""

    kind: str
    campaign_id: str = ""
    person: int = 0
    changed: bool = False


def take_bounce(store: Store, raw: bytes, *, machine: Clock = system_clock) -> tuple[Receipt, ...]:
    """Take one mail from the bounce mailbox: its reader goes on to another channel, a dead address is kept out.

    A mail is matched by the Message-ID that came back with it; one that names nobody changes nothing, and neither
    does one that was taken before. Everything one mail says is written at once.
    """
    reports = read_bounce(raw)
    if not any(campaign_named(report.message_id) for report in reports):
        return tuple(Receipt(report.kind) for report in reports)
    with store.work() as unit:
        if not _first_time(store, unit, raw, reports[0].kind):
            return (Receipt("seen"),)
        return tuple(_take_report(store, unit, report, machine()) for report in reports)


def _first_time(store: Store, unit: Work, raw: bytes, kind: str) -> bool:
    """Note a mail as taken, by its own Message-ID or else its content; False when it was before."""
    own = str(
        BytesHeaderParser().parsebytes(raw).get("Message-ID", "")
    ).strip()  # bytes above 127 give no text
    told = own or hashlib.sha256(raw).hexdigest()
    digest = store.organisation_key.sealer.lookup(f"bounce/{told}")
    if unit.session.get(BounceTaken, digest) is not None:
        return False
    unit.session.add(BounceTaken(digest=digest, kind=kind, taken_at=unit.clock()))
    unit.session.flush()
    return True


def _take_report(store: Store, unit: Work, report: BounceReport, now: datetime) -> Receipt:
    found = _reader_of(store, unit, report.message_id)
    if found is None:
        return Receipt(report.kind)
    campaign, person = found
    changed = False
    if report.kind == "bounce" or report.is_hard:
        status, reason = DeliveryStatus.BOUNCED, report.meaning.reason
        changed = undelivered(unit, campaign, "email", person, status, reason, report.status, now)
    if report.is_hard or report.kind == "complaint":
        suppress(store, unit, campaign, "email", person, report.meaning.reason)
        changed = changed or report.kind == "complaint"
    return Receipt(report.kind, campaign.id, person, changed)


def _reader_of(store: Store, unit: Work, message_id: str) -> tuple[Campaign, int] | None:
    """Find whom a mail that came back was written to; None unless its Message-ID proves it."""
    campaign = unit.session.get(Campaign, campaign_named(message_id) or "")
    if campaign is None:
        return None
    try:
        sealer = sealer_of(store, unit.session, campaign.incident_id)
    except (NotFoundError, RefusedError):
        return None  # the people were erased
    person = person_named(sealer, message_id)
    return None if person is None else (campaign, person)


def undelivered(  # noqa: PLR0913, PLR0917 - the row's own fields
    unit: Work,
    campaign: Campaign,
    channel: str,
    person: int,
    status: DeliveryStatus,
    reason: str,
    code: str,
    now: datetime,
) -> bool:
    """Take "sent" back; a reader with a phone is told by SMS instead, also after the campaign's end."""
    subject = unit.session.get(DataSubject, (campaign.incident_id, person))
    ended = campaign.status == CampaignStatus.CANCELLED
    falls_back = channel == "email" and subject is not None and subject.has_phone and not ended
    row = DELIVERY.c
    mine = and_(row.campaign_id == campaign.id, row.channel == channel, row.person == person)
    values = {"status": status.value, "reason": reason, "code": code or None, "due_at": None}
    done = unit.session.execute(
        update(DELIVERY)
        .where(mine, row.status.in_(REACHED))
        .values(**values, current=not falls_back, changed_at=unit.clock())
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        return False
    if falls_back:
        open_fallback(unit.session.connection(), campaign.id, person, now)
        reopen(unit, campaign)
    body = {
        "campaign": campaign.id,
        "person": person,
        "channel": channel,
        "status": status.value,
        "reason": reason,
    }
    unit.record(
        "notice:undelivered",
        actor="tocsin",
        role="communications",
        incident_id=campaign.incident_id,
        drill=campaign.drill,
        body=body,
    )
    return True


def reopen(unit: Work, campaign: Campaign) -> None:
    """Let a campaign that had ended go on: somebody is to be told after all."""
    if campaign.status == CampaignStatus.DONE:
        campaign.status, campaign.finished_at = CampaignStatus.SENDING, None
        unit.session.add(campaign)


def suppress(store: Store, unit: Work, campaign: Campaign, channel: str, person: int, reason: str) -> None:
    """Keep a person's address from being written to again, in whatever incident."""
    subject = unit.session.get(DataSubject, (campaign.incident_id, person))
    if subject is None or subject.sealed is None:
        return
    sealer = sealer_of(store, unit.session, campaign.incident_id)
    contact = open_contact(sealer, campaign.incident_id, person, subject.sealed)
    address = contact.email.casefold() if channel == "email" else contact.phone
    key = suppression_key(store.organisation_key.sealer, channel, address)
    if unit.session.get(Suppression, key) is None:
        unit.session.add(Suppression(address_key=key, channel=channel, reason=reason, since=unit.clock()))
