"""Proof that the numbers add up: every affected person stands in exactly one place, counted from the rows."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import and_, func, literal, select
from sqlmodel import Session, SQLModel

from models.vocabulary import DeliveryStatus
from notifications.audience import CAMPAIGN, CHANNELS, DELIVERY, SUBJECT

WINDOW = SQLModel.metadata.tables["delivery_window"]
DEFAULT_MESSAGE = "breach-notice"
STATUSES = tuple(status.value for status in DeliveryStatus)


@dataclass(frozen=True)
class CampaignBalance:
    """One campaign: people by where they stand now, and rows by channel and status."""

    campaign_id: str
    audience: int
    people: int  # counted from the rows
    serves: tuple[str, ...]
    counts: dict[str, int]
    by_channel: dict[str, dict[str, int]]
    given_back: int  # people whom a later campaign tells instead
    current_rows: int

    @property
    def is_exact(self) -> bool:
        """Whether each person of the audience has exactly one current row."""
        return self.audience == self.people == self.current_rows + self.given_back


@dataclass(frozen=True)
class Balance:
    """affected = delivered + sent + … + queued + claimed + unknown + not_planned, person by person."""

    incident_id: str
    message: str
    affected: int
    counts: dict[str, int]  # every status, zeros included
    not_planned: int  # people in no campaign yet
    campaigns: tuple[CampaignBalance, ...] = field(default=())

    @property
    def total(self) -> int:
        """The sum of the right side."""
        return sum(self.counts.values()) + self.not_planned

    @property
    def is_exact(self) -> bool:
        """Whether both sides are equal, over all and in each campaign."""
        return self.affected == self.total and all(campaign.is_exact for campaign in self.campaigns)

    @property
    def told(self) -> int:
        """People whom a message reached as far as anybody can know."""
        return self.counts[DeliveryStatus.SENT] + self.counts[DeliveryStatus.DELIVERED]


def balance(session: Session, incident_id: str, message: str = DEFAULT_MESSAGE) -> Balance:
    """Count where every affected person stands with one message: in a session for reading, all at one moment."""
    chosen = select(CAMPAIGN.c.id, CAMPAIGN.c.audience, CAMPAIGN.c.serves).where(
        CAMPAIGN.c.incident_id == incident_id, CAMPAIGN.c.message == message
    )
    found = session.execute(chosen.order_by(CAMPAIGN.c.prepared_at, CAMPAIGN.c.id)).all()
    campaigns = tuple(_campaign_balance(session, *row) for row in found)
    counts = Counter(dict.fromkeys(STATUSES, 0))
    for campaign in campaigns:
        counts.update(campaign.counts)
    affected = select(func.count()).select_from(SUBJECT).where(SUBJECT.c.incident_id == incident_id)
    return Balance(
        incident_id,
        message,
        session.execute(affected).scalar_one(),
        dict(counts),
        _not_planned(session, incident_id, [row.id for row in found]),
        campaigns,
    )


def _campaign_balance(
    session: Session, campaign_id: str, audience: int, serves: list[str]
) -> CampaignBalance:
    row = DELIVERY.c
    grouped = select(row.channel, row.status, row.current, func.count())
    by_channel: dict[str, Counter[str]] = {channel: Counter() for channel in CHANNELS}
    counts, current = Counter(dict.fromkeys(STATUSES, 0)), 0
    for channel, status, is_current, number in session.execute(
        grouped.where(row.campaign_id == campaign_id).group_by(row.channel, row.status, row.current)
    ):
        by_channel[channel][status] += number
        if is_current:
            counts[status] += number
            current += number
    for channel, claimed in _claimed(session, campaign_id).items():
        for place in (by_channel[channel], counts):
            place[DeliveryStatus.QUEUED] -= claimed
            place[DeliveryStatus.CLAIMED] += claimed
    people, holding = _people(session, campaign_id)
    return CampaignBalance(
        *(campaign_id, audience, people, tuple(serves), dict(counts)),
        by_channel={channel: dict(+found) for channel, found in by_channel.items()},
        given_back=people - holding,
        current_rows=current,
    )


def _people(session: Session, campaign_id: str) -> tuple[int, int]:
    """Count the people of a campaign, and those of them who have a current row."""
    distinct = func.count(DELIVERY.c.person.distinct())
    everybody = select(distinct).where(DELIVERY.c.campaign_id == campaign_id)
    holding = everybody.where(DELIVERY.c.current)
    return session.execute(everybody).scalar_one(), session.execute(holding).scalar_one()


def _claimed(session: Session, campaign_id: str) -> dict[str, int]:
    """Count the queued rows that an open window covers: their claim stands in the window, not in the row."""
    row = DELIVERY.c
    covered = and_(
        row.campaign_id == WINDOW.c.campaign_id,
        row.channel == WINDOW.c.channel,
        row.person.between(WINDOW.c.first, WINDOW.c.last),
        row.status == DeliveryStatus.QUEUED.value,
        row.due_at.is_(None),
    )
    counted = (
        select(WINDOW.c.channel, func.count(row.person))
        .join_from(WINDOW, DELIVERY, covered)
        .where(WINDOW.c.campaign_id == campaign_id, WINDOW.c.open, WINDOW.c.people.is_(None))
    )
    return dict(session.execute(counted.group_by(WINDOW.c.channel)).tuples().all())


def _not_planned(session: Session, incident_id: str, campaigns: list[str]) -> int:
    row = DELIVERY.c
    planned = select(literal(1)).where(
        row.campaign_id.in_(campaigns),
        row.channel.in_(CHANNELS),
        row.person == SUBJECT.c.number,
        row.current,
    )
    counted = select(func.count()).select_from(SUBJECT).where(SUBJECT.c.incident_id == incident_id)
    return int(session.execute(counted.where(~planned.exists())).scalar_one())
