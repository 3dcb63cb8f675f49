"""The canary: a few people of each channel are told first, and what comes of them decides whether the rest are.

It stops by itself as soon as so many could not be reached that the share can only be too high, and goes on when
everybody's outcome is in or its time is up. Relays seldom report a delivery, so for e-mail the time decides.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlmodel import Session

from models.database import Store, Work
from models.notice import Campaign
from models.vocabulary import CampaignStatus, DeliveryStatus
from notifications.audience import DELIVERY, EMAIL, LANE, SMS
from notifications.balance import WINDOW
from notifications.campaign import get_campaign, pause_campaign
from notifications.pacing import claimed_first, patience

LOOK, SOON = timedelta(seconds=5), timedelta(seconds=1)
_DEAD = (DeliveryStatus.BOUNCED, DeliveryStatus.REJECTED)
_OPEN = (DeliveryStatus.SENT, DeliveryStatus.UNKNOWN, DeliveryStatus.DEFERRED, DeliveryStatus.CLAIMED)


@dataclass(frozen=True)
class Verdict:
    """What became of a canary: all may go on, it was `stopped` with a reason, or it still waits until `look_at`."""

    stopped: str | None = None
    look_at: datetime | None = None


GO_ON = Verdict()
WhenStopped = Callable[[Work, Campaign], None]  # called in the unit of work that pauses a campaign


def judge_canary(
    store: Store, campaign_id: str, now: datetime, when_stopped: WhenStopped | None = None
) -> Verdict:
    """Look at a campaign's first people once they are all told. `now` is the machine's clock."""
    with store.work() as unit:
        campaign = get_campaign(unit.session, campaign_id)
        if not campaign.canary or campaign.canary_judged_at or campaign.status != CampaignStatus.SENDING:
            return GO_ON
        if not _all_told(unit.session, campaign):
            return Verdict(look_at=now + SOON)
        return _judge(unit, campaign, now, when_stopped)


def _all_told(session: Session, campaign: Campaign) -> bool:
    """Say whether each channel's first people were all sent to."""
    window, lane = WINDOW.c, LANE.c
    flying = select(window.id).where(window.campaign_id == campaign.id, window.open).limit(1)
    if session.execute(flying).first() is not None:
        return False
    lanes = select(lane.channel, lane.unclaimed).where(lane.campaign_id == campaign.id)
    return all(
        not unclaimed or claimed_first(session.connection(), campaign.id, channel) >= campaign.canary
        for channel, unclaimed in session.execute(lanes)
    )


def _judge(unit: Work, campaign: Campaign, now: datetime, when_stopped: WhenStopped | None) -> Verdict:
    counts = _outcomes(unit.session, campaign.id)
    told, dead = sum(counts.values()), sum(counts[status] for status in _DEAD)
    waiting = sum(counts[status] for status in _OPEN)
    if campaign.canary_until is None:
        campaign.canary_until = now + patience(unit.store.settings, campaign.drill)
        unit.session.add(campaign)
    if dead > unit.store.settings.stop_bounced * told:
        _decided(unit, campaign, "campaign:canary_failed", counts)
        paused = pause_campaign(unit, campaign.id, f"canary: {dead} of {told} could not be reached")
        if when_stopped is not None:
            when_stopped(unit, paused)
        return Verdict(stopped=paused.stopped_because)
    if waiting and now < campaign.canary_until:
        return Verdict(look_at=min(campaign.canary_until, now + LOOK))
    _decided(unit, campaign, "campaign:canary_passed", counts)
    return GO_ON


def _decided(unit: Work, campaign: Campaign, tag: str, counts: Counter[str]) -> None:
    campaign.canary_judged_at = unit.clock()
    unit.session.add(campaign)
    unit.record(
        tag,
        actor="tocsin",
        role="communications",
        incident_id=campaign.incident_id,
        facts_version=campaign.facts_version,
        drill=campaign.drill,
        body={
            "campaign": campaign.id,
            "outcomes": {str(name): count for name, count in sorted(counts.items())},
        },
    )


def _outcomes(session: Session, campaign_id: str) -> Counter[str]:
    """Count the first people by status: those up to where each lane has come."""
    row, lane = DELIVERY.c, LANE.c
    counts: Counter[str] = Counter()
    for channel in (EMAIL, SMS):
        cursor = select(lane.cursor).where(lane.campaign_id == campaign_id, lane.channel == channel)
        first = and_(
            row.campaign_id == campaign_id, row.channel == channel, row.person <= cursor.scalar_subquery()
        )
        told = select(row.status, func.count()).where(first, row.attempts > 0).group_by(row.status)
        for status, number in session.execute(told):
            counts[status] += number
    return counts
