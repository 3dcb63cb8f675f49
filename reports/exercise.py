"""Reading a scored drill from its records, for its own report and for the proof of drills."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from models.action import CorrectiveAction
from models.clock import read_moment
from models.decision import Answer, Decision
from models.drill import Drill
from models.errors import TocsinError
from models.obligation import Obligation
from models.vocabulary import Language
from playbooks.durations import parse_duration
from playbooks.scenario import load_scenario, scenario_text
from reports.outside_held import standing_of
from reports.view_exercise import (
    ClockUse,
    Exercise,
    ExerciseGap,
    Expectation,
    PastDrill,
    Share,
    SlowStep,
)
from reports.view_terms import ByLanguage, Seqs

MOST_PAST = 12


def exercise_of(
    session: Session, incident_id: str, steps: Mapping[str, ByLanguage], today: date, seqs: Seqs = ()
) -> Exercise | None:
    """Read a drill's score with its gaps' actions as they stand today; None for what is no drill, or not scored.

    `steps` are the names of the plan's steps by language.
    """
    drill = session.get(Drill, incident_id)
    if drill is None or drill.score is None:
        return None
    score, names = drill.score, _Names(session, incident_id, steps)
    return Exercise(
        id=incident_id,
        scenario=drill.scenario,
        scenario_name=scenario_name(drill.scenario),
        scenario_hash=drill.scenario_hash,
        started_at=drill.started_at,
        days=score["days"],
        points=int(score["points"]),
        clocks=Share(**score["clocks"]),
        decisions=Share(**score["decisions"]),
        expectations=tuple(_expectation(each, drill.started_at, names) for each in score["expectations"]),
        clock_use=tuple(ClockUse(**each) for each in score.get("clock_forecasts", ())),
        slow_steps=tuple(_slow_step(each, names) for each in score["slower_than_forecast"]),
        gaps=tuple(_gap(session, each, names, today) for each in score["gaps"]),
        injects=len(drill.injected),
        refused_connections=drill.refused_connections,
        people=tuple(score.get("people", ())),
        participants=_participants(session, incident_id),
        trend=_trend(session, drill),
        seqs=seqs,
    )


def scenario_name(scenario: str) -> ByLanguage:
    """Give a scenario's name by language; nothing for one that was taken out of the library since."""
    try:
        return load_scenario(scenario_text(scenario), scenario).name.model_dump()
    except TocsinError:
        return {}


@dataclass(frozen=True)
class _Names:
    """What the steps, questions and duties of one drill are called."""

    session: Session
    incident_id: str
    steps: Mapping[str, ByLanguage]

    def of(self, kind: str, name: str) -> ByLanguage:
        """Name a duty by its law, a question by its words where the plan itself has no name for its step."""
        if kind in {"duty", "late_duty"}:
            mine = (Obligation.incident_id == self.incident_id, Obligation.rule == name)
            citation = self.session.exec(select(Obligation.citation).where(*mine)).first()
            return {each.value: citation for each in Language} if citation else {}
        known = self.steps.get(name.partition("#")[0])
        asked = None if known else self.session.get(Decision, f"{self.incident_id}/{name}")
        return known or (asked.question if asked else {})


def _expectation(each: Mapping[str, Any], start: datetime, names: _Names) -> Expectation:
    happened = each["happened_at"]
    return Expectation(
        kind=each["kind"],
        id=each["name"],
        name=names.of(each["kind"], each["name"]),
        owner=each["owner"],
        by=parse_duration(each["by"]).total_seconds(),
        happened=(read_moment(happened) - start).total_seconds() if happened else None,
        met=each["met"],
    )


def _slow_step(each: Mapping[str, Any], names: _Names) -> SlowStep:
    return SlowStep(each["step"], names.of("step", each["step"]), each["at_most"], each["took"])


def _gap(session: Session, each: Mapping[str, Any], names: _Names, today: date) -> ExerciseGap:
    action = session.get(CorrectiveAction, each["action"]) if each.get("action") else None
    by = each.get("by")
    return ExerciseGap(
        kind=each["kind"],
        id=each["name"],
        name=names.of(each["kind"], each["name"]),
        role=each["owner"],
        by=parse_duration(by).total_seconds() if by else None,
        what=each["what"],
        action=action.id if action else None,
        owner=action.owner if action else None,
        due_on=action.due_on if action else None,
        status=standing_of(action, today) if action else None,
    )


def _participants(session: Session, incident_id: str) -> dict[str, tuple[str, ...]]:
    """Name who answered in which role: what a cast promises is not yet taking part."""
    query = select(Answer.role, Answer.staff_id).join(Decision, col(Decision.id) == col(Answer.decision_id))
    found: dict[str, set[str]] = {}
    for role, who in session.exec(query.where(Decision.incident_id == incident_id)):
        found.setdefault(role, set()).add(who)
    return {role: tuple(sorted(people)) for role, people in sorted(found.items())}


def _trend(session: Session, drill: Drill) -> tuple[PastDrill, ...]:
    """List the scored drills of the same scenario up to this one."""
    query = (
        select(Drill)
        .where(Drill.scenario == drill.scenario, col(Drill.started_at) <= drill.started_at)
        .order_by(col(Drill.started_at).desc(), col(Drill.incident_id).desc())
    )
    scored = [row for row in session.exec(query) if row.score is not None and row.status != "discarded"]
    return tuple(_past(row) for row in reversed(scored[:MOST_PAST]))


def _past(row: Drill) -> PastDrill:
    score = row.score or {}
    expected = score["expectations"]
    return PastDrill(
        id=row.incident_id,
        started_at=row.started_at,
        points=int(score["points"]),
        clocks=Share(**score["clocks"]),
        decisions=Share(**score["decisions"]),
        expectations=Share(sum(each["met"] for each in expected), len(expected)),
        gaps=len(score["gaps"]),
    )
