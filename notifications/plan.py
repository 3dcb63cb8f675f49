"""Whom a notice concerns before anything is sent: people by language, channel and legal surroundings."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import and_, case, func, or_, select
from sqlmodel import Session

from models.vocabulary import DeliveryStatus
from notifications.audience import CAMPAIGN, CANCELLED, CHANNELS, DELIVERY, EMAIL, NONE, SMS, SUBJECT
from notifications.texts.exposure import profile_of
from notifications.texts.templates_on_disk import language_used

_STILL_TO_TELL = tuple(
    status.value for status in (DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED, DeliveryStatus.DEFERRED)
)


@dataclass(frozen=True)
class PlanLine:
    """People who get the same text over the same channel; channel `none` has no address."""

    language: str
    channel: str
    profile: str  # eu, us, cn, hk, sg, other: whose law's statements the text carries
    people: int


def plan_lines(session: Session, incident_id: str, message: str) -> tuple[PlanLine, ...]:
    """Count the people whom `message` still has to reach, in a campaign that waits or in one to come."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for language, place, channel, people in session.execute(_counted(incident_id, message)):
        counts[language_used(message, language), channel, profile_of(place)] += people
    order = {channel: at for at, channel in enumerate(CHANNELS)}
    lines = (PlanLine(*key, people) for key, people in counts.items())
    return tuple(
        sorted(lines, key=lambda line: (order[line.channel], -line.people, line.language, line.profile))
    )


def _counted(incident_id: str, message: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    row, person = DELIVERY.c, SUBJECT.c
    campaigns = select(CAMPAIGN.c.id).where(
        CAMPAIGN.c.incident_id == incident_id, CAMPAIGN.c.message == message
    )
    planned = and_(
        row.campaign_id.in_(campaigns),
        row.channel.in_(CHANNELS),
        row.person == person.number,
        row.current,
    )
    given_back = and_(row.status == DeliveryStatus.EXCLUDED.value, row.reason == CANCELLED)
    by_contact = case((person.has_email, EMAIL), (person.has_phone, SMS), else_=NONE)
    channel = case(
        (or_(row.channel.is_(None), row.channel == NONE, given_back), by_contact), else_=row.channel
    )
    left = or_(
        row.status.is_(None),
        row.status.in_(_STILL_TO_TELL),
        given_back,
        row.status == DeliveryStatus.NO_ADDRESS.value,
    )
    return (
        select(person.language, person.place, channel, func.count())
        .join_from(SUBJECT, DELIVERY, planned, isouter=True)
        .where(person.incident_id == incident_id, person.sealed.is_not(None), left)
        .group_by(person.language, person.place, channel)
    )


def people_by_channel(lines: tuple[PlanLine, ...]) -> dict[str, int]:
    """Sum the lines by channel."""
    counts: Counter[str] = Counter()
    for line in lines:
        counts[line.channel] += line.people
    return dict(counts)
