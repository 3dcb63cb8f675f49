"""Why it happened: the root cause a person signs, and what is done so that it does not happen again."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import func
from sqlmodel import select

from models.accountability import RootCause
from models.action import CorrectiveAction
from models.database import Work
from models.errors import InvalidInputError
from response.containing.containments import accept_in
from response.context import StepContext
from response.form_reading import FormPart, Handle, Sentence, Words, acting_role, digest_of, read_form
from response.staff import staff_member

# The five kinds of DORA's final report (Implementing Regulation (EU) 2025/302, field 4.1); VERIS refines them.
FactorKind = Literal[
    "malicious_actions", "process_failure", "system_failure", "human_error", "external_event"
]


class Veris(FormPart):
    """The cause in the words of VERIS, so that it can be counted with others'."""

    action: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    actor: Sentence | None = None
    asset: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    attribute: Annotated[tuple[Sentence, ...], Field(min_length=1)]


class Factor(FormPart):
    """One thing that had to be so for it to happen."""

    kind: FactorKind
    text: Words
    evidence: tuple[Sentence, ...] = ()


class Action(FormPart):
    """What will be changed, who sees to it, by which day."""

    title: Sentence
    kind: Literal["corrective", "preventive"]
    owner: Handle
    due_on: date


class Acceptance(FormPart):
    """A containment that shall stand for good, by the step that planned it."""

    step: Sentence
    accept: Sentence


class RootCauseForm(FormPart):
    """What the step `manual.root_cause` asks for."""

    summary: Words
    veris: Veris
    whys: Annotated[tuple[Words, ...], Field(min_length=1, max_length=12)]
    factors: Annotated[tuple[Factor, ...], Field(min_length=1)]
    failed_control: Words
    actions: Annotated[tuple[Action, ...], Field(min_length=1)]
    containments: tuple[Acceptance, ...] = ()


def record_root_cause(unit: Work, context: StepContext, document: bytes, by: str) -> dict[str, Any]:
    """Sign the root cause, open its corrective actions and accept the containments that shall stand.

    Raises:
        InvalidInputError: the form is wrong, an owner is unknown, or an action was due before today.
        NotFoundError, RefusedError: a containment that does not stand.
    """
    form = read_form(document, RootCauseForm, "the root cause form")
    incident = context.incident
    _check_actions(unit, form)
    row = unit.session.get(RootCause, incident.id) or RootCause(incident_id=incident.id)  # type: ignore[call-arg]
    row.summary = form.summary.by_language()
    row.veris = form.veris.model_dump(mode="json", exclude_none=True)
    row.whys = [why.by_language() for why in form.whys]
    row.factors = [
        {"kind": each.kind, "text": each.text.by_language(), "evidence": list(each.evidence)}
        for each in form.factors
    ]
    row.failed_control = form.failed_control.by_language()
    row.signed_by, row.signed_at = by, unit.clock()
    row.reviewed_by = row.reviewed_at = None  # what was reviewed was another text
    unit.session.add(row)
    opened = _open_actions(unit, incident.id, form)
    for each in form.containments:
        accept_in(unit, f"{incident.id}/{each.step}", by, each.accept)
    unit.record(
        "root_cause:signed",
        actor=by,
        role=acting_role(unit, context, by),
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body={"sha256": digest_of(form.model_dump(mode="json", exclude_none=True)), "actions": opened},
    )
    return {"root_cause": form.factors[0].kind, "actions": len(opened)}


def _check_actions(unit: Work, form: RootCauseForm) -> None:
    for number, action in enumerate(form.actions):
        where = f"actions.{number}"
        if not staff_member(unit.session, action.owner).active:
            raise InvalidInputError(f"{action.owner} is no longer on the staff list.", where=f"{where}.owner")
        if action.due_on < unit.clock().date():
            raise InvalidInputError(
                f"The day {action.due_on} has passed.", where=f"{where}.due_on", expected="a day to come"
            )


def _open_actions(unit: Work, incident_id: str, form: RootCauseForm) -> list[str]:
    counted = (
        select(func.count()).select_from(CorrectiveAction).where(CorrectiveAction.incident_id == incident_id)
    )
    start = unit.session.exec(counted).one()
    ids = []
    for number, action in enumerate(form.actions, start + 1):
        row = CorrectiveAction(
            id=f"{incident_id}/A{number}",
            incident_id=incident_id,
            title=action.title,
            kind=action.kind,
            owner=action.owner,
            due_on=action.due_on,
        )
        unit.session.add(row)
        ids.append(row.id)
    return ids
