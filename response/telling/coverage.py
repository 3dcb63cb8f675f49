"""Who was told, as a report needs it: counted from the journal's rows at one moment."""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.notice import Campaign, Delivery
from models.people import DataSubject
from models.vocabulary import DeliveryStatus
from notifications.balance import Balance, balance
from reports.view import ChannelCoverage, EnquiryFigures, LawTold, NoticeCoverage
from response.hearing.enquiries import count_enquiries
from response.telling.law_coverage import law_coverage


def coverage_of(session: Session, incident_id: str, at: datetime) -> NoticeCoverage:
    """Count an incident's notices for its report; nothing counted yet is unknown, not zero. Law is as at `at`."""
    found = balance(session, incident_id)
    if not found.affected:
        return NoticeCoverage(enquiries=_enquiries(session, incident_id, at))
    first, last = _span(session, incident_id)
    return NoticeCoverage(
        channels=_channels(session, found),
        affected=found.affected,
        told=found.told,
        balance_exact=found.is_exact,
        people={status: number for status, number in found.counts.items() if number},
        languages=_languages(session, incident_id),
        first_at=first,
        last_at=last,
        laws=_laws(session, incident_id, at),
        enquiries=_enquiries(session, incident_id, at),
    )


def _enquiries(session: Session, incident_id: str, at: datetime) -> EnquiryFigures | None:
    found = count_enquiries(session, incident_id, at)
    return EnquiryFigures(found.kinds, found.answered, found.open, found.overdue) if found.total else None


def _laws(session: Session, incident_id: str, at: datetime) -> tuple[LawTold, ...]:
    return tuple(
        LawTold(each.rule, each.citation, each.certain, each.people, each.told, each.unreached)
        for each in law_coverage(session, incident_id, at)
    )


def _channels(session: Session, found: Balance) -> tuple[ChannelCoverage, ...]:
    messages = dict(session.exec(select(Campaign.id, Campaign.message)).all())
    return tuple(
        ChannelCoverage(campaign.campaign_id, messages[campaign.campaign_id], channel, counts)
        for campaign in found.campaigns
        for channel, counts in campaign.by_channel.items()
        if counts
    )


def _languages(session: Session, incident_id: str) -> dict[str, int]:
    counted = (
        select(DataSubject.language, func.count())
        .where(DataSubject.incident_id == incident_id)
        .group_by(col(DataSubject.language))
        .order_by(col(DataSubject.language))
    )
    return dict(session.exec(counted).all())


def _span(session: Session, incident_id: str) -> tuple[datetime | None, datetime | None]:
    moments = select(func.min(Delivery.changed_at), func.max(Delivery.changed_at)).join(
        Campaign, col(Campaign.id) == col(Delivery.campaign_id)
    )
    told = col(Delivery.status).in_([DeliveryStatus.SENT, DeliveryStatus.DELIVERED])
    return session.exec(moments.where(Campaign.incident_id == incident_id, told)).one()
