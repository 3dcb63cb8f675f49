"""What a drill was worth: clocks, decisions and expectations met, plan against deed, and each gap with its owner."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.action import CorrectiveAction
from models.clock import iso_utc
from models.database import Store, Work
from models.decision import Decision
from models.drill import Drill
from models.incident import Incident
from models.obligation import Obligation
from models.playbook_run import StepRun
from models.vocabulary import DecisionStatus, ObligationStatus, StepStatus
from playbooks.durations import parse_duration
from playbooks.routes import Routes
from playbooks.scenario import DrillExpectation, Scenario
from playbooks.schema import Playbook, step_id_of
from playbooks.worst_case import FOREVER, worst_case
from response.context import TOCSIN
from response.drills import Rehearsal
from response.exercise import Performance
from response.plan import find_incident, pinned_playbook

MENDED_WITHIN = timedelta(days=30)
REST = frozenset({ObligationStatus.WAIVED, ObligationStatus.FALLEN_AWAY, ObligationStatus.NOT_STARTED})


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    good: int
    of: int


@dataclass(frozen=True)
class Expected:
    """One expectation with what happened: its moment, or None when it did not."""

    kind: str
    name: str
    owner: str
    by: str
    happened_at: str | None
    met: bool


@dataclass(frozen=True)
class Forecast:
    """How long the plan may take until a step is done, in seconds, and how long it took."""

    step: str
    at_most: float
    took: float


@dataclass(frozen=True)
class Gap:
    """One thing that did not go as it must, and the role that has to mend it."""

    what: str
    owner: str


@dataclass(frozen=True)
class Score:
    """A drill's result; `points` is the share of all that went well, 0 to 100."""

    points: int
    clocks: Share
    decisions: Share
    expectations: tuple[Expected, ...]
    slower_than_forecast: tuple[Forecast, ...]
    gaps: tuple[Gap, ...]
    days: float
    previous: str | None
    previous_points: int | None


def finish(rehearsal: Rehearsal, refused: int = 0) -> Score:
    """End a drill whose plan has ended: score it, keep the score, turn each gap into an action with owner and day."""
    with rehearsal.store.work() as unit:
        drill = unit.session.get_one(Drill, rehearsal.incident_id)
        drill.status, drill.clock_at, drill.ended_at = "done", unit.clock(), unit.clock()
        drill.refused_connections += refused
        score = work_out(unit.session, rehearsal.performance, drill)
        drill.score = asdict(score)
        unit.session.add(drill)
        _order_mending(unit, drill, rehearsal.performance.scenario, score.gaps)
        body = {"scenario": drill.scenario, "points": score.points, "gaps": len(score.gaps)}
        unit.record(
            "drill:scored",
            actor=TOCSIN,
            role="incident_lead",
            incident_id=drill.incident_id,
            drill=True,
            body={**body, "refused_connections": refused},
        )
    return score


def work_out(session: Session, performance: Performance, drill: Drill) -> Score:
    """Work a drill's score out from its records; the same records give the same score."""
    incident = find_incident(session, drill.incident_id)
    playbook = pinned_playbook(session, incident)
    clocks, late = _clocks(session, incident)
    decisions, slow = _decisions(session, incident, playbook)
    expected = tuple(
        _expected(session, performance, incident, each) for each in performance.scenario.expectations
    )
    good = clocks.good + decisions.good + sum(each.met for each in expected)
    of = clocks.of + decisions.of + len(expected)
    unmet = [
        Gap(f"{each.kind} {each.name} was not there by {each.by}", each.owner)
        for each in expected
        if not each.met
    ]
    previous = _previous(session, drill)
    return Score(
        points=round(100 * good / of) if of else 0,
        clocks=clocks,
        decisions=decisions,
        expectations=expected,
        slower_than_forecast=tuple(_slower(session, drill, playbook)),
        gaps=(*late, *slow, *unmet, *_missed_injects(performance, drill)),
        days=round(((drill.ended_at or drill.clock_at) - drill.started_at) / timedelta(days=1), 2),
        previous=previous.incident_id if previous else None,
        previous_points=previous.score["points"] if previous and previous.score else None,
    )


def _clocks(session: Session, incident: Incident) -> tuple[Share, list[Gap]]:
    """Count the duties with a number of hours or days that were met in time, and name those that were not."""
    query = select(Obligation).where(
        Obligation.incident_id == incident.id, col(Obligation.due_at).is_not(None)
    )
    counted = [row for row in session.exec(query.order_by(col(Obligation.id))) if row.status not in REST]
    late = [row for row in counted if not _in_time(row)]
    gaps = [Gap(f"duty {row.rule} was not met in time", "legal") for row in late]
    return Share(len(counted) - len(late), len(counted)), gaps


def _in_time(row: Obligation) -> bool:
    return row.met_at is not None and row.due_at is not None and row.met_at <= row.due_at


def _decisions(session: Session, incident: Incident, playbook: Playbook) -> tuple[Share, list[Gap]]:
    """Count the questions that people settled within the time the plan gives."""
    query = select(Decision).where(Decision.incident_id == incident.id).order_by(col(Decision.id))
    asked, gaps = 0, []
    for row in session.exec(query):
        step = playbook.step(row.step)
        span = step.approval.timeout if step.approval else step.timeout
        if span is None:
            continue
        asked += 1
        settled = row.decided_at if row.status != DecisionStatus.TIMED_OUT else None
        if settled is None or settled > row.asked_at + parse_duration(span):
            gaps.append(Gap(f"question {row.step} was not answered within {span}", row.roles[0]))
    return Share(asked - len(gaps), asked), gaps


def _expected(
    session: Session, performance: Performance, incident: Incident, wanted: DrillExpectation
) -> Expected:
    kind = "duty" if wanted.duty else "decision" if wanted.decision else "step"
    happened = _happened_at(session, incident, kind, wanted.name)
    met = happened is not None and happened <= performance.moment(wanted.by)
    return Expected(kind, wanted.name, wanted.owner, wanted.by, iso_utc(happened) if happened else None, met)


def _happened_at(session: Session, incident: Incident, kind: str, name: str) -> datetime | None:
    """Say when something was there first: a duty met, a question settled by people, a step done."""
    if kind == "duty":
        rows = session.exec(
            select(Obligation.met_at).where(Obligation.incident_id == incident.id, Obligation.rule == name)
        ).all()
        # A rule that owes several things is met when the last of them is.
        return None if not rows or None in rows else max(moment for moment in rows if moment is not None)
    if kind == "decision":
        decision = session.get(Decision, f"{incident.id}/{name}")
        settled = decision is not None and decision.status != DecisionStatus.TIMED_OUT
        return decision.decided_at if decision is not None and settled else None
    run = session.get(StepRun, (incident.id, name))
    return run.finished_at if run is not None and run.status == StepStatus.DONE else None


def _slower(session: Session, drill: Drill, playbook: Playbook) -> Iterator[Forecast]:
    """Name the steps that took longer than the plan's feasibility check reckons with at worst."""
    limits = worst_case(Routes(playbook))
    query = select(StepRun).where(StepRun.incident_id == drill.incident_id)
    for run in session.exec(query.order_by(col(StepRun.step))):
        limit = limits.get(step_id_of(run.step), FOREVER)
        took = (run.finished_at or drill.started_at) - drill.started_at
        if took > limit:
            yield Forecast(run.step, limit.total_seconds(), round(took.total_seconds(), 1))


def _missed_injects(performance: Performance, drill: Drill) -> Iterator[Gap]:
    for number, inject in enumerate(performance.scenario.injects):
        if number not in drill.injected:
            yield Gap(f"the response was over before {inject.name.en!r} could happen", inject.to)


def _previous(session: Session, drill: Drill) -> Drill | None:
    """Find the last drill of the same scenario that was scored before this one."""
    query = select(Drill).where(
        Drill.scenario == drill.scenario, Drill.status == "done", Drill.incident_id != drill.incident_id
    )
    earlier = query.where(col(Drill.started_at) < drill.started_at).order_by(col(Drill.started_at).desc())
    return next((each for each in session.exec(earlier) if each.score), None)


def _order_mending(unit: Work, drill: Drill, scenario: Scenario, gaps: tuple[Gap, ...]) -> None:
    """Write each gap down as an action of the first who plays its role."""
    counted = select(func.count()).select_from(CorrectiveAction)
    start = unit.session.exec(counted.where(CorrectiveAction.incident_id == drill.incident_id)).one()
    for number, gap in enumerate(gaps, start + 1):
        unit.session.add(
            CorrectiveAction(
                id=f"{drill.incident_id}/A{number}",
                incident_id=drill.incident_id,
                title=f"Drill: {gap.what}",
                kind="corrective",
                owner=scenario.participants[gap.owner][0],  # type: ignore[index]
                due_on=(unit.clock() + MENDED_WITHIN).date(),
            )
        )


def scores(store: Store, scenario: str) -> list[tuple[str, datetime, dict[str, Any]]]:
    """List the scored drills of a scenario, the oldest first: the trend."""
    query = select(Drill).where(Drill.scenario == scenario).order_by(col(Drill.started_at))
    with store.reading() as session:
        return [(row.incident_id, row.started_at, row.score) for row in session.exec(query) if row.score]
