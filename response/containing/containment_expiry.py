"""Acts on systems that stood longer than they were planned for: each is said once, and people are called."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session, col, select

from models.action import Containment
from models.database import Work
from models.incident import Incident
from models.vocabulary import Role
from response.containing.containments import OPEN, note_containment
from response.context import TOCSIN

Page = Callable[..., None]


def run_out(
    session: Session, now: datetime, incident_id: str | None = None
) -> list[tuple[Containment, Incident]]:
    """List acts that stand past `expires_at` and of which nobody was told; drills only by their id."""
    query = (
        select(Containment, Incident)
        .join(Incident, col(Incident.id) == col(Containment.incident_id))
        .where(col(Containment.status).in_(OPEN), col(Containment.expires_at) <= now)
        .where(col(Containment.expiry_told_at).is_(None))
        .order_by(col(Containment.expires_at))
    )
    if incident_id is not None:
        return list(session.exec(query.where(Incident.id == incident_id)))
    return list(session.exec(query.where(col(Incident.drill).is_(False))))


def tell_run_out(unit: Work, page: Page, incident_id: str | None = None) -> tuple[str, ...]:
    """Enter each act that ran out into the ledger and call people, who revert or accept it."""
    found = run_out(unit.session, unit.clock(), incident_id)
    for row, incident in found:
        row.expiry_told_at = unit.clock()
        unit.session.add(row)
        note_containment(unit, row, incident, "containment:expired", TOCSIN, Role.RESPONDER)
        page(unit, incident, "containment:expired", containment=row.id)
    return tuple(row.id for row, _ in found)
