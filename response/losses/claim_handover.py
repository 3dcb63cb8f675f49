"""Claims that outlive their incident: handed over at closure with owner and day, and watched until they are settled.

Claims run for years, limitation periods longer still; an incident that waited for the last one would never close.
So the gate asks only that each open claim has an owner who is there, and names what it hands over.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select

from models.claim import Claim
from models.clock import iso_utc
from models.database import Work
from models.incident import Incident
from models.staff import Staff
from models.vocabulary import Role
from response.calling.calls import call_about_alarm
from response.context import TOCSIN
from response.corrective_watch import AGAIN_AFTER
from response.losses.claim_rules import OPEN


@dataclass(frozen=True)
class HandedOver:
    """One open claim with whom it is with, and by when it is owed a decision or a payment."""

    claim: str
    status: str
    owner: str | None
    due_at: datetime | None


def open_claims(session: Session, incident_id: str) -> tuple[HandedOver, ...]:
    """List the claims of an incident that are not settled."""
    query = select(Claim).where(Claim.incident_id == incident_id, col(Claim.status).in_(OPEN))
    rows = session.exec(query.order_by(col(Claim.registered_at), col(Claim.id)))
    return tuple(HandedOver(row.id, str(row.status), row.assigned_to, row.due_at) for row in rows)


def claims_without_owner(session: Session, incident_id: str) -> tuple[str, ...]:
    """Name the open claims that nobody who is on the staff list answers for."""
    here = {row.id for row in session.exec(select(Staff)) if row.active}
    return tuple(each.claim for each in open_claims(session, incident_id) if each.owner not in here)


def overdue_claims(
    session: Session, now: datetime, incident_id: str | None = None
) -> list[tuple[Claim, Incident]]:
    """List open claims past their term of which nobody was told this week; drills only by their id.

    A closed incident's claims count: they outlive it.
    """
    told = col(Claim.overdue_told_at)
    query = (
        select(Claim, Incident)
        .join(Incident, col(Incident.id) == col(Claim.incident_id))
        .where(col(Claim.status).in_(OPEN), col(Claim.due_at) <= now)
        .where(or_(told.is_(None), told <= now - AGAIN_AFTER))
        .order_by(col(Claim.due_at), col(Claim.id))
    )
    if incident_id is not None:
        return list(session.exec(query.where(Incident.id == incident_id)))
    return list(session.exec(query.where(col(Incident.drill).is_(False))))


def tell_overdue_claims(
    unit: Work, roles: Collection[str], incident_id: str | None = None
) -> tuple[str, ...]:
    """Enter each overdue claim into the ledger, and call its owner and the holders of some roles."""
    found = overdue_claims(unit.session, unit.clock(), incident_id)
    for row, incident in found:
        row.overdue_told_at = unit.clock()
        unit.session.add(row)
        detail = {"claim": row.id, "due_at": iso_utc(row.due_at) if row.due_at else ""}
        first = (row.assigned_to,) if row.assigned_to else ()
        people = call_about_alarm(unit, incident, "claim:overdue", roles, detail, first=first)
        unit.record(
            "claim:overdue",
            actor=TOCSIN,
            role=Role.INCIDENT_LEAD,
            incident_id=incident.id,
            drill=incident.drill,
            body={**detail, "status": str(row.status), "people": people},
        )
    return tuple(row.id for row, _ in found)
