"""How far the people affected were told, counted by the database from the register of notices."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import case, func
from sqlmodel import Session, col, select

from models.notice import Campaign, Delivery
from models.people import DataSubject
from models.vocabulary import DeliveryStatus
from reports.view import ChannelCoverage, NoticeCoverage

TOLD = (DeliveryStatus.DELIVERED, DeliveryStatus.SENT)
# Best first: a person is counted where the best of their notices stands.
BEST_FIRST = (
    DeliveryStatus.DELIVERED,
    DeliveryStatus.SENT,
    DeliveryStatus.CLAIMED,
    DeliveryStatus.UNKNOWN,
    DeliveryStatus.DEFERRED,
    DeliveryStatus.QUEUED,
    DeliveryStatus.BOUNCED,
    DeliveryStatus.REJECTED,
    DeliveryStatus.SUPPRESSED,
    DeliveryStatus.NO_ADDRESS,
    DeliveryStatus.EXCLUDED,
)
OUTSIDE = "outside"  # in the register, but in no campaign


def read_coverage(session: Session, incident_id: str) -> NoticeCoverage:
    """Count an incident's notices by campaign and channel, and its people by their best outcome.

    Without an imported register and without a campaign everything is unknown. The balance is exact when
    every person of the register is counted once and each campaign has one current notice a person.
    """
    languages = _languages(session, incident_id)
    affected = sum(languages.values())
    lanes = _lanes(session, incident_id)
    campaigns = session.exec(select(Campaign).where(Campaign.incident_id == incident_id)).all()
    if not affected and not lanes:
        return NoticeCoverage()
    people = _people(session, incident_id)
    outside = affected - sum(people.values())
    if outside > 0:
        people[OUTSIDE] = outside
    told = [lane for lane in lanes if lane.status in TOLD]
    return NoticeCoverage(
        channels=_channels(lanes, campaigns),
        affected=affected,
        told=sum(people.get(status, 0) for status in TOLD),
        balance_exact=sum(people.values()) == affected and _each_once(lanes, campaigns),
        people=people,
        languages=languages,
        first_at=min((lane.first_at for lane in told if lane.first_at), default=None),
        last_at=max((lane.last_at for lane in told if lane.last_at), default=None),
    )


def _languages(session: Session, incident_id: str) -> dict[str, int]:
    query = select(DataSubject.language, func.count()).where(DataSubject.incident_id == incident_id)
    rows = session.exec(query.group_by(col(DataSubject.language)).order_by(col(DataSubject.language)))
    return {language: count for language, count in rows}  # noqa: C416 - rows are not pairs


class _Lane(NamedTuple):
    """Notices of one campaign on one channel that stand alike."""

    campaign: str
    channel: str
    status: str
    current: bool
    notices: int
    first_at: datetime | None
    last_at: datetime | None


def _lanes(session: Session, incident_id: str) -> list[_Lane]:
    """Count in one pass over the journal."""
    alike = (col(Delivery.campaign_id), col(Delivery.channel), col(Delivery.status), col(Delivery.current))
    moments = (func.min(Delivery.changed_at), func.max(Delivery.changed_at))
    query = (
        sqlalchemy.select(*alike, func.count(), *moments)
        .join(Campaign, col(Campaign.id) == col(Delivery.campaign_id))
        .where(col(Campaign.incident_id) == incident_id)
        .group_by(*alike)
        .order_by(*alike)
    )
    return [_Lane(*row) for row in session.connection().execute(query)]


def _channels(lanes: Sequence[_Lane], campaigns: Sequence[Campaign]) -> tuple[ChannelCoverage, ...]:
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for lane in lanes:
        by_status = counts.setdefault((lane.campaign, lane.channel), {})
        by_status[lane.status] = by_status.get(lane.status, 0) + lane.notices
    messages = {campaign.id: campaign.message for campaign in campaigns}
    return tuple(
        ChannelCoverage(campaign, messages[campaign], channel, by_status)
        for (campaign, channel), by_status in counts.items()
    )


def _people(session: Session, incident_id: str) -> dict[str, int]:
    rank = case(
        {str(status): number for number, status in enumerate(BEST_FIRST)},
        value=col(Delivery.status),
        else_=len(BEST_FIRST),
    )
    best = (
        select(Delivery.person, func.min(rank).label("best"))
        .join(Campaign, col(Campaign.id) == col(Delivery.campaign_id))
        .where(Campaign.incident_id == incident_id)
        .group_by(col(Delivery.person))
        .subquery()
    )
    rows = session.exec(select(best.c.best, func.count()).group_by(best.c.best).order_by(best.c.best))
    return {_status(number): count for number, count in rows}


def _status(number: int) -> str:
    return str(BEST_FIRST[number]) if number < len(BEST_FIRST) else str(DeliveryStatus.UNKNOWN)


def _each_once(lanes: Sequence[_Lane], campaigns: Sequence[Campaign]) -> bool:
    """Say whether each campaign has as many current notices as it has people."""
    current: Counter[str] = Counter()
    for lane in lanes:
        current[lane.campaign] += lane.notices if lane.current else 0
    return all(current[campaign.id] == campaign.audience for campaign in campaigns)
