"""Where a drill's clock flies to: the next moment at which anything can happen when only waiting is left."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session, col, select

from models.drill import Drill
from models.obligation import Obligation
from models.vocabulary import ObligationStatus
from response.deadlines import WARNINGS
from response.drilling.exercise import Performance, possible_answers
from response.questions import open_decisions

ACTING = frozenset({"approve", "refuse", "fail"})


def next_moment(session: Session, performance: Performance, drill: Drill, now: datetime) -> datetime | None:
    """Give the next moment after `now` at which the script, a timeout or a clock has something to say.

    None when nothing is coming that could ever move the plan on.
    """
    moving = [moment for moment in _moving(session, performance, drill, now) if moment > now]
    if not moving:
        return None
    first = min(moving)
    return min([first, *(moment for moment in _passing(session, drill) if now < moment < first)])


def _moving(session: Session, performance: Performance, drill: Drill, now: datetime) -> Iterator[datetime]:
    """Give the moments that move the plan: answers, injects, and questions that time out with a verdict."""
    for _, scripted in possible_answers(session, performance, drill.incident_id):
        yield performance.due(scripted, now)
    for number, inject in enumerate(performance.scenario.injects):
        if number not in drill.injected:
            yield performance.moment(inject.at)
    for decision in open_decisions(session, drill.incident_id):
        if decision.due_at is not None and decision.on_timeout in ACTING:
            yield decision.due_at


def _passing(session: Session, drill: Drill) -> Iterator[datetime]:
    """Give the moments at which the watch has to look: warnings, due moments, questions to escalate."""
    for decision in open_decisions(session, drill.incident_id):
        if decision.due_at is not None:
            yield decision.due_at
    query = select(Obligation).where(
        Obligation.incident_id == drill.incident_id,
        Obligation.status == ObligationStatus.OPEN,
        col(Obligation.due_at).is_not(None),
    )
    for duty in session.exec(query):
        if duty.due_at is not None:
            yield duty.due_at
            yield from (duty.due_at - warning for warning in WARNINGS)
