"""How many people a channel may claim now: no faster than its provider's limit, the canary before all others.

The limit is kept in the journal, so that it holds over all workers and campaigns together: each claim waits until
the one before it, whoever made it, has used up its time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from models.notice import Campaign
from models.settings import Settings
from notifications.audience import CAMPAIGN, EMAIL
from notifications.balance import WINDOW
from notifications.targets import all_rehearsed

PATIENCE = timedelta(minutes=5)
TIMES_AS_MANY = 10  # a campaign with fewer people than this many canaries is too small to need one
BATCH_SECONDS = 30.0  # a batch ends, and says how far it came, at least this often


@dataclass(frozen=True)
class Allowance:
    """People who may be claimed now, after `wait_seconds`; none at all when both are zero."""

    people: int
    wait_seconds: float = 0.0


def canary_size(settings: Settings, audience: int) -> int:
    """Say how many people of each channel are told first; none in a small campaign."""
    return settings.canary_size if audience >= TIMES_AS_MANY * settings.canary_size else 0


def patience(settings: Settings, drill: bool) -> timedelta:
    """Say how long bounces are waited for; where every message ends in a rehearsal server, none come later."""
    if drill or (settings.canary_seconds is None and all_rehearsed(settings, drill)):
        return timedelta(0)
    return PATIENCE if settings.canary_seconds is None else timedelta(seconds=settings.canary_seconds)


def limit_of(settings: Settings, channel: str) -> float | None:
    """Give the most messages a second that are set for a channel."""
    return settings.mail_rate if channel == EMAIL else settings.sms_rate


def most_in_a_batch(settings: Settings, limit: int) -> int:
    """Shorten a batch to what the slowest limit that is set lets through in its time."""
    rates = [rate for rate in (settings.mail_rate, settings.sms_rate) if rate is not None]
    return max(1, min(limit, int(min(rates) * BATCH_SECONDS))) if rates else limit


def allowance(
    connection: Connection, settings: Settings, campaign: Campaign, channel: str, wanted: int, now: datetime
) -> Allowance:
    """Say how many of `wanted` people may be claimed. `now` is the machine's clock; a drill knows no limit."""
    people = wanted
    if campaign.canary and campaign.canary_judged_at is None:
        people = min(people, campaign.canary - claimed_first(connection, campaign.id, channel))
    rate = limit_of(settings, channel)
    if people <= 0 or rate is None or campaign.drill:
        return Allowance(max(0, people))
    wait = _free_at(connection, channel, rate, now) - now
    # A second's worth at a time: a provider that counts by the second never sees more.
    return Allowance(min(people, max(1, int(rate))), max(0.0, wait.total_seconds()))


def claimed_first(connection: Connection, campaign_id: str, channel: str) -> int:
    """Count the people of a channel claimed for the first time; retries and fallbacks are not."""
    window = WINDOW.c
    counted = select(func.sum(window.size)).where(
        window.campaign_id == campaign_id, window.channel == channel, window.people.is_(None)
    )
    return int(connection.execute(counted).scalar() or 0)


def _free_at(connection: Connection, channel: str, rate: float, now: datetime) -> datetime:
    """Give the moment at which the last claim of any campaign but a drill's has used up its time."""
    window = WINDOW.c
    last = connection.execute(
        select(window.claimed_at, window.size)
        .join(CAMPAIGN, CAMPAIGN.c.id == window.campaign_id)
        .where(window.channel == channel, CAMPAIGN.c.drill.is_(False))
        .order_by(window.id.desc())
        .limit(1)
    ).first()
    if last is None:
        return now
    # A claim made by a machine whose clock is ahead must not stop this one.
    free_at: datetime = min(last.claimed_at, now) + timedelta(seconds=last.size / rate)
    return free_at
