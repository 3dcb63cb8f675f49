"""Delivery in batches: claim durably, send, record; any number of workers, none of which may tell anyone twice."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, func, select, update

from models.clock import Clock, system_clock
from models.database import Store, Work, naming_database_faults
from models.errors import RefusedError
from models.notice import Campaign
from models.vocabulary import CampaignStatus, DeliveryStatus
from notifications.audience import CAMPAIGN, CHANNELS, DELIVERY
from notifications.campaign import RUNNING, exclude_waiting, get_campaign, pause_campaign
from notifications.outbox.canary import judge_canary
from notifications.outbox.garbage import only_new_garbage
from notifications.outbox.journal_thread import in_transaction
from notifications.outbox.journal_upkeep import Remaining, expire_windows, remaining
from notifications.outbox.liveness import alive, is_dead
from notifications.outbox.running import run_async
from notifications.outbox.sending import Batch, Pace
from notifications.outbox.settling import settle_unknown
from notifications.texts.templates_on_disk import message_hash

UNAVAILABLE_WAIT = timedelta(seconds=5)
WhenStopped = Callable[[Work, Campaign], None]  # called in the unit of work that pauses a campaign
OTHERS_WAIT = timedelta(seconds=1)  # other workers still hold windows; one of them may die


@dataclass(frozen=True)
class BatchResult:
    """What one batch did, and what is left."""

    campaign_id: str
    status: str
    audience: int
    counts: dict[str, int]  # outcomes written in this batch, by status
    remaining: int
    next_at: datetime | None  # when the next of those who must wait is due, by the machine's clock
    unavailable: tuple[str, ...] = ()  # channels that did not answer, each with what to do
    stopped_because: str = ""

    def __getattr__(self, name: str) -> int:
        """Give the count of one outcome: sent, deferred, bounced, rejected, suppressed, unknown, queued."""
        if name.startswith("_") or name not in {status.value for status in DeliveryStatus}:
            raise AttributeError(name)
        return self.counts.get(name, 0)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do in this campaign."""
        return self.status in (CampaignStatus.DONE, CampaignStatus.CANCELLED)

    @property
    def more(self) -> bool:
        """Whether calling again at once would do something."""
        return self.status == CampaignStatus.SENDING and self.remaining > 0 and self.next_at is None

    @property
    def progress(self) -> float:
        """The share of the audience for whom nothing is left to do, 0 to 1."""
        return 1.0 - self.remaining / self.audience if self.audience else 1.0


@only_new_garbage()
def deliver_batch(
    store: Store,
    campaign_id: str,
    worker: str,
    *,
    limit: int = 2000,
    pace: Pace | None = None,
    machine: Clock = system_clock,
    when_stopped: WhenStopped | None = None,
) -> BatchResult:
    """Tell up to about `limit` people; call again while `more`, or at `next_at`.

    Leases and retries are measured by the machine's clock, also in a drill; what is written down carries the
    store's clock. Where sending must stop, the campaign is paused and `when_stopped` calls a person.

    Raises:
        RefusedError: the campaign is not approved, or its templates changed since.
        NotFoundError: there is no such campaign.
    """
    pace = pace or Pace()
    campaign = _start(store, campaign_id)
    counts: Counter[str] = Counter()
    unavailable: tuple[str, ...] = ()
    with naming_database_faults(), alive(store.settings.home, worker) as unique:
        _give_up_dead(store, campaign_id, pace, machine())
        if campaign.status == CampaignStatus.SENDING:
            settled = settle_unknown(store, campaign_id, machine=machine)
            batch = Batch(store, campaign, unique, limit, pace, machine)
            unavailable = run_async(batch.run())
            unavailable = unavailable or ((settled.trouble,) if settled.trouble else ())
            counts = batch.counts
            _note(store, campaign, counts, batch.stopped_because, when_stopped)
    done = _finish(store, campaign_id, counts, unavailable, machine())
    return _heed_canary(store, campaign, done, machine(), when_stopped)


def _start(store: Store, campaign_id: str) -> Campaign:
    with store.work() as unit:
        campaign = get_campaign(unit.session, campaign_id)
        if campaign.status == CampaignStatus.PREPARED:
            raise RefusedError(
                f"The campaign {campaign_id} is not approved.", remedy="Two people approve it first."
            )
        if campaign.status in (CampaignStatus.APPROVED, CampaignStatus.SENDING):
            if message_hash(campaign.message) != campaign.template_hash:
                raise RefusedError(
                    f"The templates of {campaign.message} changed since {campaign_id} was approved.",
                    remedy="Prepare and approve a new campaign.",
                )
            if campaign.status == CampaignStatus.APPROVED:
                campaign.status = CampaignStatus.SENDING
                unit.session.add(campaign)
                _entry(unit, campaign, "campaign:started", {})
    return campaign


def _entry(unit: Any, campaign: Campaign, tag: str, body: dict[str, Any]) -> None:
    unit.record(
        tag,
        actor="tocsin",
        role="communications",
        incident_id=campaign.incident_id,
        facts_version=campaign.facts_version,
        drill=campaign.drill,
        body={"campaign": campaign.id, **body},
    )


def _give_up_dead(store: Store, campaign_id: str, pace: Pace, now: datetime) -> int:
    home = store.settings.home

    def act(connection: Connection) -> int:
        return expire_windows(connection, campaign_id, now, pace.retry.grace, partial(is_dead, home))

    return int(in_transaction(store, act))


def _note(
    store: Store, campaign: Campaign, counts: Counter[str], stopped: str, when_stopped: WhenStopped | None
) -> None:
    if not counts and not stopped:
        return
    with store.work() as unit:
        if counts:
            _entry(unit, campaign, "notice:sent", {"outcomes": dict(sorted(counts.items()))})
        if stopped and get_campaign(unit.session, campaign.id).status in RUNNING:
            paused = pause_campaign(unit, campaign.id, stopped)
            if when_stopped is not None:
                when_stopped(unit, paused)


def _finish(
    store: Store, campaign_id: str, counts: Counter[str], unavailable: tuple[str, ...], now: datetime
) -> BatchResult:
    with store.work() as unit:
        campaign = get_campaign(unit.session, campaign_id)
        if campaign.status == CampaignStatus.CANCELLED:
            exclude_waiting(unit.session, campaign_id)
        left: Remaining = remaining(unit.session.connection(), campaign_id)
        if campaign.status == CampaignStatus.SENDING and left.total == 0:
            _close(unit, campaign)
    return BatchResult(
        *(campaign_id, campaign.status, campaign.audience, dict(counts), left.total),
        next_at=now + UNAVAILABLE_WAIT if unavailable else _next_at(left, now),
        unavailable=unavailable,
        stopped_because=campaign.stopped_because,
    )


def _heed_canary(
    store: Store, campaign: Campaign, done: BatchResult, now: datetime, when_stopped: WhenStopped | None
) -> BatchResult:
    """Hold the rest back until the first people's outcome is in."""
    if not campaign.canary or campaign.canary_judged_at or done.finished:
        return done
    verdict = judge_canary(store, campaign.id, now, when_stopped)
    if verdict.stopped is not None:
        return replace(done, status=CampaignStatus.PAUSED, stopped_because=verdict.stopped, next_at=None)
    return replace(done, next_at=verdict.look_at or done.next_at)


def _next_at(left: Remaining, now: datetime) -> datetime | None:
    """Give the moment to call again; None for at once."""
    if left.unclaimed or (left.next_at is not None and left.next_at <= now) or not left.total:
        return None
    moments = [left.next_at] if left.next_at is not None else []
    return min([*moments, now + OTHERS_WAIT] if left.in_flight else moments)


def _close(unit: Any, campaign: Campaign) -> None:
    # Of several workers that see nothing left, one writes the end.
    ended = (
        update(CAMPAIGN)
        .where(CAMPAIGN.c.id == campaign.id, CAMPAIGN.c.status == CampaignStatus.SENDING.value)
        .values(status=CampaignStatus.DONE.value, finished_at=unit.clock(), stopped_because="")
    )
    if unit.session.execute(ended).rowcount:
        row = DELIVERY.c
        counted = select(row.status, func.count()).where(
            row.campaign_id == campaign.id, row.channel.in_(CHANNELS), row.current
        )
        counts = dict(unit.session.execute(counted.group_by(row.status)).tuples().all())
        _entry(unit, campaign, "campaign:done", {"people": counts})
    unit.session.refresh(campaign)
