"""When the last message will leave: at the rate that was measured, a limit that is set, or one a person states."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from sqlalchemy import func, select
from sqlmodel import Session

from models.clock import iso_utc
from models.obligation import Obligation
from models.settings import Settings
from models.vocabulary import DeliveryStatus
from notifications.audience import CAMPAIGN, DELIVERY, EMAIL, LANE, SMS
from notifications.balance import WINDOW
from notifications.pacing import patience
from notifications.targets import is_rehearsed

OBLIGATION = Obligation.metadata.tables["obligation"]
SENDING = (EMAIL, SMS)
# What a small relay, or one long number of an SMS provider, takes: a cautious guess, only used when nothing is known.
ASSUMED = {EMAIL: 10.0, SMS: 1.0}
LAST_WINDOWS = 200
LONGEST_GAP = timedelta(seconds=60)  # between two claims; a longer one was a pause, not sending
FEWEST_MEASURED = 50
Basis = Literal["stated", "measured", "limit", "assumed"]


@dataclass(frozen=True)
class Rate:
    """Messages a second of one channel, and how that is known."""

    per_second: float
    basis: Basis


@dataclass(frozen=True)
class Forecast:
    """How many are still to be told, when the last message leaves, and whether that is before it is due."""

    people: Mapping[str, int]  # by channel
    rates: Mapping[str, Rate]
    begins_at: datetime
    last_at: datetime
    due_at: datetime | None

    @property
    def in_time(self) -> bool | None:
        """Whether the last message leaves before the limit; None when the law names no moment."""
        return None if self.due_at is None else self.last_at <= self.due_at

    def to_json(self) -> dict[str, Any]:
        """Give plain JSON values; moments are UTC."""
        rates = {
            name: {"per_second": rate.per_second, "basis": rate.basis} for name, rate in self.rates.items()
        }
        return {
            "people": dict(self.people),
            "rates": rates,
            "begins_at": iso_utc(self.begins_at),
            "last_at": iso_utc(self.last_at),
            "due_at": self.due_at and iso_utc(self.due_at),
            "in_time": self.in_time,
        }


def measured_rate(session: Session, channel: str, *, rehearsed: bool) -> float | None:
    """Give the messages a second at which this channel was claimed lately; None when too few were.

    What a rehearsal server took says nothing of the bank's own relay or provider, so the two are never mixed.
    """
    window = WINDOW.c
    chosen = (
        select(window.claimed_at, window.size)
        .where(window.channel == channel, window.rehearsed == rehearsed)
        .order_by(window.id.desc())
        .limit(LAST_WINDOWS)
    )
    rows = [tuple(row) for row in session.execute(chosen)][::-1]
    people, span = 0, timedelta(0)
    for (earlier, size), (later, _) in pairwise(rows):
        if timedelta(0) <= later - earlier <= LONGEST_GAP:
            people, span = people + size, span + (later - earlier)
    return people / span.total_seconds() if people >= FEWEST_MEASURED and span else None


def rate_of(
    session: Session, settings: Settings, channel: str, *, drill: bool, stated: float | None = None
) -> Rate:
    """Give the rate to count with: what a person states, else what was measured, never above the limit that is set."""
    limit = settings.mail_rate if channel == EMAIL else settings.sms_rate
    if stated is not None:
        return Rate(min(stated, limit or stated), "stated")
    measured = measured_rate(session, channel, rehearsed=is_rehearsed(settings, drill, channel))
    if limit is not None and (measured is None or measured >= limit):
        return Rate(limit, "limit")
    return Rate(measured, "measured") if measured is not None else Rate(ASSUMED[channel], "assumed")


def forecast(
    people: Mapping[str, int],
    rates: Mapping[str, Rate],
    begins_at: datetime,
    due_at: datetime | None,
    wait: timedelta = timedelta(0),
) -> Forecast:
    """Work out when the last message leaves, after `wait` for a canary. The channels take turns: their times add up."""
    seconds = sum(people.get(channel, 0) / rates[channel].per_second for channel in rates)
    return Forecast(people, rates, begins_at, begins_at + timedelta(seconds=seconds) + wait, due_at)


def waiting_people(session: Session, campaign_id: str) -> dict[str, int]:
    """Count whom a campaign still has to tell, by channel: not claimed yet, or to be tried again."""
    lane, row = LANE.c, DELIVERY.c
    unclaimed = select(lane.channel, lane.unclaimed).where(lane.campaign_id == campaign_id)
    found = dict.fromkeys(SENDING, 0) | dict(session.execute(unclaimed).tuples().all())
    back = select(row.channel, func.count()).where(
        row.campaign_id == campaign_id,
        row.channel.in_(SENDING),
        row.due_at.is_not(None),
        row.status.in_((DeliveryStatus.QUEUED.value, DeliveryStatus.DEFERRED.value)),
    )
    for channel, number in session.execute(back.group_by(row.channel)):
        found[channel] += number
    return found


def due_of(session: Session, incident_id: str, rules: list[str]) -> datetime | None:
    """Give the earliest limit of the duties that a campaign serves and that are not met yet."""
    if not rules:
        return None
    row = OBLIGATION.c
    earliest = select(func.min(row.due_at)).where(
        row.incident_id == incident_id, row.rule.in_(rules), row.met_at.is_(None)
    )
    return session.execute(earliest).scalar()


def campaign_forecast(
    session: Session, settings: Settings, campaign_id: str, begins_at: datetime
) -> Forecast:
    """Forecast what is left of one campaign, from `begins_at`."""
    row = CAMPAIGN.c
    chosen = select(row.incident_id, row.serves, row.drill, row.canary, row.canary_judged_at)
    incident_id, serves, drill, canary, judged_at = session.execute(chosen.where(row.id == campaign_id)).one()
    rates = {channel: rate_of(session, settings, channel, drill=drill) for channel in SENDING}
    due_at = due_of(session, incident_id, list(serves))
    wait = patience(settings, drill) if canary and judged_at is None else timedelta(0)
    return forecast(waiting_people(session, campaign_id), rates, begins_at, due_at, wait)
