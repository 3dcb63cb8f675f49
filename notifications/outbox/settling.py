"""Settling messages whose outcome nobody saw: the provider is asked; nothing is ever resent on a guess."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, select, update

from models.clock import Clock, system_clock
from models.database import Store
from models.errors import RefusedError, UnavailableError
from models.notice import Campaign
from models.vocabulary import CampaignStatus, DeliveryStatus
from notifications.audience import CANCELLED, DELIVERY, SUBJECT
from notifications.campaign import get_campaign
from notifications.channels.contract import TextLetter
from notifications.channels.sms import SmsChannel
from notifications.outbox.journal import ClaimedPerson
from notifications.outbox.letters import LetterWriter, letter_writer
from notifications.outbox.running import run_async
from notifications.relay_journal import accepted
from notifications.targets import MailTarget, mail_targets, text_target

BATCH = 500
ASKING = timedelta(seconds=60)  # how long nobody else asks about the same messages
ROW = DELIVERY.c


@dataclass(frozen=True)
class Settled:
    """What became of unknown messages: found at the provider, back in the queue, or held for a person."""

    sent: int = 0
    requeued: int = 0
    held: int = 0
    still_unknown: int = 0
    trouble: str = ""  # why the SMS provider could not be asked, and what to do


@dataclass(frozen=True)
class _Verdict:
    person: int
    channel: str
    status: str
    due_at: datetime | None
    reason: str | None = None
    reference: str | None = None


def settle_unknown(
    store: Store, campaign_id: str, *, machine: Clock = system_clock, anew: bool = False
) -> Settled:
    """Look into unknown outcomes that are due; `anew` also takes up what was held for a person's decision.

    SMS: the provider's message list is asked. E-mail: the relay's journal is asked where there is one; else the
    setting TOCSIN_UNKNOWN_MAIL decides between holding and resending under the same Message-ID.
    """
    now = machine()
    with store.reading() as session:
        campaign = get_campaign(session, campaign_id)
    rows = _take(store, campaign, now, anew)
    if not rows:
        return Settled()
    with store.reading() as session:
        writer = letter_writer(store, session, campaign)
    mails = [row for row in rows if row.channel == "email"]
    texts = [row for row in rows if row.channel == "sms"]
    verdicts = _settle_mails(store, campaign, writer, mails, now)
    trouble = ""
    if texts:
        found, trouble = run_async(_settle_texts(store, campaign, writer, texts, now))
        verdicts += found
    _write(store, campaign, verdicts)
    kinds = [verdict.status for verdict in verdicts]
    held = sum(verdict.status == DeliveryStatus.UNKNOWN for verdict in verdicts)
    sent = kinds.count(DeliveryStatus.SENT)
    return Settled(sent, len(kinds) - sent - held, held, len(rows) - len(verdicts), trouble)


def _take(store: Store, campaign: Campaign, now: datetime, anew: bool) -> Sequence[Row[Any]]:
    subject = SUBJECT.c
    joined = and_(subject.incident_id == campaign.incident_id, subject.number == ROW.person)
    due = ROW.due_at <= now if not anew else (ROW.due_at.is_(None) | (ROW.due_at <= now))
    chosen = (
        select(
            *(ROW.channel, ROW.person, ROW.attempts, subject.sealed, subject.place, subject.language),
            *(subject.categories, subject.has_phone, subject.addressee),
        )
        .join_from(DELIVERY, SUBJECT, joined)
        .where(ROW.campaign_id == campaign.id, ROW.channel.in_(("email", "sms")))
        .where(ROW.status == DeliveryStatus.UNKNOWN.value, due)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=DELIVERY)
    )
    with store.work() as unit:
        rows = unit.session.execute(chosen).all()
        for channel in {row.channel for row in rows}:
            people = [row.person for row in rows if row.channel == channel]
            mine = and_(ROW.campaign_id == campaign.id, ROW.channel == channel, ROW.person.in_(people))
            unit.session.execute(update(DELIVERY).where(mine).values(due_at=now + ASKING))
    return rows


def _again(campaign: Campaign, person: int, channel: str, now: datetime) -> _Verdict:
    if campaign.status == CampaignStatus.CANCELLED:
        return _Verdict(person, channel, DeliveryStatus.EXCLUDED, None, CANCELLED)
    return _Verdict(person, channel, DeliveryStatus.QUEUED, now)


def _settle_mails(
    store: Store, campaign: Campaign, writer: LetterWriter, rows: Sequence[Row[Any]], now: datetime
) -> list[_Verdict]:
    if not rows:
        return []
    ids = {row.person: writer.message_id(row.person) for row in rows}
    sent, complete = _asked(mail_targets(store.settings, campaign.drill), ids.values())
    resent = complete or store.settings.unknown_mail == "resend"
    return [_verdict_on_mail(campaign, row.person, ids[row.person] in sent, resent, now) for row in rows]


def _asked(relays: Sequence[MailTarget], message_ids: Collection[str]) -> tuple[set[str], bool]:
    """Ask every relay's journal; tells also whether all could be asked: only then "not found" means not sent."""
    answers = [accepted(relay.journal, message_ids) if relay.journal else None for relay in relays]
    return set().union(*(found for found in answers if found)), None not in answers


def _verdict_on_mail(campaign: Campaign, person: int, sent: bool, resent: bool, now: datetime) -> _Verdict:
    if sent:
        return _Verdict(person, "email", DeliveryStatus.SENT, None)
    if resent:
        return _again(campaign, person, "email", now)
    return _Verdict(person, "email", DeliveryStatus.UNKNOWN, None, "held")


async def _settle_texts(
    store: Store, campaign: Campaign, writer: LetterWriter, rows: Sequence[Row[Any]], now: datetime
) -> tuple[list[_Verdict], str]:
    channel = SmsChannel(text_target(store.settings, campaign.drill))
    verdicts: list[_Verdict] = []
    taken: set[str] = set()  # a message told one person, though two may share number and text
    try:
        await channel.open()
        for row in rows:
            letter = writer.text(ClaimedPerson(*row[1:]))
            if not isinstance(letter, TextLetter):
                verdicts.append(_Verdict(row.person, "sms", DeliveryStatus.EXCLUDED, None, letter.reason))
                continue
            found = [sid for sid in await channel.find(letter) if sid not in taken]
            sid = next(iter(_nobodys(store, found)), None)
            taken |= {sid} if sid else set()
            verdicts.append(
                _Verdict(row.person, "sms", DeliveryStatus.SENT, None, None, sid)
                if sid
                else _again(campaign, row.person, "sms", now)
            )
    except (UnavailableError, RefusedError) as error:
        # Those not asked about stay unknown, and are asked about again in a minute.
        return verdicts, str(error)
    finally:
        await channel.close()
    return verdicts, ""


def _nobodys(store: Store, references: list[str]) -> list[str]:
    """Leave out the messages that are known to have told somebody, in this campaign or another."""
    if not references:
        return []
    with store.reading() as session:
        known = select(ROW.reference).where(ROW.reference.in_(references))
        told = set(session.execute(known).scalars())
    return [reference for reference in references if reference not in told]


def _write(store: Store, campaign: Campaign, verdicts: Sequence[_Verdict]) -> None:
    with store.work() as unit:
        for verdict in verdicts:
            mine = and_(
                ROW.campaign_id == campaign.id,
                ROW.channel == verdict.channel,
                ROW.person == verdict.person,
                ROW.status == DeliveryStatus.UNKNOWN.value,
            )
            unit.session.execute(
                update(DELIVERY)
                .where(mine)
                .values(
                    status=verdict.status,
                    due_at=verdict.due_at,
                    reason=verdict.reason,
                    reference=verdict.reference,
                    changed_at=unit.clock(),
                )
            )
        if verdicts:
            unit.record(
                "notice:settled",
                actor="tocsin",
                role="communications",
                incident_id=campaign.incident_id,
                drill=campaign.drill,
                body={"campaign": campaign.id, "looked_into": len(verdicts)},
            )
