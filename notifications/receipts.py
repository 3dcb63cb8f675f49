"""What comes back after sending: bounce mails and the SMS provider's reports, written where they belong."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesHeaderParser

from sqlalchemy import and_, select, update

from models.clock import Clock, system_clock
from models.database import Store, Work
from models.errors import NotFoundError, RefusedError
from models.notice import BounceTaken, Campaign, Delivery, Suppression
from models.people import DataSubject
from models.vocabulary import CampaignStatus, DeliveryStatus
from notifications.audience import DELIVERY
from notifications.bounces import BounceReport, read_bounce
from notifications.channels.callbacks import TextReport, read_text_report
from notifications.channels.contract import Outcome
from notifications.journal import open_fallback
from notifications.letters import suppression_key
from notifications.message_ids import campaign_named, person_named
from notifications.outcomes import RetryPolicy
from notifications.sealed_person import open_contact, sealer_of
from notifications.targets import text_target

_REACHED = (DeliveryStatus.SENT.value, DeliveryStatus.DELIVERED.value, DeliveryStatus.UNKNOWN.value)


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
    own = BytesHeaderParser().parsebytes(raw).get("Message-ID", "").strip()
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
        changed = _undelivered(unit, campaign, "email", person, status, reason, report.status, now)
    if report.is_hard or report.kind == "complaint":
        _suppress(store, unit, campaign, "email", person, report.meaning.reason)
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


def _undelivered(  # noqa: PLR0913, PLR0917 - the row's own fields
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
        .where(mine, row.status.in_(_REACHED))
        .values(**values, current=not falls_back, changed_at=unit.clock())
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        return False
    if falls_back:
        open_fallback(unit.session.connection(), campaign.id, person, now)
        _reopen(unit, campaign)
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


def _reopen(unit: Work, campaign: Campaign) -> None:
    if campaign.status == CampaignStatus.DONE:
        campaign.status, campaign.finished_at = CampaignStatus.SENDING, None
        unit.session.add(campaign)


def _suppress(store: Store, unit: Work, campaign: Campaign, channel: str, person: int, reason: str) -> None:
    subject = unit.session.get(DataSubject, (campaign.incident_id, person))
    if subject is None or subject.sealed is None:
        return
    sealer = sealer_of(store, unit.session, campaign.incident_id)
    contact = open_contact(sealer, campaign.incident_id, person, subject.sealed)
    address = contact.email.casefold() if channel == "email" else contact.phone
    key = suppression_key(store.organisation_key.sealer, channel, address)
    if unit.session.get(Suppression, key) is None:
        unit.session.add(Suppression(address_key=key, channel=channel, reason=reason, since=unit.clock()))


def take_text_status(
    store: Store, url: str, form: Mapping[str, str], signature: str, *, machine: Clock = system_clock
) -> Receipt:
    """Take the SMS provider's report on one message.

    `url` is the whole address the provider called, since its signature covers it.

    Raises:
        RefusedError: the signature is not the provider's; nothing was changed.
    """
    report = read_text_report(text_target(store.settings, drill=False).token, url, form, signature)
    with store.work() as unit:
        chosen = select(DELIVERY.c.campaign_id, DELIVERY.c.person).where(
            DELIVERY.c.reference == report.reference
        )
        found = unit.session.execute(chosen).first()
        if found is None or report.outcome is None:
            return Receipt("text")
        campaign = unit.session.get_one(Campaign, found.campaign_id)
        changed = _apply_text(store, unit, campaign, found.person, report, machine())
    return Receipt("text", found.campaign_id, found.person, changed)


def _apply_text(
    store: Store, unit: Work, campaign: Campaign, person: int, report: TextReport, now: datetime
) -> bool:
    if report.outcome is Outcome.OPTED_OUT:
        _suppress(store, unit, campaign, "sms", person, "opted_out")
    if report.outcome not in (Outcome.SENT, Outcome.RETRY):
        status = (
            _TEXT_ENDS.get(report.outcome, DeliveryStatus.REJECTED)
            if report.outcome
            else DeliveryStatus.REJECTED
        )
        return _undelivered(unit, campaign, "sms", person, status, report.reason, report.code, now)
    row = unit.session.get_one(Delivery, (campaign.id, "sms", person))
    if row.status not in _REACHED or row.status == DeliveryStatus.DELIVERED:
        return False
    row.changed_at = unit.clock()
    if report.outcome is Outcome.SENT:
        row.status, row.due_at = DeliveryStatus.DELIVERED, None
    else:  # the provider says that it failed, so sending again tells nobody twice
        row.status, row.reason, row.code = DeliveryStatus.DEFERRED, report.reason, report.code
        row.due_at = now + RetryPolicy().wait(row.attempts)
        _reopen(unit, campaign)
    unit.session.add(row)
    return True


_TEXT_ENDS = {
    Outcome.BAD_ADDRESS: DeliveryStatus.BOUNCED,
    Outcome.OPTED_OUT: DeliveryStatus.SUPPRESSED,
}
