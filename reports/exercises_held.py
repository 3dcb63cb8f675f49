"""Which exercises are on record, and where the organisation stands with each duty to hold them."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache

from sqlmodel import Session, col, select

from models.drill import Drill
from models.errors import NotFoundError
from models.facts import Organisation
from models.incident import Incident
from models.ledger import LedgerEntry
from models.outside_exercise import outside_exercises
from models.tabletop import Tabletop
from playbooks.scenario import load_scenario, scenario_text
from regulations.exercises import Held, Standing, standings

RESTORE_TESTED = "home:restore_tested"


def exercise_standings(
    session: Session, organisation: Organisation, at: datetime, *, voluntary: bool = False
) -> tuple[Standing, ...]:
    """Say for each duty to exercise the plan when it was last proved, and until when that holds."""
    return standings(organisation, tuple(exercises_held(session)), at, voluntary=voluntary)


def exercises_held(session: Session) -> Iterator[Held]:
    """Give the drills and exercises that were carried to their end, those recorded from outside, restores that held.

    A drill counts at the hour it was begun on everybody's clock: its own flies ahead of it. What was held outside
    has a kind of its own, so that it is never taken for one that Tocsin held.
    """
    drills = select(Drill, Incident.playbook).join(Incident, col(Incident.id) == col(Drill.incident_id))
    for drill, plan in session.exec(drills.where(Drill.status == "done")):
        yield Held("drill", drill.started_at, drill.incident_id, plan)
    for row in session.exec(select(Tabletop).where(col(Tabletop.ended_at).is_not(None))):
        yield Held("tabletop", row.ended_at or row.started_at, row.id, _plan_of(row.scenario))
    for each in session.exec(outside_exercises(withdrawn=False)):
        yield Held(each.kind, each.ended_at, each.id, each.plan)
    tested = select(LedgerEntry.at, LedgerEntry.seq).where(LedgerEntry.tag == RESTORE_TESTED)
    for at, seq in session.exec(tested):
        yield Held("restore_test", at, f"#{seq}")


@cache
def _plan_of(scenario: str) -> str | None:
    """Name the plan of a scenario; None for one that was taken out of the library since."""
    try:
        return load_scenario(scenario_text(scenario), scenario).playbook
    except NotFoundError:
        return None
