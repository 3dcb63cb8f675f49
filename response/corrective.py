"""Corrective and preventive actions, from assigned over done to found effective; each step is in the ledger."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, or_, select

from models.action import CorrectiveAction
from models.database import Work
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.outside_exercise import OutsideExercise
from models.vocabulary import Role
from response.incidents import locked_incident
from response.plan import find_incident
from response.remarks import keep_remark
from response.staff import role_of, staff_member

MAY_ASSIGN = (
    Role.INCIDENT_LEAD,
    Role.DATA_PROTECTION_OFFICER,
    Role.LEGAL,
    Role.AUDITOR,
    Role.EXECUTIVE,
)
MAY_VERIFY = (Role.AUDITOR, Role.DATA_PROTECTION_OFFICER, Role.INCIDENT_LEAD, Role.EXECUTIVE)
KINDS = ("corrective", "preventive")
MOST_LETTERS = 300


@dataclass(frozen=True)
class NewAction:
    """What will be changed, who sees to it, by which day."""

    title: str
    kind: str
    owner: str
    due_on: date


def list_actions(session: Session, of: str | None = None) -> tuple[CorrectiveAction, ...]:
    """List the actions of an incident or of an exercise held outside, or everybody's, the first due first."""
    query = select(CorrectiveAction).order_by(col(CorrectiveAction.due_on), col(CorrectiveAction.id))
    if of is not None:
        if session.get(OutsideExercise, of) is None:
            find_incident(session, of)
        query = query.where(or_(CorrectiveAction.incident_id == of, CorrectiveAction.exercise_id == of))
    return tuple(session.exec(query))


def is_overdue(row: CorrectiveAction, today: date) -> bool:
    """Tell whether an action is open past its day (UTC)."""
    return row.status == "open" and row.due_on < today


def add_action(unit: Work, incident_id: str, new: NewAction, by: str) -> CorrectiveAction:
    """Open an action beside those of the root cause.

    Raises:
        NotFoundError, RefusedError: no such incident or person, or no role for it.
        InvalidInputError: no title or kind, an owner who left, or a day that has passed.
    """
    locked_incident(unit.session, incident_id)
    return open_action(unit, incident_id, new, by, role_of(unit.session, by, MAY_ASSIGN))


def open_action(unit: Work, of: str, new: NewAction, by: str, role: str) -> CorrectiveAction:
    """Open an action of an incident or of an exercise held outside, for one who may.

    Raises:
        InvalidInputError, NotFoundError: as `add_action`.
    """
    outside = unit.session.get(OutsideExercise, of) is not None
    if new.kind not in KINDS:
        raise InvalidInputError(f"There is no kind of action {new.kind[:20]!r}.", expected=" or ".join(KINDS))
    title = _short(new.title, "title")
    _check_owner(unit, new.owner)
    _check_day(unit, new.due_on)
    row = CorrectiveAction(
        id=f"{of}/A{len(list_actions(unit.session, of)) + 1}",
        incident_id=None if outside else of,
        exercise_id=of if outside else None,
        title=title,
        kind=new.kind,
        owner=new.owner,
        due_on=new.due_on,
    )
    note_added(unit, row, by, role)
    return row


def note_added(unit: Work, row: CorrectiveAction, by: str, role: str) -> None:
    """Enter a new action into the ledger."""
    _note(unit, row, "action:added", by, role, owner=row.owner, due_on=row.due_on.isoformat())


def assign_action(unit: Work, action_id: str, to: str, due_on: date | None, by: str) -> CorrectiveAction:
    """Give an open action to somebody, and another day where one is given. Raises as `add_action`."""
    row, role = find_action(unit.session, action_id), role_of(unit.session, by, MAY_ASSIGN)
    _must_be(row, "open")
    _check_owner(unit, to)
    if due_on is not None:
        _check_day(unit, due_on)
    row.owner, row.due_on, row.overdue_told_at = to, due_on or row.due_on, None
    _note(unit, row, "action:assigned", by, role, owner=to, due_on=row.due_on.isoformat())
    return row


def finish_action(unit: Work, action_id: str, evidence: str, by: str) -> CorrectiveAction:
    """Let its owner say that an action is done, and where the proof lies.

    Raises:
        NotFoundError, RefusedError: no such action, it is not open, or somebody else owns it.
        InvalidInputError: no evidence.
    """
    row, role = find_action(unit.session, action_id), role_of(unit.session, by)
    _must_be(row, "open")
    if by != row.owner:
        raise RefusedError(
            f"{row.id} is {row.owner}'s, not {by}'s.",
            where=row.id,
            remedy=f"Let {row.owner} say so, or `tocsin action assign {row.id} --to {by}` first.",
        )
    row.evidence = _short(evidence, "evidence")
    row.status, row.done_by, row.done_at = "done", by, unit.clock()
    _note(unit, row, "action:done", by, role, late=row.due_on < unit.clock().date())
    return row


def verify_action(unit: Work, action_id: str, finding: str, by: str) -> CorrectiveAction:
    """Let another than the doer find that an action has the effect it was meant to have; the finding is sealed.

    Raises:
        NotFoundError, RefusedError: no such action or role, it is not done, or its doer or owner asks.
        InvalidInputError: no finding.
    """
    row, role = find_action(unit.session, action_id), role_of(unit.session, by, MAY_VERIFY)
    _must_be(row, "done")
    if by in {row.done_by, row.owner}:
        raise RefusedError(
            "Nobody checks the effect of their own work.",
            where=row.id,
            expected=f"somebody else in the role {' or '.join(MAY_VERIFY)}",
        )
    digest = keep_remark(unit, row.incident_id, row.id, finding, by)
    row.status, row.verified_by, row.verified_at = "verified", by, unit.clock()
    _note(unit, row, "action:verified", by, role, finding=digest)
    return row


def reopen_action(unit: Work, action_id: str, reason: str, due_on: date | None, by: str) -> CorrectiveAction:
    """Open an action again that has not the effect it was meant to have; its evidence stays.

    Raises:
        NotFoundError, RefusedError: no such action or role, or it is open.
        InvalidInputError: no reason, or its day has passed and no other is given.
    """
    row, role = find_action(unit.session, action_id), role_of(unit.session, by, MAY_VERIFY)
    _must_be(row, "done", "verified")
    _check_day(unit, due_on or row.due_on)
    digest = keep_remark(unit, row.incident_id, row.id, reason, by)
    row.status, row.due_on, row.overdue_told_at = "open", due_on or row.due_on, None
    row.done_by = row.done_at = row.verified_by = row.verified_at = None
    _note(unit, row, "action:reopened", by, role, reason=digest, due_on=row.due_on.isoformat())
    return row


def withdraw_actions(unit: Work, exercise_id: str, by: str, role: str) -> None:
    """Take back what is still open of an exercise held outside whose record was wrong."""
    for row in list_actions(unit.session, exercise_id):
        if row.status == "open":
            row.status = "withdrawn"
            _note(unit, row, "action:withdrawn", by, role)


def find_action(session: Session, action_id: str) -> CorrectiveAction:
    """Find one action; raises NotFoundError."""
    row = session.get(CorrectiveAction, action_id, with_for_update={"key_share": True})
    if row is None:
        raise NotFoundError(
            f"There is no action {action_id[:60]!r}.",
            expected="one such as INC-2026-0001/A1",
            remedy="`tocsin action list` shows which there are.",
        )
    return row


def _must_be(row: CorrectiveAction, *states: str) -> None:
    if row.status not in states:
        raise RefusedError(f"{row.id} is {row.status}.", where=row.id, expected=" or ".join(states))


def _check_owner(unit: Work, owner: str) -> None:
    if not staff_member(unit.session, owner).active:
        raise InvalidInputError(f"{owner} is no longer on the staff list.", where="owner")


def _check_day(unit: Work, day: date) -> None:
    if day < unit.clock().date():
        raise InvalidInputError(f"The day {day} has passed.", where="due", expected="a day to come")


def _short(text: str, where: str) -> str:
    words = " ".join(text.split())
    if not words or len(words) > MOST_LETTERS:
        raise InvalidInputError(
            f"The {where} has {len(words)} letters.", where=where, expected=f"1 to {MOST_LETTERS}"
        )
    return words


def _note(unit: Work, row: CorrectiveAction, tag: str, by: str, role: str, **body: Any) -> None:
    unit.session.add(row)
    incident = find_incident(unit.session, row.incident_id) if row.incident_id else None
    unit.record(
        tag,
        actor=by,
        role=role,
        incident_id=row.incident_id,
        facts_version=incident.facts_version or None if incident else None,
        drill=incident.drill if incident else True,
        body={"action": row.id, **body},
    )
