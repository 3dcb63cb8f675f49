"""How far the people affected were told, counted by the database from the register of notices."""

from collections.abc import Sequence
from datetime import datetime

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
    campaigns = session.exec(select(Campaign).where(Campaign.incident_id == incident_id)).all()
    channels = _channels(session, incident_id, campaigns)
    if not affected and not channels:
        return NoticeCoverage()
    people = _people(session, incident_id)
    outside = affected - sum(people.values())
    if outside > 0:
        people[OUTSIDE] = outside
    first_at, last_at = _told_between(session, incident_id)
    return NoticeCoverage(
        channels=channels,
        affected=affected,
        told=sum(people.get(status, 0) for status in TOLD),
        balance_exact=sum(people.values()) == affected and _each_once(session, campaigns),
        people=people,
        languages=languages,
        first_at=first_at,
        last_at=last_at,
    )


def _languages(session: Session, incident_id: str) -> dict[str, int]:
    query = select(DataSubject.language, func.count()).where(DataSubject.incident_id == incident_id)
    rows = session.exec(query.group_by(col(DataSubject.language)).order_by(col(DataSubject.language)))
    return {language: count for language, count in rows}  # noqa: C416 - rows are not pairs


def _channels(
    session: Session, incident_id: str, campaigns: Sequence[Campaign]
) -> tuple[ChannelCoverage, ...]:
    query = (
        select(Delivery.campaign_id, Delivery.channel, Delivery.status, func.count())
        .join(Campaign, col(Campaign.id) == col(Delivery.campaign_id))
        .where(Campaign.incident_id == incident_id)
        .group_by(col(Delivery.campaign_id), col(Delivery.channel), col(Delivery.status))
    )
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for campaign, channel, status, count in sorted(session.exec(query).all()):
        counts.setdefault((campaign, channel), {})[str(status)] = count
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


def _told_between(session: Session, incident_id: str) -> tuple[datetime | None, datetime | None]:
    query = (
        select(func.min(Delivery.changed_at), func.max(Delivery.changed_at))
        .join(Campaign, col(Campaign.id) == col(Delivery.campaign_id))
        .where(Campaign.incident_id == incident_id, col(Delivery.status).in_(TOLD))
    )
    first, last = session.exec(query).one()
    return first, last


def _each_once(session: Session, campaigns: Sequence[Campaign]) -> bool:
    """Say whether each campaign has as many current notices as it has people."""
    query = select(Delivery.campaign_id, func.count()).where(
        col(Delivery.current).is_(True), col(Delivery.campaign_id).in_([each.id for each in campaigns])
    )
    current = {campaign: count for campaign, count in session.exec(query.group_by(col(Delivery.campaign_id)))}  # noqa: C416 - rows are not pairs
    return all(current.get(campaign.id, 0) == campaign.audience for campaign in campaigns)
