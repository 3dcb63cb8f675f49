"""Delivery in batches: claim durably, send, record; any number of workers, none of which may tell anyone twice."""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, func, select, update

from models.clock import Clock, system_clock
from models.database import Store, naming_database_faults
from models.errors import RefusedError, UnavailableError
from models.notice import Campaign
from models.vocabulary import CampaignStatus, DeliveryStatus
from notifications.audience import CAMPAIGN, CHANNELS, DELIVERY
from notifications.campaign import exclude_waiting, get_campaign, pause_campaign
from notifications.channels.contract import Answer, MailLetter, Outcome, TextLetter
from notifications.channels.email import EmailChannel
from notifications.channels.sms import SmsChannel
from notifications.journal import (
    Claim,
    Lease,
    Record,
    Remaining,
    claim,
    expire_windows,
    record,
    remaining,
)
from notifications.letters import LetterWriter, letter_writer
from notifications.liveness import alive, is_dead
from notifications.outcomes import RetryPolicy, record_of
from notifications.settling import run_async, settle_unknown
from notifications.targets import mail_target, text_target
from notifications.templates_on_disk import message_hash

UNAVAILABLE_WAIT = timedelta(seconds=5)
OTHERS_WAIT = timedelta(seconds=1)  # other workers still hold windows; one of them may die


@dataclass(frozen=True)
class Pace:
    """How delivery goes. A worker exposes at most `windows` times the setting TOCSIN_DELIVERY_BATCH people."""

    windows: int = 2
    lease: timedelta = timedelta(seconds=150)
    send_seconds: float = 60.0  # well within the lease: nothing is sent on a lease that may have run out
    retry: RetryPolicy = field(default_factory=RetryPolicy)


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


def deliver_batch(
    store: Store,
    campaign_id: str,
    worker: str,
    *,
    limit: int = 2000,
    pace: Pace | None = None,
    machine: Clock = system_clock,
) -> BatchResult:
    """Tell up to about `limit` people; call again while `more`, or at `next_at`.

    Leases and retries are measured by the machine's clock, also in a drill; what is written down carries the
    store's clock.

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
            settle_unknown(store, campaign_id, machine=machine)
            batch = _Batch(store, campaign, unique, limit, pace, machine)
            unavailable = run_async(batch.run())
            counts = batch.counts
            _note(store, campaign, counts, batch.stopped_because)
    return _finish(store, campaign_id, counts, unavailable, machine())


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


def _transaction(store: Store, act: Callable[[Connection], Any]) -> Any:
    """Run `act` in one writing transaction, committed durably."""
    with store.engine.connect().execution_options(tocsin_write=True) as connection, connection.begin():
        return act(connection)


def _give_up_dead(store: Store, campaign_id: str, pace: Pace, now: datetime) -> int:
    home = store.settings.home

    def act(connection: Connection) -> int:
        return expire_windows(connection, campaign_id, now, pace.retry.grace, partial(is_dead, home))

    return int(_transaction(store, act))


def _note(store: Store, campaign: Campaign, counts: Counter[str], stopped: str) -> None:
    if not counts:
        return
    with store.work() as unit:
        _entry(unit, campaign, "notice:sent", {"outcomes": dict(sorted(counts.items()))})
        if stopped:
            pause_campaign(unit, campaign.id, stopped)


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
        .values(status=CampaignStatus.DONE.value, finished_at=unit.clock())
    )
    if unit.session.execute(ended).rowcount:
        row = DELIVERY.c
        counted = select(row.status, func.count()).where(
            row.campaign_id == campaign.id, row.channel.in_(CHANNELS), row.current
        )
        counts = dict(unit.session.execute(counted.group_by(row.status)).tuples().all())
        _entry(unit, campaign, "campaign:done", {"people": counts})
    unit.session.refresh(campaign)


class _Batch:
    """One call's worth of sending: both channels one after the other, a few windows in flight on each."""

    def __init__(
        self, store: Store, campaign: Campaign, worker: str, limit: int, pace: Pace, machine: Clock
    ) -> None:
        self._store, self._campaign, self._worker = store, campaign, worker
        self._left, self._pace, self._machine = limit, pace, machine
        self.counts: Counter[str] = Counter()
        self.stopped_because = ""
        with store.reading() as session:
            self._writer: LetterWriter = letter_writer(store, session, campaign)

    async def run(self) -> tuple[str, ...]:
        """Send over each channel for which somebody waits; gives the channels that did not answer."""
        settings, drill = self._store.settings, self._campaign.drill
        unavailable: list[str] = []
        # One thread does all the journal's work: SQLite has one writer, and waiting for it in turn is cheap.
        with ThreadPoolExecutor(1) as journal:
            for make in (
                lambda: EmailChannel(mail_target(settings, drill)),
                lambda: SmsChannel(text_target(settings, drill)),
            ):
                channel: Any = make()
                if self._left <= 0 or self.stopped_because or not await self._waiting(journal, channel.name):
                    continue
                try:
                    await channel.open()
                except UnavailableError as error:
                    unavailable.append(str(error))
                    continue
                try:
                    lines = [self._line(channel, journal) for _ in range(self._pace.windows)]
                    await asyncio.gather(*lines)
                    unavailable += [channel.lost] if channel.lost else []
                finally:
                    await channel.close()
        return tuple(unavailable)

    async def _waiting(self, journal: ThreadPoolExecutor, channel: str) -> bool:
        def act(connection: Connection) -> bool:
            row, now = DELIVERY.c, self._machine()
            mine = (row.campaign_id == self._campaign.id) & (row.channel == channel)
            due = select(func.count()).where(mine, row.due_at <= now, row.status.in_(("queued", "deferred")))
            return bool(
                remaining(connection, self._campaign.id, channel).unclaimed
                or connection.execute(due).scalar()
            )

        return bool(await self._in(journal, act))

    async def _line(self, channel: Any, journal: ThreadPoolExecutor) -> None:
        done: tuple[Claim, list[Record]] | None = None
        while True:
            claimed = await self._in(journal, partial(self._turn, channel, done))
            if claimed is None:
                return
            answers = await self._send(channel, claimed)
            done = claimed, self._records(claimed, answers)

    async def _in(self, journal: ThreadPoolExecutor, act: Callable[[Connection], Any]) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(journal, _transaction, self._store, act)

    def _turn(
        self, channel: Any, done: tuple[Claim, list[Record]] | None, connection: Connection
    ) -> Claim | None:
        """Record the last window and claim the next, in one commit."""
        now = self._machine()
        if done is not None:
            record(connection, done[0], done[1], now, self._store.clock())
        chosen = select(CAMPAIGN.c.status).where(CAMPAIGN.c.id == self._campaign.id)
        going_on = connection.execute(chosen).scalar() == CampaignStatus.SENDING.value
        if self._left <= 0 or self.stopped_because or channel.lost or not going_on:
            return None
        size = min(self._store.settings.delivery_batch, self._left)
        lease = Lease(self._worker, now, self._pace.lease)
        ids = self._campaign.incident_id, self._campaign.id
        claimed = claim(connection, *ids, channel.name, size, lease)
        self._left -= len(claimed.people) if claimed else 0
        return claimed

    async def _send(self, channel: Any, claimed: Claim) -> list[Answer]:
        at = self._store.clock()
        write = self._writer.text if channel.name == "sms" else partial(self._writer.mail, at=at)
        written: list[MailLetter | TextLetter | Answer] = [write(person) for person in claimed.people]
        letters = [letter for letter in written if not isinstance(letter, Answer)]
        answers = iter(await channel.send(letters, self._pace.send_seconds) if letters else [])
        return [letter if isinstance(letter, Answer) else next(answers) for letter in written]

    def _records(self, claimed: Claim, answers: list[Answer]) -> list[Record]:
        now, policy = self._machine(), self._pace.retry
        records = []
        for person, answer in zip(claimed.people, answers, strict=True):
            made = record_of(answer, person, claimed.channel, now, policy)
            self.counts[str(made.status)] += 1
            if answer.outcome is Outcome.STOP and not self.stopped_because:
                self.stopped_because = f"{claimed.channel}: {answer.reason} ({answer.code})"
            records.append(made)
        return records
