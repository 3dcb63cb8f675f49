"""A pass over the bounce mailbox: every mail taken once, and a campaign stopped when too many come back."""

from collections import Counter
from collections.abc import Iterable

import structlog
from sqlalchemy import func, select

from models.clock import Clock, system_clock
from models.database import Store
from models.errors import TocsinError
from models.vocabulary import DeliveryStatus
from notifications.audience import DELIVERY, EMAIL
from notifications.campaign import RUNNING, get_campaign, pause_campaign
from notifications.mailbox import Mailbox
from notifications.outbox.canary import WhenStopped
from notifications.receipts import Receipt, take_bounce

LOG = structlog.get_logger(__name__)
JUDGE_AFTER = 200  # letters of a campaign that left, before the share of those that came back is judged


def take_mails(
    store: Store, mailbox: Mailbox, *, machine: Clock = system_clock, when_stopped: WhenStopped | None = None
) -> Counter[str]:
    """Take every unseen mail and mark it as seen once it is kept; counts them by kind, `unchanged` and `other`.

    A mail that can't be taken, whatever is wrong with it, is counted as `faulty` and stays unseen; no other waits
    for it.

    Raises:
        TocsinError: the mailbox or the database is away; what was taken before is kept.
    """
    counts: Counter[str] = Counter()
    touched: set[str] = set()
    for mail in mailbox.unseen():
        try:
            found = take_bounce(store, mail.raw, machine=machine) or (Receipt("other"),)
        except TocsinError:
            raise
        except Exception as error:  # noqa: BLE001 - anybody can send a mail here; its text may quote data
            LOG.warning("mail_not_taken", kind=type(error).__name__)
            counts["faulty"] += 1
            continue
        counts.update(
            receipt.kind if receipt.changed or receipt.kind == "other" else "unchanged" for receipt in found
        )
        touched.update(receipt.campaign_id for receipt in found if receipt.changed)
        mail.seen()
    stop_where_bounced(store, touched, when_stopped)
    return counts


def stop_where_bounced(
    store: Store, campaigns: Iterable[str], when_stopped: WhenStopped | None = None
) -> list[str]:
    """Pause those campaigns under way of which too many e-mails came back; gives their ids."""
    stopped = []
    for campaign_id in sorted(campaigns):
        with store.work() as unit:
            if get_campaign(unit.session, campaign_id).status not in RUNNING:
                continue
            row = DELIVERY.c
            tried = select(row.status, func.count()).where(
                row.campaign_id == campaign_id, row.channel == EMAIL, row.attempts > 0
            )
            counts = dict(unit.session.execute(tried.group_by(row.status)).tuples().all())
            left, back = sum(counts.values()), counts.get(DeliveryStatus.BOUNCED.value, 0)
            if left < JUDGE_AFTER or back <= store.settings.stop_bounced * left:
                continue
            paused = pause_campaign(unit, campaign_id, f"email: {back} of {left} came back")
            if when_stopped is not None:
                when_stopped(unit, paused)
        stopped.append(campaign_id)
    return stopped
