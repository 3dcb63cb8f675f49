"""Run one step of a plan, each once: our record says what is done; the engine only asks.

A local action commits its effect and its "done" together. An outside action keeps its own claims, so that
running it again after a crash repeats nothing.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from models.database import Store, Work
from models.errors import CollisionError, TocsinError
from models.playbook_run import StepRun
from models.vocabulary import DecisionKind, StepStatus
from playbooks.catalogue import ACTIONS
from playbooks.durations import parse_duration
from response.actions import LOCAL, OUTSIDE
from response.context import TOCSIN, StepContext, StepFailedError, StepOutcome
from response.leases import LeaseLostError, fence
from response.plan import Position, find_incident, position
from response.questions import ask

COLLISIONS_BORNE = 5  # a collision undoes a step whole and is nobody's fault: it counts as no attempt


def run_step(store: Store, incident_id: str, key: str, executor: str) -> StepOutcome:
    """Run a ready step and record it.

    Raises:
        StepFailedError: it failed for good; carries ids only.
        LeaseLostError: another executor holds the incident; nothing was done.
        CollisionError: branches of the plan met at the same records again and again; nothing was done.
    """
    for _ in range(COLLISIONS_BORNE):
        with suppress(CollisionError):
            return _attempt(store, incident_id, key, executor)
    return _attempt(store, incident_id, key, executor)


def _attempt(store: Store, incident_id: str, key: str, executor: str) -> StepOutcome:
    context = _begin(store, incident_id, key, executor)
    if context is None:
        return StepOutcome()
    try:
        return _perform(context)
    except (LeaseLostError, CollisionError):
        raise
    except TocsinError as error:
        return _fail(context, error)


def _begin(store: Store, incident_id: str, key: str, executor: str) -> StepContext | None:
    """Open the step's record under the lease; None when it is not ready (any more)."""
    with store.work() as unit:
        fence(unit.session, incident_id, executor)
        here = position(unit.session, incident_id)
        if key not in here.plan.ready:
            return None
        context = _context(store, here, key, executor)
        row = unit.session.get(StepRun, (incident_id, key))
        if row is None:
            row = _new_row(context, unit)
            _note(unit, context, "step:started")
        elif row.executor != executor:
            _note(unit, context, "step:resumed")
        row.executor = executor
        unit.session.add(row)
    return context


def _context(store: Store, here: Position, key: str, executor: str) -> StepContext:
    return StepContext(
        store=store,
        incident=here.incident,
        key=key,
        step=here.playbook.step(key),
        playbook=here.playbook,
        inputs=here.plan.inputs[key],
        results=here.results,
        executor=executor,
    )


def _new_row(context: StepContext, unit: Work) -> StepRun:
    return StepRun(
        incident_id=context.incident.id,
        step=context.key,
        phase=str(context.step.phase),
        action=context.step.action,
        status=StepStatus.RUNNING,
        started_at=unit.clock(),
    )


def _perform(context: StepContext) -> StepOutcome:
    name = str(context.step.action)
    if ACTIONS[name].kind != "automatic":
        return _park(context, DecisionKind.APPROVAL if name == "approval" else DecisionKind.MANUAL)
    if name in LOCAL:
        with context.store.work() as unit:
            fence(unit.session, context.incident.id, context.executor)
            attached = replace(context, incident=find_incident(unit.session, context.incident.id))
            outcome = LOCAL[name](unit, attached)
            _record(unit, context, outcome)
        return outcome
    outcome = OUTSIDE[name](context)
    if outcome.question is not None:
        return _park(context, DecisionKind.MANUAL, outcome.question)
    with context.store.work() as unit:
        fence(unit.session, context.incident.id, context.executor)
        _record(unit, context, outcome)
    return outcome


def _park(context: StepContext, kind: DecisionKind, question: Mapping[str, str] | None = None) -> StepOutcome:
    with context.store.work() as unit:
        fence(unit.session, context.incident.id, context.executor)
        ask(unit, context, kind, question)
        row = _row(unit, context)
        row.status = StepStatus.WAITING
        unit.session.add(row)
    return StepOutcome()


def _row(unit: Work, context: StepContext) -> StepRun:
    row = unit.session.get(StepRun, (context.incident.id, context.key))
    assert row is not None  # noqa: S101 - _begin wrote it
    return row


def _record(unit: Work, context: StepContext, outcome: StepOutcome) -> None:
    row = _row(unit, context)
    row.values = {**row.values, **outcome.values}
    row.batches += 1
    if not outcome.more:
        row.status, row.finished_at = StepStatus.DONE, unit.clock()
        _note(unit, context, "step:done")
    unit.session.add(row)


def _fail(context: StepContext, error: TocsinError) -> StepOutcome:
    """Count the attempt; try again where the playbook says so, else record the failure and raise."""
    retry = context.step.retry
    with context.store.work() as unit:
        fence(unit.session, context.incident.id, context.executor)
        row = _row(unit, context)
        row.fault = str(error)
        again = retry is not None and row.attempts < retry.attempts
        if again:
            row.attempts += 1
        else:
            row.status, row.finished_at = StepStatus.FAILED, unit.clock()
        unit.session.add(row)
        _note(unit, context, "step:retried" if again else "step:failed")
    if again and retry is not None:
        return StepOutcome(more=True, wait_seconds=parse_duration(retry.delay).total_seconds())
    raise StepFailedError(f"Step {context.key} failed.", where=context.incident.id) from None


def _note(unit: Work, context: StepContext, tag: str) -> None:
    unit.record(
        tag,
        actor=TOCSIN,
        role=str(context.step.owner or "responder"),
        incident_id=context.incident.id,
        facts_version=context.incident.facts_version or None,
        drill=context.incident.drill,
        body={"step": context.key, "phase": str(context.step.phase), "action": str(context.step.action)},
    )
