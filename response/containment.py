"""Containment: acts on systems that are planned first, done once, checked, listed while they stand, and undone.

A claim is committed before the system is touched and the state before is kept before it is changed, so that a
process killed at any point goes on where it was: the idempotency key makes the repeated call harmless.
"""

import hashlib
from typing import Any

from models.action import Containment
from models.database import Store, Work
from models.errors import RefusedError, UnavailableError
from models.evidence import Evidence
from models.incident import Incident, IncidentKey
from models.vocabulary import ContainmentStatus, Role
from response.connectors.contract import State
from response.connectors.http import connector
from response.containments import (
    containment_for_update,
    note_containment,
    refuse_beyond_limits,
    undo,
)
from response.context import TOCSIN, StepContext, StepOutcome
from response.incidents import next_number

DONE = frozenset({ContainmentStatus.EXECUTED, ContainmentStatus.VERIFIED})
CLAIMABLE = frozenset({ContainmentStatus.PLANNED, ContainmentStatus.EXECUTING})


def plan(unit: Work, context: StepContext) -> StepOutcome:
    """Write down exactly what would be done; the step `containment.plan`. Nothing is touched.

    Raises:
        RefusedError: the system is protected, or too many acts stand open.
        InvalidInputError, NotFoundError: no such connector or capability, or a target it can't act on.
    """
    incident, key = context.incident, f"{context.incident.id}/{context.key}"
    if unit.session.get(Containment, key) is not None:
        return StepOutcome(values={"containment": key})
    target = str(context.inputs.get("target") or "")
    acting = connector(unit.store.settings, str(context.inputs["connector"]), drill=incident.drill)
    planned = acting.plan(str(context.inputs["capability"]), target, unit.clock())
    refuse_beyond_limits(unit.session, unit.store.settings.home, incident.id, target)
    row = Containment(
        id=key,
        incident_id=incident.id,
        connector=planned.connector,
        capability=planned.capability,
        target=target,
        plan=planned.as_json(),
        planned_at=unit.clock(),
        expires_at=planned.expires_at,
    )
    unit.session.add(row)
    note_containment(unit, row, incident, "containment:planned", TOCSIN, Role.RESPONDER)
    return StepOutcome(values={"containment": key})


def execute(context: StepContext) -> StepOutcome:
    """Do what was planned, once; the step `containment.execute`.

    Raises:
        UnavailableError: the system does not answer; calling again goes on.
        RefusedError: the system or a limit says no; nothing was changed.
    """
    store, key = context.store, _planned(context)
    row = _claim(store, context.incident, key)
    if row.status in DONE:
        return StepOutcome(values={"containment": key})
    acting = connector(store.settings, row.connector, drill=context.incident.drill)
    try:
        if row.before is None:
            state = acting.read_state(row.capability, row.target)
            _refuse_too_many_touched(row, state)
            _keep_state(store, context.incident, key, state)
        answer = acting.execute(row.capability, row.target, f"{key}/execute")
    except UnavailableError:
        raise
    except Exception as error:
        _fail(store, context.incident, key, type(error).__name__)
        raise
    with store.work() as unit:
        row = containment_for_update(unit.session, key)
        row.status, row.executed_at, row.after = ContainmentStatus.EXECUTED, unit.clock(), answer
        unit.session.add(row)
        note_containment(unit, row, context.incident, "containment:executed", TOCSIN, Role.RESPONDER)
    return StepOutcome(values={"containment": key})


def verify(context: StepContext) -> StepOutcome:
    """Look from outside whether the act holds; the step `containment.verify`. Sets `contained`."""
    store, key = context.store, _planned(context)
    with store.reading() as session:
        row = session.get(Containment, key)
    if row is None or row.status not in DONE:
        raise RefusedError(
            "What was not done can't be verified.", where=key, expected="an executed containment"
        )
    verdict = connector(store.settings, row.connector, drill=context.incident.drill).verify(
        row.capability, row.target
    )
    with store.work() as unit:
        row = containment_for_update(unit.session, key)
        if verdict.holds and row.status in DONE:
            row.status, row.verified_at, row.reason = ContainmentStatus.VERIFIED, unit.clock(), None
        elif not verdict.holds:
            row.status, row.reason = ContainmentStatus.EXECUTED, "does not hold: " + "; ".join(verdict.broken)
        unit.session.add(row)
        tag = "containment:verified" if verdict.holds else "containment:not_holding"
        note_containment(unit, row, context.incident, tag, TOCSIN, Role.RESPONDER)
    return StepOutcome(values={"contained": verdict.holds})


def revert_step(context: StepContext) -> StepOutcome:
    """Undo what was done; the step `containment.revert`. Undoing twice changes nothing."""
    undo(context.store, _planned(context), TOCSIN, Role.RESPONDER, "the plan says so")
    return StepOutcome()


def _planned(context: StepContext) -> str:
    return f"{context.incident.id}/{context.inputs['plan']}"


def _claim(store: Store, incident: Incident, key: str) -> Containment:
    with store.work() as unit:
        row = containment_for_update(unit.session, key)
        if row.status in DONE:
            return row
        if row.status not in CLAIMABLE:
            raise RefusedError(f"This containment is {row.status}.", where=key, remedy="Plan a new one.")
        if row.status == ContainmentStatus.PLANNED:
            refuse_beyond_limits(unit.session, store.settings.home, incident.id, row.target)
            row.status = ContainmentStatus.EXECUTING
            unit.session.add(row)
            note_containment(unit, row, incident, "containment:claimed", TOCSIN, Role.RESPONDER)
    return row


def _refuse_too_many_touched(row: Containment, state: State) -> None:
    most = row.plan.get("most_touched")
    if most is not None and (state.touches is None or state.touches > most):
        raise RefusedError(
            f"This act would touch {'an unknown number' if state.touches is None else state.touches}.",
            where=row.id,
            expected=f"at most {most}",
            remedy="Contain by hand, or act on a narrower target.",
        )


def _keep_state(store: Store, incident: Incident, key: str, state: State) -> None:
    digest = hashlib.sha256(state.whole).hexdigest()
    with store.work() as unit:
        row = containment_for_update(unit.session, key)
        if row.status != ContainmentStatus.EXECUTING:
            raise RefusedError(f"This containment became {row.status} meanwhile.", where=key)
        wrapped = unit.session.get(IncidentKey, incident.id)
        sealer = store.sealer(incident.id, wrapped.wrapped if wrapped else None)
        evidence_id = f"{incident.id}/E{next_number(unit.session, f'{incident.id}/E')}"
        row.before = state.kept
        unit.session.add(row)
        unit.session.add(
            Evidence(
                id=evidence_id,
                incident_id=incident.id,
                kind="state_before",
                sha256=digest,
                sealed=sealer.seal(state.whole, f"evidence/{evidence_id}"),
                collected_by=TOCSIN,
                collected_at=unit.clock(),
            )
        )
        body: dict[str, Any] = {"evidence": evidence_id, "sha256": digest}
        note_containment(unit, row, incident, "evidence:collected", TOCSIN, Role.RESPONDER, **body)


def _fail(store: Store, incident: Incident, key: str, code: str) -> None:
    with store.work() as unit:
        row = containment_for_update(unit.session, key)
        row.status, row.reason = ContainmentStatus.FAILED, code
        unit.session.add(row)
        note_containment(unit, row, incident, "containment:failed", TOCSIN, Role.RESPONDER, fault=code)
