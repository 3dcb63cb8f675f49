"""Corrective actions past their day: owner and those who lead are called, and again each week until it is done."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from models.action import CorrectiveAction
from models.database import Work
from models.drill import Drill
from models.incident import Incident
from models.vocabulary import Role
from response.calling.calls import call_about_alarm
from response.context import TOCSIN

AGAIN_AFTER = timedelta(days=7)


def overdue_actions(
    session: Session, now: datetime, incident_id: str | None = None
) -> list[tuple[CorrectiveAction, Incident | None]]:
    """List open actions whose day is over in UTC and of which nobody was told this week; a running drill's by its id.

    The actions of a closed incident and of a drill that has ended count: they outlive it. Those of an exercise held
    outside have no incident.
    """
    told = col(CorrectiveAction.overdue_told_at)
    query = (
        select(CorrectiveAction, Incident)
        .join(Incident, col(Incident.id) == col(CorrectiveAction.incident_id), isouter=True)
        .where(CorrectiveAction.status == "open", col(CorrectiveAction.due_on) < now.date())
        .where(or_(told.is_(None), told <= now - AGAIN_AFTER))
        .order_by(col(CorrectiveAction.due_on), col(CorrectiveAction.id))
    )
    if incident_id is not None:
        return list(session.exec(query.where(Incident.id == incident_id)))
    ended = select(Drill.incident_id).where(Drill.status == "done")
    outside = col(CorrectiveAction.incident_id).is_(None)
    wanted = or_(outside, col(Incident.drill).is_(False), col(Incident.id).in_(ended))
    return list(session.exec(query.where(wanted)))


def tell_overdue(unit: Work, roles: Collection[str], incident_id: str | None = None) -> tuple[str, ...]:
    """Enter each overdue action into the ledger, and call its owner and the holders of some roles."""
    found = overdue_actions(unit.session, unit.clock(), incident_id)
    for row, incident in found:
        row.overdue_told_at = unit.clock()
        unit.session.add(row)
        detail = {"action": row.id, "due_on": row.due_on.isoformat()}
        people = call_about_alarm(
            unit, incident, "action:overdue", roles, detail, first=(row.owner,), for_real=incident_id is None
        )
        unit.record(
            "action:overdue",
            actor=TOCSIN,
            role=Role.INCIDENT_LEAD,
            incident_id=row.incident_id,
            drill=incident.drill if incident else True,
            body={**detail, "owner": row.owner, "people": people},
        )
    return tuple(row.id for row, _ in found)
