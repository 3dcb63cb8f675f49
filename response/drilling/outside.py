"""Exercises held outside Tocsin: recorded as proof with their evidence, and withdrawn where the record was wrong.

A table-top led by a consultant, an exercise of a supervisor, an attack by a red team. Tocsin measured nothing of it:
what stands here is what somebody said, who signs for it with their id, and the digest of the evidence they handed in.
"""

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field
from sqlmodel import Session, col, select

from models.database import Store, Work
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.outside_exercise import OutsideExercise, outside_exercises
from models.vocabulary import OutsideKind, Role
from playbooks.shelf import library_text
from response.corrective import NewAction, open_action, withdraw_actions
from response.form_reading import FormPart, Handle, Sentence, read_form
from response.incidents import next_number
from response.keeping.custody import write_copy
from response.keeping.evidence import plain_name, read_capture
from response.remarks import keep_remark
from response.staff import role_of, staff_member

MAY_RECORD = (Role.INCIDENT_LEAD, Role.DATA_PROTECTION_OFFICER, Role.EXECUTIVE, Role.AUDITOR)
ShortSentence = Annotated[Sentence, Field(max_length=300)]
Plan = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,79}$")]


class OutsideFinding(FormPart):
    """What did not go as it must, and who mends it by which day (UTC)."""

    what: ShortSentence
    owner: Handle
    due_on: date


class HeldOutside(FormPart):
    """What somebody says of an exercise that others led; `plan` is the kind of breach that was played."""

    schema_: Literal["tocsin/outside-exercise/1"] = Field(alias="schema")
    kind: OutsideKind
    title: ShortSentence
    led_by: Handle
    plan: Plan | None = None
    began_at: AwareDatetime
    ended_at: AwareDatetime
    participants: Annotated[
        dict[Role, Annotated[tuple[Handle, ...], Field(min_length=1)]], Field(min_length=1)
    ]
    findings: tuple[OutsideFinding, ...] = ()


def read_held_outside(document: bytes, where: str) -> HeldOutside:
    """Read the file that says what was held; raises InvalidInputError with its line."""
    return read_form(document, HeldOutside, where)


def record_outside(store: Store, held: HeldOutside, evidence: Path, by: str) -> OutsideExercise:
    """Record an exercise that others led, in one unit of work; each finding becomes a corrective action.

    Raises:
        NotFoundError, RefusedError: no such person or plan, they may not, or it is recorded already.
        InvalidInputError, UnavailableError: it is not over or ends before it begins; the evidence can't be taken.
    """
    capture = read_capture(evidence, store.settings.evidence_limit_mib)
    if held.plan is not None:
        library_text(held.plan)
    with store.work() as unit:
        role = role_of(unit.session, by, MAY_RECORD)
        _check_when(held, unit)
        for people in held.participants.values():
            for person in people:
                staff_member(unit.session, person)
        row = _kept(unit, held, capture, plain_name(evidence.name), by)
        unit.record("exercise:recorded", actor=by, role=role, drill=True, body=_told(row))
        for each in held.findings:
            open_action(unit, row.id, NewAction(each.what, "corrective", each.owner, each.due_on), by, role)
    return row


def _check_when(held: HeldOutside, unit: Work) -> None:
    if not held.began_at <= held.ended_at <= unit.clock():
        raise InvalidInputError(
            "The exercise ends before it begins, or is not over yet.",
            where="began_at, ended_at",
            expected="two moments that have passed, in their order",
        )


def _kept(unit: Work, held: HeldOutside, capture: bytes, name: str, by: str) -> OutsideExercise:
    digest, year = sha256(capture).hexdigest(), unit.clock().year
    _refuse_twice(unit.session, held, digest)
    own_id = f"EXT-{year}-{next_number(unit.session, f'EXT/{year}'):04d}"
    sealer = unit.store.organisation_key.sealer
    row = OutsideExercise(
        id=own_id,
        kind=held.kind,
        title=held.title,
        led_by=held.led_by,
        plan=held.plan,
        participants={str(role): sorted(set(people)) for role, people in sorted(held.participants.items())},
        began_at=held.began_at,
        ended_at=held.ended_at,
        sha256=digest,
        size=len(capture),
        sealed=sealer.seal(capture, _place(own_id)),
        sealed_label=sealer.seal(name.encode(), f"{_place(own_id)}/label"),
        recorded_by=by,
        recorded_at=unit.clock(),
    )
    unit.session.add(row)
    unit.session.flush()
    return row


def _refuse_twice(session: Session, held: HeldOutside, digest: str) -> None:
    same = (OutsideExercise.sha256 == digest, OutsideExercise.began_at == held.began_at)
    known = session.exec(
        select(OutsideExercise.id).where(*same, col(OutsideExercise.withdrawn_at).is_(None))
    ).first()
    if known is not None:
        raise RefusedError(
            f"{known} is this exercise, with the same evidence.",
            where=known,
            remedy="Withdraw it first if it was recorded wrongly: `tocsin drill withdraw`.",
        )


def _told(row: OutsideExercise) -> dict[str, object]:
    told = row.model_dump(include={"kind", "led_by", "plan", "participants", "sha256"})
    return {"exercise": row.id, **told, "bytes": row.size}


def withdraw_outside(store: Store, exercise_id: str, by: str, reason: str) -> OutsideExercise:
    """Take a record back: it proves nothing any more, and what is open of its actions falls away. It stays to be seen.

    Raises:
        NotFoundError, RefusedError: no such record or role, or it was withdrawn.
        InvalidInputError: no reason.
    """
    with store.work() as unit:
        role = role_of(unit.session, by, MAY_RECORD)
        row = find_outside(unit.session, exercise_id)
        if row.withdrawn_at is not None:
            raise RefusedError(f"{row.id} was withdrawn already, by {row.withdrawn_by}.", where=row.id)
        digest = keep_remark(unit, None, row.id, reason, by)
        row.withdrawn_by, row.withdrawn_at = by, unit.clock()
        unit.session.add(row)
        unit.record(
            "exercise:withdrawn", actor=by, role=role, drill=True, body={"exercise": row.id, "reason": digest}
        )
        withdraw_actions(unit, row.id, by, role)
    return row


def export_outside(store: Store, exercise_id: str, folder: Path, by: str) -> Path:
    """Write the evidence of an exercise in clear, checked against its digest; who took it is recorded.

    Raises:
        NotFoundError, RefusedError: no such record or role, or it is not what was handed in.
        UnavailableError: the file can't be written; nothing was recorded.
    """
    with store.work() as unit:
        role = role_of(unit.session, by, MAY_RECORD)
        row, sealer = find_outside(unit.session, exercise_id), store.organisation_key.sealer
        clear = sealer.open(row.sealed, _place(row.id))
        if sha256(clear).hexdigest() != row.sha256:
            raise RefusedError(f"The evidence of {row.id} is not what was handed in.", where=row.id)
        path = folder / plain_name(sealer.open(row.sealed_label, f"{_place(row.id)}/label").decode())
        body = {"exercise": row.id, "sha256": row.sha256}
        unit.record("exercise:exported", actor=by, role=role, drill=True, body=body)
        write_copy(path, clear)
    return path


def find_outside(session: Session, exercise_id: str) -> OutsideExercise:
    """Find one record, locked for this unit of work; raises NotFoundError."""
    row = session.get(OutsideExercise, exercise_id, with_for_update={"key_share": True})
    if row is None:
        raise NotFoundError(
            f"There is no exercise {exercise_id[:40]!r} held outside.",
            expected="one such as EXT-2026-0001",
            remedy="`tocsin drill recorded` shows which there are.",
        )
    return row


def list_outside(session: Session) -> tuple[OutsideExercise, ...]:
    """List what was recorded, the newest exercise first; without its evidence."""
    return tuple(reversed(session.exec(outside_exercises()).all()))


def _place(exercise_id: str) -> str:
    return f"outside/{exercise_id}"
