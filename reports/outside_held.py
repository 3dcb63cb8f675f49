"""Reading the exercises that others led, as people recorded them; nothing here was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from models.action import CorrectiveAction
from models.errors import NotFoundError
from models.outside_exercise import OutsideExercise
from playbooks.shelf import library_text
from reports.playbook_names import names_in_playbook
from reports.view_terms import ByLanguage


@dataclass(frozen=True)
class Finding:
    """What the exercise found, whose it is to mend by which day, and what became of it."""

    action: str
    what: str
    owner: str
    due_on: date
    status: str  # open, done, verified, overdue


@dataclass(frozen=True)
class OutsideView:
    """One exercise held outside, with who recorded it when and the digest of the evidence handed in (size in bytes)."""

    id: str
    kind: str
    title: str
    led_by: str
    plan: str | None
    plan_name: ByLanguage
    participants: Mapping[str, tuple[str, ...]]
    began_at: datetime
    ended_at: datetime
    sha256: str
    size: int
    recorded_by: str
    recorded_at: datetime
    findings: tuple[Finding, ...]


def outside_view(session: Session, row: OutsideExercise, today: date) -> OutsideView:
    """Show one record, with its findings as they stand on a day."""
    query = select(CorrectiveAction).where(CorrectiveAction.exercise_id == row.id)
    actions = session.exec(query.order_by(col(CorrectiveAction.due_on), col(CorrectiveAction.id)))
    return OutsideView(
        id=row.id,
        kind=row.kind,
        title=row.title,
        led_by=row.led_by,
        plan=row.plan,
        plan_name=plan_name(row.plan),
        participants={role: tuple(people) for role, people in row.participants.items()},
        began_at=row.began_at,
        ended_at=row.ended_at,
        sha256=row.sha256,
        size=row.size,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        findings=tuple(Finding(a.id, a.title, a.owner, a.due_on, standing_of(a, today)) for a in actions),
    )


def standing_of(action: CorrectiveAction, today: date) -> str:
    """Say where an action stands; one that is open past its day is overdue."""
    return "overdue" if action.status == "open" and action.due_on < today else action.status


def plan_name(plan: str | None) -> ByLanguage:
    """Name a playbook of the library by language; nothing for one that was taken out since."""
    if plan is None:
        return {}
    try:
        return names_in_playbook(library_text(plan))[0]
    except NotFoundError:
        return {}
