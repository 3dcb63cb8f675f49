"""Containment: acts on systems that are planned first, done once, checked, listed while they stand, and undone.

A claim is committed before the system is touched and the state before is kept before it is changed. A process killed
at any point goes on where it was: a claim that is found again is looked at first, and done only if it does not hold.
"""

from datetime import timedelta
from typing import Any, Final

from models.action import Containment
from models.database import Store, Work
from models.errors import InvalidInputError, RefusedError, UnavailableError
from models.incident import Incident
from models.settings import Settings
from models.vocabulary import ContainmentStatus, Role
from notifications.targets import all_rehearsed
from playbooks.durations import parse_duration
from response.connectors.contract import Connector, NeedsPersonError, Verdict
from response.connectors.definition import find_definition
from response.connectors.opening import connector
from response.containing.containment_once import DONE, MayStandError, act_once, claim_act, record_refusal
from response.containing.containments import (
    containment_for_update,
    note_containment,
    refuse_beyond_limits,
    undo,
)
from response.containing.hand_book import RowBook, acting
from response.context import TOCSIN, StepContext, StepOutcome

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
    _refuse_rehearsal_for_real(settings, system, incident)
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
        plan={**shown, "commands": commands} if commands else shown,
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
    claim = claim_act(store, context.incident, key)
    if claim.row.status in DONE:
        return StepOutcome(values={"containment": key})
    try:
        answer = act_once(store, context.incident, claim)
    except NeedsPersonError as error:
        return StepOutcome(values={"containment": key}, question=error.question)
    except (UnavailableError, MayStandError):
        raise
    except Exception as error:
        record_refusal(store, context.incident, key, type(error).__name__)
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


def _refuse_rehearsal_for_real(settings: Settings, system: Connector, incident: Incident) -> None:
    """Keep a home that tells real people from believing that something was contained which only was rehearsed."""
    if system.rehearsal and not incident.drill and not all_rehearsed(settings, drill=False):
        raise RefusedError(
            "This connector acts on the rehearsal systems: nothing real would be contained.",
            where="connectors in the home",
            remedy="Put a file of its name there that acts on the real system, or contain by hand.",
        )


def _planned(context: StepContext) -> str:
    return f"{context.incident.id}/{context.inputs['plan']}"


def _commands(context: StepContext) -> list[dict[str, Any]]:
    text = context.inputs.get("commands")
    if text is None:
        return []
    from response.connectors.commands_definition import read_commands  # noqa: PLC0415 - imported plans alone

    given = context.inputs.get("values") or []
    if not isinstance(given, list):
        raise InvalidInputError("values is not a list.", where=context.key, expected="texts like name=value")
    pairs = (str(each).partition("=") for each in given if each is not None)
    values = {name: value for name, _, value in pairs}
    return [each.model_dump() for each in read_commands(str(text), values, context.key)]


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
