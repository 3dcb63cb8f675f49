"""Who a campaign tells, over which channel first: set down row by row before anything is sent."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, case, func, insert, literal, not_, or_, select, true, update
from sqlmodel import Session, SQLModel

import models.people  # noqa: F401 - registers the table
from models.notice import Campaign
from models.vocabulary import DeliveryStatus

DELIVERY = SQLModel.metadata.tables["delivery"]
LANE = SQLModel.metadata.tables["delivery_lane"]
SUBJECT = SQLModel.metadata.tables["data_subject"]
CAMPAIGN = SQLModel.metadata.tables["campaign"]
EMAIL, SMS, POST, NONE = "email", "sms", "post", "none"
CHANNELS = (EMAIL, SMS, POST, NONE)
CANCELLED = "campaign_cancelled"


def freeze_audience(session: Session, campaign: Campaign, areas: Sequence[str] = ()) -> dict[str, int]:
    """Write one row for each person who was not told yet; gives how many there are on each channel.

    Told means: a current row in an earlier campaign with the same message, unless that was cancelled before
    their turn, or left them out for want of an address that is known now.
    """
    session.flush()
    earlier = _earlier_campaigns(session, campaign)
    people = and_(SUBJECT.c.incident_id == campaign.incident_id, _within(areas))
    if earlier:
        _give_back(session, earlier, people)
        people = and_(people, not_(_has_current_row(earlier)))
    session.execute(insert(DELIVERY).from_select(_COLUMNS, _rows(campaign, people)))
    counted = select(DELIVERY.c.channel, func.count()).where(DELIVERY.c.campaign_id == campaign.id)
    counts: dict[str, int] = dict.fromkeys(CHANNELS, 0)
    counts |= dict(session.execute(counted.group_by(DELIVERY.c.channel)).tuples().all())
    queued = _queued_of(session, campaign.id)
    lanes = [
        {"campaign_id": campaign.id, "channel": channel, "cursor": 0, "unclaimed": queued.get(channel, 0)}
        for channel in (EMAIL, SMS)
    ]
    session.execute(insert(LANE), lanes)
    return counts


_COLUMNS = ("campaign_id", "channel", "person", "status", "current", "attempts", "reason")


def _rows(campaign: Campaign, people: ColumnElement[bool]):  # type: ignore[no-untyped-def]  # noqa: ANN202
    row = SUBJECT.c
    channel = case((row.has_email, EMAIL), (row.has_phone, SMS), else_=NONE)
    status = case(
        (row.sealed.is_(None), DeliveryStatus.EXCLUDED.value),
        (or_(row.has_email, row.has_phone), DeliveryStatus.QUEUED.value),
        else_=DeliveryStatus.NO_ADDRESS.value,
    )
    reason = case((row.sealed.is_(None), "erased"), else_=None)
    return (
        select(literal(campaign.id), channel, row.number, status, true(), literal(0), reason)
        .where(people)
        .order_by(row.number)
    )


def _queued_of(session: Session, campaign_id: str) -> dict[str, int]:
    counted = select(DELIVERY.c.channel, func.count()).where(
        DELIVERY.c.campaign_id == campaign_id, DELIVERY.c.status == DeliveryStatus.QUEUED.value
    )
    return dict(session.execute(counted.group_by(DELIVERY.c.channel)).tuples().all())


def _within(areas: Sequence[str]) -> ColumnElement[bool]:
    if not areas:
        return true()
    place = SUBJECT.c.place
    return or_(place.in_(areas), *(place.startswith(f"{area}-", autoescape=True) for area in areas))


def _earlier_campaigns(session: Session, campaign: Campaign) -> list[str]:
    same = select(CAMPAIGN.c.id).where(
        CAMPAIGN.c.incident_id == campaign.incident_id,
        CAMPAIGN.c.message == campaign.message,
        CAMPAIGN.c.id != campaign.id,
    )
    return list(session.execute(same).scalars())


def _of_person(earlier: Sequence[str]) -> ColumnElement[bool]:
    # All three channels are named so that the key finds the rows: a search by person alone would read them all.
    row = DELIVERY.c
    return and_(row.campaign_id.in_(earlier), row.channel.in_(CHANNELS), row.person == SUBJECT.c.number)


def _has_current_row(earlier: Sequence[str]) -> ColumnElement[bool]:
    return select(literal(1)).where(_of_person(earlier), DELIVERY.c.current).exists()


def _give_back(session: Session, earlier: Sequence[str], people: ColumnElement[bool]) -> None:
    row = DELIVERY.c
    cancelled = and_(row.status == DeliveryStatus.EXCLUDED.value, row.reason == CANCELLED)
    reachable_now = and_(row.status == DeliveryStatus.NO_ADDRESS.value, _reachable())
    wanted = select(literal(1)).where(people, SUBJECT.c.number == row.person, or_(cancelled, reachable_now))
    session.execute(
        update(DELIVERY)
        .where(row.campaign_id.in_(earlier), row.current, wanted.correlate(DELIVERY).exists())
        .values(current=False)
    )


def _reachable() -> ColumnElement[bool]:
    return or_(SUBJECT.c.has_email, SUBJECT.c.has_phone)
