"""Acts done by hand: what the person who did one hands in, and what we then know of it."""

from typing import Any, Literal

from models.action import Containment
from models.clock import iso_utc
from models.database import Store, Work
from models.errors import RefusedError
from models.incident import Incident
from models.vocabulary import ContainmentStatus
from response.containing.containments import MAY_UNDO, containment_for_update, needs_reason, note_containment
from response.containing.state_before import keep_state
from response.context import StepContext
from response.form_reading import FormPart, Sentence, acting_role, read_form
from response.staff import role_of


class DoneByHand(FormPart):
    """What stood before in the words of the person who did it, and whether they saw that the act holds."""

    before: Sentence
    holds: bool


class UndoneByHand(FormPart):
    """That the state before is back."""

    restored: Literal[True]


def record_done(unit: Work, context: StepContext, document: bytes, by: str) -> dict[str, Any]:
    """Record an act that a person did; the form of `containment.execute` where a connector asks people.

    Raises:
        InvalidInputError: the form does not fit; nothing is stored.
        RefusedError: the act is not one that waits for a person.
    """
    form = read_form(document, DoneByHand, context.key)
    row = containment_for_update(unit.session, f"{context.incident.id}/{context.inputs['plan']}")
    if row.status != ContainmentStatus.EXECUTING:
        raise RefusedError(f"This containment is {row.status}.", where=row.id, expected="one that waits")
    role = acting_role(unit, context, by)
    kept = keep_state(unit, context.incident, form.before.encode(), by)
    row.before, row.after = {"recorded": kept.sha256}, {"by_hand": True}
    row.by_hand = {"by": by, "at": iso_utc(unit.clock()), "holds": form.holds, "evidence": kept.evidence}
    row.status, row.executed_at = ContainmentStatus.EXECUTED, unit.clock()
    unit.session.add(row)
    said = {"evidence": kept.evidence, "sha256": kept.sha256}
    note_containment(unit, row, context.incident, "evidence:collected", by, role, **said)
    note_containment(unit, row, context.incident, "containment:executed", by, role, by_hand=True)
    return {"containment": row.id}


def record_undone(unit: Work, context: StepContext, document: bytes, by: str) -> dict[str, Any]:
    """Record that a person restored the state before; the form of `containment.revert`. Raises as `record_done`."""
    read_form(document, UndoneByHand, context.key)
    row = containment_for_update(unit.session, f"{context.incident.id}/{context.inputs['plan']}")
    _mark_undone(unit, row, context.incident, by, acting_role(unit, context, by), "undone by hand")
    return {}


def revert_by_hand(store: Store, containment_id: str, by: str, reason: str) -> Containment:
    """Let a person say that they restored the state before themselves.

    Raises:
        NotFoundError, RefusedError, InvalidInputError: no such act or role, nobody did it by hand, or no reason.
    """
    needs_reason(containment_id, reason)
    with store.work() as unit:
        role = role_of(unit.session, by, MAY_UNDO)
        row = containment_for_update(unit.session, containment_id)
        incident = unit.session.get(Incident, row.incident_id)
        assert incident is not None  # noqa: S101 - a foreign key
        _mark_undone(unit, row, incident, by, role, reason)
    return row


def _mark_undone(unit: Work, row: Containment, incident: Incident, by: str, role: str, reason: str) -> None:
    if row.status == ContainmentStatus.REVERTED:
        return
    if row.by_hand is None or not row.plan.get("reversible", False):
        raise RefusedError(
            "This act was not done by hand, or can't be undone.",
            where=row.id,
            remedy="`tocsin contain revert` undoes it, or accept it with a reason.",
        )
    row.by_hand = {**row.by_hand, "undone": True, "undone_by": by}
    row.status, row.reverted_at, row.reason = ContainmentStatus.REVERTED, unit.clock(), reason
    unit.session.add(row)
    note_containment(unit, row, incident, "containment:reverted", by, role, by_hand=True)
