"""Sending one batch: a few windows in flight on each channel, each claimed, sent and recorded in turn."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from models.clock import Clock
from models.database import Store
from models.errors import RefusedError, UnavailableError
from models.notice import Campaign
from models.vocabulary import CampaignStatus
from notifications.audience import CAMPAIGN, DELIVERY
from notifications.channels.contract import PATIENCE, SENT, Answer, MailLetter, Outcome, TextLetter
from notifications.channels.relays import RelayChain
from notifications.channels.sms import SmsChannel
from notifications.outbox.flight import LONGEST_WAIT, Answered, Flight
from notifications.outbox.journal import Claim, ClaimedPerson, Lease, Record
from notifications.outbox.journal_claims import claim
from notifications.outbox.journal_records import record
from notifications.outbox.journal_thread import JournalThread
from notifications.outbox.journal_upkeep import remaining, told_to_wait
from notifications.outbox.letters import LetterWriter, letter_writer
from notifications.outbox.outcomes import RetryPolicy, record_of
from notifications.outbox.prepared import Prepared
from notifications.pacing import allowance, most_in_a_batch
from notifications.targets import is_rehearsed, mail_targets, text_target

SENDING = CampaignStatus.SENDING.value
# Shared with who cancels: they wait for this commit and see its window, or it waits for them and claims nobody.
_STATUS = Prepared(
    select(CAMPAIGN.c.status).where(CAMPAIGN.c.id == bindparam("campaign")).with_for_update(read=True)
)
DUE_EVERY = timedelta(seconds=1)  # how often retries are looked for while others wait: they waited a minute


@dataclass(frozen=True)
class Pace:
    """How delivery goes. A worker exposes at most `windows` times the setting TOCSIN_DELIVERY_BATCH people."""

    windows: int = 2
    lease: timedelta = timedelta(seconds=150)
    send_seconds: float = 60.0  # well within the lease: nothing is sent on a lease that may have run out
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    judge_after: int = 200  # letters answered before the share of dead addresses is judged


@dataclass(frozen=True, slots=True)
class Done:
    """What became of some people of one window: those who were told, and what else is to be written."""

    claimed: Claim
    told: list[int]
    records: list[Record]


class Batch:
    """One call's worth of sending: both channels one after the other, a few windows in flight on each."""

    def __init__(
        self, store: Store, campaign: Campaign, worker: str, limit: int, pace: Pace, machine: Clock
    ) -> None:
        self._store, self._campaign, self._worker = store, campaign, worker
        self._left, self._pace, self._machine = most_in_a_batch(store.settings, limit), pace, machine
        self.counts: Counter[str] = Counter()
        self.stopped_because = ""
        self._answered: Counter[str] = Counter()
        self._dead: Counter[str] = Counter()
        self._looked: datetime | None = None  # for people who are due
        with store.reading() as session:
            self._writer: LetterWriter = letter_writer(store, session, campaign)

    async def run(self) -> tuple[str, ...]:
        """Send over each channel for which somebody waits; gives the channels that did not answer."""
        settings, drill = self._store.settings, self._campaign.drill
        unavailable: list[str] = []
        async with JournalThread(self._store) as journal:
            for make in (
                lambda: RelayChain(mail_targets(settings, drill)),
                lambda: SmsChannel(text_target(settings, drill)),
            ):
                channel: Any = make()
                if await journal.run(partial(self._told_to_wait, channel.name)):
                    unavailable.append(PATIENCE.format(channel.name))
                    continue
                if self._left <= 0 or self.stopped_because or not await self._waiting(journal, channel.name):
                    continue
                try:
                    await channel.open()
                except UnavailableError as error:
                    unavailable.append(str(error))
                    continue
                except RefusedError as error:
                    self.stopped_because = str(error)
                    continue
                try:
                    await self._over(channel, journal)
                    unavailable += [channel.lost] if channel.lost else []
                finally:
                    await channel.close()
        return tuple(unavailable)

    async def _waiting(self, journal: JournalThread, channel: str) -> bool:
        def act(connection: Connection) -> bool:
            row, now = DELIVERY.c, self._machine()
            mine = (row.campaign_id == self._campaign.id) & (row.channel == channel)
            due = select(func.count()).where(mine, row.due_at <= now, row.status.in_(("queued", "deferred")))
            return bool(
                remaining(connection, self._campaign.id, channel).unclaimed
                or connection.execute(due).scalar()
            )

        return bool(await journal.run(act))

    def _told_to_wait(self, channel: str, connection: Connection) -> bool:
        return told_to_wait(connection, self._campaign.id, channel, self._machine())

    async def _over(self, channel: Any, journal: JournalThread) -> None:
        """Send over one channel: each commit records the answers that are in and claims whom there is room for."""
        batch, self._looked = self._store.settings.delivery_batch, None
        flight, more = Flight(batch, batch * self._pace.windows, lambda: channel.hungry), True
        async with asyncio.TaskGroup() as windows:
            while more or not flight.empty:
                done = [self._done(claimed, heard) for claimed, heard in flight.take()]
                turn = partial(self._turn, channel, done, flight.room if more else 0)
                claimed = await journal.run(turn)
                more = claimed is not None
                if isinstance(claimed, Claim):
                    flight.add(claimed)
                    windows.create_task(self._send(channel, claimed, flight))
                    if flight.room == batch:
                        continue
                if more or not flight.empty:
                    await flight.ripen(claimed if isinstance(claimed, float) else LONGEST_WAIT)

    def _turn(
        self, channel: Any, done: list[Done], room: int, connection: Connection
    ) -> Claim | float | None:
        """Record answers and claim more people, in one commit; seconds where a limit asks to wait first."""
        now, at = self._machine(), self._store.clock()
        (status,) = _STATUS.run(connection, {"campaign": self._campaign.id}).fetchone()
        for each in done:
            record(connection, each.claimed, each.told, each.records, now, at)
        if self._left <= 0 or self.stopped_because or channel.lost or status != SENDING or not room:
            return None
        settings, size = self._store.settings, min(room, self._left)
        allowed = allowance(connection, settings, self._campaign, channel.name, size, now)
        if allowed.wait_seconds or not allowed.people:
            return allowed.wait_seconds or None
        lease = Lease(
            self._worker, now, self._pace.lease, is_rehearsed(settings, self._campaign.drill, channel.name)
        )
        ids = self._campaign.incident_id, self._campaign.id
        look = self._looked is None or now - self._looked >= DUE_EVERY
        self._looked = now if look else self._looked
        claimed_now = claim(connection, *ids, channel.name, allowed.people, lease, due_first=look)
        self._left -= len(claimed_now.people) if claimed_now else 0
        return claimed_now

    async def _send(self, channel: Any, claimed: Claim, flight: Flight) -> None:
        write = (
            self._writer.texts
            if channel.name == "sms"
            else partial(self._writer.mails, at=self._store.clock())
        )
        people: list[ClaimedPerson] = []
        letters: list[MailLetter | TextLetter] = []
        for person, letter in zip(claimed.people, write(claimed.people), strict=True):
            if isinstance(letter, Answer):
                flight.heard(claimed, person, letter)
            else:
                people.append(person)
                letters.append(letter)

        def heard(place: int, answer: Answer) -> None:
            flight.heard(claimed, people[place], answer)

        if letters:
            await channel.send(letters, self._pace.send_seconds, heard)

    def _done(self, claimed: Claim, heard: Answered) -> Done:
        told = [person.person for person, answer in heard if answer is SENT]
        self.counts[SENT.outcome] += len(told)
        others = [(person, answer) for person, answer in heard if answer is not SENT]
        now, policy = self._machine(), self._pace.retry
        records = [record_of(answer, person, claimed.channel, now, policy) for person, answer in others]
        self.counts.update(str(made.status) for made in records)
        for _, answer in others:
            if answer.outcome is Outcome.STOP and not self.stopped_because:
                said = f"{claimed.channel}: {answer.reason} ({answer.code})"
                self.stopped_because = f"{said}. {answer.remedy}" if answer.remedy else said
        self._judge(claimed.channel, len(told), [answer.outcome for _, answer in others])
        return Done(claimed, told, records)

    def _judge(self, channel: str, told: int, others: list[Outcome]) -> None:
        """Stop when too many addresses of a channel are dead: going on would cost the sender's good name."""
        dead = others.count(Outcome.BAD_ADDRESS)
        self._answered[channel] += told + others.count(Outcome.SENT) + dead
        self._dead[channel] += dead
        answered, dead = self._answered[channel], self._dead[channel]
        if answered >= self._pace.judge_after and dead > answered * self._store.settings.stop_bounced:
            self.stopped_because = (
                self.stopped_because or f"{channel}: {dead} of {answered} addresses are dead"
            )
