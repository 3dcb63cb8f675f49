"""Containment: acts on systems that are planned first, done once, checked, listed while they stand, and undone.

A claim is committed before the system is touched and the state before is kept before it is changed. A process killed
at any point goes on where it was: a claim that is found again is looked at first, and done only if it does not hold.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from models.action import Containment
from models.database import Store, Work
from models.errors import InvalidInputError, RefusedError, TocsinError, UnavailableError
from models.incident import Incident
from models.vocabulary import ContainmentStatus, Role
from playbooks.durations import parse_duration
from response.connectors.commands_definition import CacaoCommand, read_commands
from response.connectors.contract import Connector, NeedsPersonError, State, Verdict, same
from response.connectors.definition import find_definition
from response.connectors.opening import connector
from response.containments import (
    containment_for_update,
    note_containment,
    refuse_beyond_limits,
    undo,
)
from response.context import TOCSIN, StepContext, StepOutcome
from response.hand_book import RowBook, acting
from response.organisation import organisation_of
from response.state_before import keep_state

DONE = frozenset({ContainmentStatus.EXECUTED, ContainmentStatus.VERIFIED})
CLAIMABLE = frozenset({ContainmentStatus.PLANNED, ContainmentStatus.EXECUTING})
SETTLING_SECONDS: Final = 10.0


def plan(unit: Work, context: StepContext) -> StepOutcome:
    """Write down exactly what would be done; the step `containment.plan`. Nothing is touched.

    Raises:
        RefusedError: the system is protected, or too many acts stand open.
        InvalidInputError, NotFoundError: no such connector or capability, or a target it can't act on.
    """
    incident, key = context.incident, f"{context.incident.id}/{context.key}"
    if unit.session.get(Containment, key) is not None:
        return StepOutcome(values={"containment": key})
    name, capability = str(context.inputs["connector"]), str(context.inputs["capability"])
    target, settings = str(context.inputs.get("target") or ""), unit.store.settings
    commands = _commands(context)
    system = connector(
        settings,
        name,
        drill=incident.drill,
        book=RowBook(unit.store),
        capability=capability,
        commands=commands,
    )
    planned = system.plan(capability, target, unit.clock())
    parts = find_definition(name, settings.home).values(target).values()
    refuse_beyond_limits(unit.session, settings.home, incident.id, target, tuple(parts))
    shown = planned.as_json()
    row = Containment(
        id=key,
        incident_id=incident.id,
        connector=planned.connector,
        capability=planned.capability,
        target=target,
        plan={**shown, "commands": [each.model_dump() for each in commands]} if commands else shown,
        planned_at=unit.clock(),
        expires_at=planned.expires_at,
    )
    unit.session.add(row)
    note_containment(unit, row, incident, "containment:planned", TOCSIN, Role.RESPONDER)
    return StepOutcome(values={"containment": key})


def execute(context: StepContext) -> StepOutcome:
    """Do what was planned, once; the step `containment.execute`. It waits for a person where only one can do it.

    Raises:
        UnavailableError: the system does not answer; calling again goes on.
        RefusedError: the system or a limit says no; nothing was changed.
    """
    store, key = context.store, _planned(context)
    claim = _claim(store, context.incident, key)
    if claim.row.status in DONE:
        return StepOutcome(values={"containment": key})
    try:
        answer = _act(store, context.incident, claim)
    except NeedsPersonError as error:
        return StepOutcome(values={"containment": key}, question=error.question)
    except (UnavailableError, _MayStandError):
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
    verdict = acting(store, row, context.incident).verify(row.capability, row.target)
    if verdict.settling and _may_settle(store, row):
        return StepOutcome(more=True, wait_seconds=SETTLING_SECONDS)
    _record_verdict(store, context.incident, key, verdict)
    return StepOutcome(values={"contained": verdict.holds})


def revert_step(context: StepContext) -> StepOutcome:
    """Undo what was done; the step `containment.revert`. Undoing twice changes nothing."""
    try:
        undo(context.store, _planned(context), TOCSIN, Role.RESPONDER, "the plan says so")
    except NeedsPersonError as error:
        return StepOutcome(question=error.question)
    return StepOutcome()


class _MayStandError(RefusedError):
    """What may have been done and can't be looked at is left as it is, on the list of open acts."""


@dataclass(frozen=True)
class _Claim:
    """An act put aside to be done; `again` when an earlier executor had claimed it and may have done it."""

    row: Containment
    again: bool


def _planned(context: StepContext) -> str:
    return f"{context.incident.id}/{context.inputs['plan']}"


def _commands(context: StepContext) -> tuple[CacaoCommand, ...]:
    text = context.inputs.get("commands")
    if text is None:
        return ()
    given = context.inputs.get("values") or []
    if not isinstance(given, list):
        raise InvalidInputError("values is not a list.", where=context.key, expected="texts like name=value")
    pairs = (str(each).partition("=") for each in given if each is not None)
    return read_commands(str(text), {name: value for name, _, value in pairs}, context.key)


def _claim(store: Store, incident: Incident, key: str) -> _Claim:
    with store.work() as unit:
        row = containment_for_update(unit.session, key)
        if row.status in DONE:
            return _Claim(row, again=True)
        if row.status not in CLAIMABLE:
            raise RefusedError(f"This containment is {row.status}.", where=key, remedy="Plan a new one.")
        if row.status == ContainmentStatus.EXECUTING:
            return _Claim(row, again=True)
        system = find_definition(row.connector, store.settings.home)
        parts = tuple(system.values(row.target).values())
        refuse_beyond_limits(unit.session, store.settings.home, incident.id, row.target, parts)
        row.status = ContainmentStatus.EXECUTING
        unit.session.add(row)
        note_containment(unit, row, incident, "containment:claimed", TOCSIN, Role.RESPONDER)
    return _Claim(row, again=False)


def _act(store: Store, incident: Incident, claim: _Claim) -> dict[str, Any]:
    row, system = claim.row, acting(store, claim.row, incident)
    if row.before is None:
        state = system.read_state(row.capability, row.target)
        _refuse_too_many_touched(store, row, state)
        _keep_state(store, incident, row.id, state)
    elif claim.again:
        found = _found_done(system, row)
        if found is not None:
            return found
    return system.execute(row.capability, row.target, f"{row.id}/execute")


def _found_done(system: Connector, row: Containment) -> dict[str, Any] | None:
    """Look whether an earlier executor, that died before recording it, had done it."""
    if not system.repeatable:
        raise _MayStandError(
            "This may have been done already, and nobody can tell from here.",
            where=row.id,
            remedy="Look at the system, then accept the act or do it by hand.",
        )
    return {"found_done": True} if system.verify(row.capability, row.target).holds else None


def _may_settle(store: Store, row: Containment) -> bool:
    act = find_definition(row.connector, store.settings.home).act(row.capability)
    span = parse_duration(act.settles_within) if act.settles_within else timedelta()
    return row.executed_at is not None and store.clock() < row.executed_at + span


def _record_verdict(store: Store, incident: Incident, key: str, verdict: Verdict) -> None:
    with store.work() as unit:
        row = containment_for_update(unit.session, key)
        if verdict.holds and row.status in DONE:
            row.status, row.verified_at, row.reason = ContainmentStatus.VERIFIED, unit.clock(), None
        elif not verdict.holds:
            row.status, row.reason = ContainmentStatus.EXECUTED, "does not hold: " + "; ".join(verdict.broken)
        unit.session.add(row)
        tag = "containment:verified" if verdict.holds else "containment:not_holding"
        note_containment(unit, row, incident, tag, TOCSIN, Role.RESPONDER)


def _refuse_too_many_touched(store: Store, row: Containment, state: State) -> None:
    own, everywhere = row.plan.get("most_touched"), organisation_of(store.settings.home).containment
    most = min(own, everywhere.most_touched) if own is not None else everywhere.most_touched
    if (state.touches is None and own is not None) or (state.touches is not None and state.touches > most):
        raise RefusedError(
            f"This act would touch {'an unknown number' if state.touches is None else state.touches}.",
            where=row.id,
            expected=f"at most {most}",
            remedy="Contain by hand, or act on a narrower target.",
        )


def _keep_state(store: Store, incident: Incident, key: str, state: State) -> None:
    with store.work() as unit:
        row = containment_for_update(unit.session, key)
        if row.status != ContainmentStatus.EXECUTING:
            raise RefusedError(f"This containment became {row.status} meanwhile.", where=key)
        kept = keep_state(unit, incident, state.whole)
        row.before = state.kept
        unit.session.add(row)
        said = {"evidence": kept.evidence, "sha256": kept.sha256}
        note_containment(unit, row, incident, "evidence:collected", TOCSIN, Role.RESPONDER, **said)


def _fail(store: Store, incident: Incident, key: str, code: str) -> None:
    """Record a refusal. What was changed in part, or may have been, stays on the list of open acts."""
    untouched = _is_untouched(store, incident, key)
    with store.work() as unit:
        row = containment_for_update(unit.session, key)
        row.status, row.reason = ContainmentStatus.FAILED if untouched else ContainmentStatus.EXECUTING, code
        unit.session.add(row)
        said = {"fault": code} if untouched else {"fault": code, "may_stand": True}
        note_containment(unit, row, incident, "containment:failed", TOCSIN, Role.RESPONDER, **said)


def _is_untouched(store: Store, incident: Incident, key: str) -> bool:
    with store.reading() as session:
        row = session.get(Containment, key)
    if row is None or row.before is None:
        return True
    try:
        system = acting(store, row, incident)
        return system.repeatable and same(system.read_state(row.capability, row.target).kept, row.before)
    except TocsinError:
        return False
