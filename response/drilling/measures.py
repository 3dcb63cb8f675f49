"""What is measured in a drill's records: clocks, decisions, expectations, and the plan's forecast against the deed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from models.clock import iso_utc
from models.decision import Answer, Decision
from models.drill import Drill
from models.incident import Incident
from models.obligation import Obligation
from models.playbook_run import StepRun
from models.vocabulary import DecisionStatus, ObligationStatus, Role, StepStatus
from playbooks.durations import parse_duration
from playbooks.routes import Routes
from playbooks.scenario import DrillExpectation
from playbooks.schema import Playbook, step_id_of
from playbooks.worst_case import FOREVER, clock_needs, worst_case
from response.drilling.exercise import Performance

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
class ClockForecast:
    """One clock of the plan, in seconds: what the law gives, what the plan may use at worst, what was used.

    `took` is None when the duty did not arise or was not met.
    """

    rule: str
    allowed: float
    at_most: float
    took: float | None


@dataclass(frozen=True)
class Gap:
    """One thing that did not go as it must, and the role that has to mend it.

    `kind` is late_duty, slow_decision, unmet_expectation or missed_inject; `name` says which, `by` its span.
    """

    what: str
    owner: str
    kind: str
    name: str
    by: str = ""
    action: str | None = None  # the id of the corrective action that it became


def clocks_met(session: Session, incident: Incident) -> tuple[Share, list[Gap]]:
    """Count the duties with a number of hours or days that were met in time, and name those that were not."""
    query = select(Obligation).where(
        Obligation.incident_id == incident.id, col(Obligation.due_at).is_not(None)
    )
    counted = [row for row in session.exec(query.order_by(col(Obligation.id))) if row.status not in REST]
    late = [row for row in counted if not _in_time(row)]
    gaps = [
        Gap(f"duty {row.rule} was not met in time", Role.LEGAL.value, "late_duty", row.rule) for row in late
    ]
    return Share(len(counted) - len(late), len(counted)), gaps


def _in_time(row: Obligation) -> bool:
    return row.met_at is not None and row.due_at is not None and row.met_at <= row.due_at


def decisions_in_time(session: Session, incident: Incident, playbook: Playbook) -> tuple[Share, list[Gap]]:
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
            said = f"question {row.step} was not answered within {span}"
            gaps.append(Gap(said, row.roles[0], "slow_decision", row.step, span))
    return Share(asked - len(gaps), asked), gaps


def expectation_met(
    session: Session, performance: Performance, incident: Incident, wanted: DrillExpectation
) -> Expected:
    """Say whether what a scenario expects was there in time."""
    kind = "duty" if wanted.duty else "decision" if wanted.decision else "step"
    happened = _happened_at(session, incident, kind, wanted.name)
    met = happened is not None and happened <= performance.moment(wanted.by)
    return Expected(kind, wanted.name, wanted.owner, wanted.by, iso_utc(happened) if happened else None, met)


def _happened_at(session: Session, incident: Incident, kind: str, name: str) -> datetime | None:
    """Say when something was there first: a duty met, a question settled by people, a step done."""
    if kind == "duty":
        ours = select(Obligation).where(Obligation.incident_id == incident.id, Obligation.rule == name)
        # What supplements a report later is a duty of its own.
        rows = [row.met_at for row in session.exec(ours) if "supplement_of" not in row.detail]
        # A rule that owes several things is met when the last of them is.
        return None if not rows or None in rows else max(moment for moment in rows if moment is not None)
    if kind == "decision":
        decision = session.get(Decision, f"{incident.id}/{name}")
        settled = decision is not None and decision.status != DecisionStatus.TIMED_OUT
        return decision.decided_at if decision is not None and settled else None
    run = session.get(StepRun, (incident.id, name))
    return run.finished_at if run is not None and run.status == StepStatus.DONE else None


def slower_steps(session: Session, drill: Drill, playbook: Playbook) -> Iterator[Forecast]:
    """Name the steps that took longer than the plan's feasibility check reckons with at worst."""
    limits = worst_case(Routes(playbook))
    query = select(StepRun).where(StepRun.incident_id == drill.incident_id)
    for run in session.exec(query.order_by(col(StepRun.step))):
        limit = limits.get(step_id_of(run.step), FOREVER)
        took = (run.finished_at or drill.started_at) - drill.started_at
        if took > limit:
            yield Forecast(run.step, limit.total_seconds(), round(took.total_seconds(), 1))


def clock_forecasts(session: Session, incident: Incident, playbook: Playbook) -> Iterator[ClockForecast]:
    """Set what the plan may use of each of its clocks beside what was used, the slowest duty of the rule counting."""
    routes = Routes(playbook)
    done = worst_case(routes)
    for clock in playbook.clocks:
        rows = session.exec(
            select(Obligation).where(Obligation.incident_id == incident.id, Obligation.rule == clock.rule)
        )
        used = [(row.met_at - row.starts_at).total_seconds() for row in rows if row.met_at and row.starts_at]
        yield ClockForecast(
            rule=clock.rule,
            allowed=parse_duration(clock.within).total_seconds(),
            at_most=clock_needs(routes, clock, done).total_seconds(),
            took=round(max(used), 1) if used else None,
        )


def people_present(session: Session, performance: Performance, incident: Incident) -> tuple[str, ...]:
    """Name who answered beside the script: a scripted answer shows that the plan works, not that a person does."""
    query = select(Decision.step, Answer.staff_id).join(Decision, col(Decision.id) == col(Answer.decision_id))
    script = {
        (step, scripted.by) for step, answers in performance.scenario.answers.items() for scripted in answers
    }
    given = session.exec(query.where(Decision.incident_id == incident.id))
    return tuple(sorted({who for step, who in given if (step.partition("#")[0], who) not in script}))


def missed_injects(performance: Performance, drill: Drill) -> Iterator[Gap]:
    """Name what the script wanted to happen and the response ended before."""
    for number, inject in enumerate(performance.scenario.injects):
        if number not in drill.injected:
            said = f"the response was over before {inject.name.en!r} could happen"
            yield Gap(said, inject.to, "missed_inject", inject.name.en, inject.at)
