"""Keeping the journal true: windows whose worker died are given up, and what is left is counted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, select, update

from notifications.audience import DELIVERY, LANE
from notifications.balance import WINDOW
from notifications.channels.contract import TOLD_TO_WAIT
from notifications.outbox.journal import CLAIMED, DEFERRED, QUEUED, ROW, UNKNOWN, rows_of


def expire_windows(
    connection: Connection, campaign_id: str, now: datetime, grace: timedelta, is_dead: Callable[[str], bool]
) -> int:
    """Give up windows whose worker died or lost its lease; their people become `unknown`. Gives how many windows.

    They are looked at again after `grace`: what was written to a socket may still arrive for a moment.
    """
    window = WINDOW.c
    found = connection.execute(
        select(
            window.id,
            window.channel,
            window.first,
            window.last,
            window.people,
            window.worker,
            window.lease_until,
        ).where(window.campaign_id == campaign_id, window.open)
    ).all()
    given_up = 0
    for row in found:
        if row.lease_until >= now and not is_dead(row.worker):
            continue
        closing = update(WINDOW).where(window.id == row.id, window.open).values(open=False, expired=True)
        if connection.execute(closing).rowcount:
            given_up += 1
            held = (
                and_(ROW.person.between(row.first, row.last), ROW.status == QUEUED, ROW.due_at.is_(None))
                if row.people is None
                else and_(ROW.person.in_(row.people), ROW.status == CLAIMED)
            )
            lost = update(DELIVERY).where(rows_of(campaign_id, row.channel), held)
            reason = "worker_died"
            connection.execute(lost.values(status=UNKNOWN, reason=reason, due_at=now + grace, changed_at=now))
    return given_up


def told_to_wait(connection: Connection, campaign_id: str, channel: str, now: datetime) -> bool:
    """Tell whether a channel's provider named a time before which it wants nothing more."""
    waits = and_(ROW.due_at > now, ROW.status == DEFERRED, ROW.reason == TOLD_TO_WAIT)
    chosen = select(ROW.person).where(rows_of(campaign_id, channel), waits).limit(1)
    return connection.execute(chosen).first() is not None


@dataclass(frozen=True, slots=True)
class Remaining:
    """What a campaign still has before it: people, and when the next of those who must wait is due."""

    unclaimed: int
    coming_back: int
    in_flight: int
    next_at: datetime | None

    @property
    def total(self) -> int:
        """People for whom something is still to be done."""
        return self.unclaimed + self.coming_back + self.in_flight


def remaining(connection: Connection, campaign_id: str, channel: str = "") -> Remaining:
    """Count what is left, on one channel or all, without reading the rows of those who are done."""
    chosen = (channel,) if channel else ("email", "sms")
    lane, window = LANE.c, WINDOW.c
    unclaimed = select(func.sum(lane.unclaimed)).where(
        lane.campaign_id == campaign_id, lane.channel.in_(chosen)
    )
    waiting = select(func.count(), func.min(ROW.due_at)).where(
        ROW.campaign_id == campaign_id, ROW.channel.in_(chosen), ROW.due_at.is_not(None)
    )
    flying = select(func.sum(window.unrecorded)).where(
        window.campaign_id == campaign_id, window.channel.in_(chosen), window.open
    )
    count, next_at = connection.execute(waiting).one()
    return Remaining(
        connection.execute(unclaimed).scalar() or 0, count, connection.execute(flying).scalar() or 0, next_at
    )
