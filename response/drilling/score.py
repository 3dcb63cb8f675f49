"""What a drill was worth: worked out from its records, kept, told in its report, and each gap given to its owner."""

from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.action import CorrectiveAction
from models.database import Work
from models.drill import Drill
from models.vocabulary import Role
from playbooks.scenario import Scenario
from response.context import TOCSIN
from response.corrective import note_added
from response.drilling.drills import Rehearsal
from response.drilling.exercise import Performance
from response.drilling.measures import (
    ClockForecast,
    Expected,
    Forecast,
    Gap,
    Share,
    clock_forecasts,
    clocks_met,
    decisions_in_time,
    expectation_met,
    missed_injects,
    people_present,
    slower_steps,
)
from response.drilling.record import note_drill
from response.plan import find_incident, pinned_playbook
from response.reporting import write_reports

MENDED_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class Score:
    """A drill's result; `points` is the share of all that went well, 0 to 100."""

    points: int
    clocks: Share
    decisions: Share
    expectations: tuple[Expected, ...]
    clock_forecasts: tuple[ClockForecast, ...]
    slower_than_forecast: tuple[Forecast, ...]
    gaps: tuple[Gap, ...]
    people: tuple[str, ...]  # who answered beside the script
    days: float
    previous: str | None
    previous_points: int | None


def finish(rehearsal: Rehearsal, refused: int = 0) -> None:
    """End a drill whose plan has ended: score it, write its report anew with the score, then call it done.

    A drill that was killed in between is still running, and its score stands: resuming it ends it.
    """
    with rehearsal.store.work() as unit:
        drill = unit.session.get_one(Drill, rehearsal.incident_id)
        if drill.score is None:
            _score(unit, rehearsal.performance, drill, refused)
    write_reports(rehearsal.store, rehearsal.incident_id)
    with rehearsal.store.work() as unit:
        drill = unit.session.get_one(Drill, rehearsal.incident_id)
        drill.status = "done"
        unit.session.add(drill)


def _score(unit: Work, performance: Performance, drill: Drill, refused: int) -> None:
    drill.clock_at, drill.ended_at = unit.clock(), unit.clock()
    drill.refused_connections += refused
    found = work_out(unit.session, performance, drill)
    ordered = _order_mending(unit, drill, performance.scenario, found.gaps)
    drill.score = asdict(replace(found, gaps=ordered))
    unit.session.add(drill)
    body: dict[str, str | int] = {"scenario": drill.scenario, "points": found.points, "gaps": len(found.gaps)}
    body["refused_connections"] = refused
    note_drill(unit, "drill:scored", drill.incident_id, body)


def work_out(session: Session, performance: Performance, drill: Drill) -> Score:
    """Work a drill's score out from its records; the same records give the same score."""
    incident = find_incident(session, drill.incident_id)
    playbook = pinned_playbook(session, incident)
    clocks, late = clocks_met(session, incident)
    decisions, slow = decisions_in_time(session, incident, playbook)
    wanted = performance.scenario.expectations
    expected = tuple(expectation_met(session, performance, incident, each) for each in wanted)
    good = clocks.good + decisions.good + sum(each.met for each in expected)
    of = clocks.of + decisions.of + len(expected)
    previous = _previous(session, drill)
    return Score(
        points=round(100 * good / of) if of else 0,
        clocks=clocks,
        decisions=decisions,
        expectations=expected,
        clock_forecasts=tuple(clock_forecasts(session, incident, playbook)),
        slower_than_forecast=tuple(slower_steps(session, drill, playbook)),
        gaps=(
            *late,
            *slow,
            *(_unmet(each) for each in expected if not each.met),
            *missed_injects(performance, drill),
        ),
        people=people_present(session, performance, incident),
        days=round(((drill.ended_at or drill.clock_at) - drill.started_at) / timedelta(days=1), 2),
        previous=previous.incident_id if previous else None,
        previous_points=previous.score["points"] if previous and previous.score else None,
    )


def _unmet(each: Expected) -> Gap:
    said = f"{each.kind} {each.name} was not there by {each.by}"
    return Gap(said, each.owner, "unmet_expectation", each.name, each.by)


def _previous(session: Session, drill: Drill) -> Drill | None:
    """Find the last drill of the same scenario that was scored before this one."""
    query = select(Drill).where(
        Drill.scenario == drill.scenario, Drill.status == "done", Drill.incident_id != drill.incident_id
    )
    earlier = query.where(col(Drill.started_at) < drill.started_at).order_by(col(Drill.started_at).desc())
    return next((each for each in session.exec(earlier) if each.score), None)


def _order_mending(unit: Work, drill: Drill, scenario: Scenario, gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
    """Write each gap down as an action of the first who plays its role; gives the gaps with their actions."""
    counted = select(func.count()).select_from(CorrectiveAction)
    start = unit.session.exec(counted.where(CorrectiveAction.incident_id == drill.incident_id)).one()
    ordered = []
    for number, gap in enumerate(gaps, start + 1):
        action = CorrectiveAction(
            id=f"{drill.incident_id}/A{number}",
            incident_id=drill.incident_id,
            title=f"Drill: {gap.what}",
            kind="corrective",
            owner=_first_playing(scenario, gap.owner),
            due_on=(unit.clock() + MENDED_WITHIN).date(),
        )
        note_added(unit, action, TOCSIN, Role.INCIDENT_LEAD)
        ordered.append(replace(gap, action=action.id))
    return tuple(ordered)


def _first_playing(scenario: Scenario, role: str) -> str:
    """Name who answers for a gap; where nobody in the cast plays its role, whoever leads."""
    cast = {str(each): players for each, players in scenario.participants.items()}
    return (cast.get(role) or cast.get(Role.INCIDENT_LEAD) or next(iter(cast.values())))[0]
