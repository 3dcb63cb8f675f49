"""The SMS provider's reports on messages it took, written where they belong."""

from datetime import datetime

from sqlalchemy import select

from models.database import Work
from models.notice import Campaign, Delivery
from models.vocabulary import CampaignStatus, DeliveryStatus
from notifications.audience import DELIVERY
from notifications.campaign import RUNNING, pause_campaign
from notifications.channels.callbacks import TextReport
from notifications.channels.contract import Outcome
from notifications.channels.twilio_answers import mend
from notifications.outbox.canary import WhenStopped
from notifications.outbox.outcomes import RetryPolicy
from notifications.receipts import REACHED, Receipt, reopen, suppress, undelivered

UNMATCHED = "unmatched"  # a report may come before the window its message was sent in is written
_ENDS = {Outcome.BAD_ADDRESS: DeliveryStatus.BOUNCED, Outcome.OPTED_OUT: DeliveryStatus.SUPPRESSED}


def write_report(
    unit: Work, report: TextReport, *, now: datetime, when_stopped: WhenStopped | None = None
) -> Receipt:
    """Write the SMS provider's report on one message; `now` is the machine's.

    The receipt's kind is UNMATCHED when no message has this id (yet). A report that the account or sender is at
    fault pauses the campaign.
    """
    row = DELIVERY.c
    chosen = select(row.campaign_id, row.person).where(row.reference == report.reference)
    found = unit.session.execute(chosen).first()
    if found is None:
        return Receipt(UNMATCHED)
    if report.outcome is None:
        return Receipt("text", found.campaign_id, found.person)
    campaign = unit.session.get_one(Campaign, found.campaign_id)
    changed = _apply(unit, campaign, found.person, report, now)
    if changed and report.outcome is Outcome.STOP:
        _stop(unit, campaign, report, when_stopped)
    return Receipt("text", found.campaign_id, found.person, changed)


def _apply(unit: Work, campaign: Campaign, person: int, report: TextReport, now: datetime) -> bool:
    row = unit.session.get_one(Delivery, (campaign.id, "sms", person))
    if report.outcome is Outcome.SENT:
        return _delivered(unit, row)
    # The provider says that it failed, so sending again tells nobody twice.
    ended = campaign.status == CampaignStatus.CANCELLED or row.attempts >= RetryPolicy().tries
    if report.outcome in (Outcome.RETRY, Outcome.STOP) and not ended:
        return _again(unit, campaign, row, report, now)
    if report.outcome is Outcome.OPTED_OUT:
        suppress(unit.store, unit, campaign, "sms", person, "opted_out")
    status = _ENDS.get(report.outcome or Outcome.REFUSED, DeliveryStatus.REJECTED)
    return undelivered(unit, campaign, "sms", person, status, report.reason, report.code, now)


def _delivered(unit: Work, row: Delivery) -> bool:
    if row.status not in REACHED:
        return False
    row.status, row.due_at, row.changed_at = DeliveryStatus.DELIVERED, None, unit.clock()
    unit.session.add(row)
    return True


def _again(unit: Work, campaign: Campaign, row: Delivery, report: TextReport, now: datetime) -> bool:
    if row.status not in REACHED:
        return False
    row.status, row.reason, row.code = DeliveryStatus.DEFERRED, report.reason, report.code
    row.due_at = now if report.outcome is Outcome.STOP else now + RetryPolicy().wait(row.attempts)
    row.changed_at = unit.clock()
    unit.session.add(row)
    reopen(unit, campaign)
    return True


def _stop(unit: Work, campaign: Campaign, report: TextReport, when_stopped: WhenStopped | None) -> None:
    unit.session.flush()
    if campaign.status in RUNNING:
        because = f"sms: {report.reason} ({report.code}). {mend(report.reason)}"
        paused = pause_campaign(unit, campaign.id, because)
        if when_stopped is not None:
            when_stopped(unit, paused)
