"""How long a plan can take at worst until a step is done: every answer at the last moment, every try used."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from playbooks.catalogue import ACTIONS
from playbooks.durations import parse_duration
from playbooks.routes import Routes
from playbooks.schema import Clock, Playbook, Step

MACHINE_STEP: Final = timedelta(minutes=2)
FOREVER: Final = timedelta(days=36500)
_MOMENT_SET_BY: Final = {"handled_at": "closure.handled", "contained_at": "closure.handled"}


def worst_case(routes: Routes) -> dict[str, timedelta]:
    """Give, for each step that can run, the longest time from the start of the plan until it is done."""
    done: dict[str, timedelta] = {}
    for step_id in routes.order:
        if not routes.can_run(step_id):
            continue
        began = timedelta()
        for edge in routes.incoming[step_id]:
            if edge.source in done:
                inner = routes.inside(edge.source) if edge.label in {"over", "success"} else frozenset()
                began = max(began, done[edge.source], *(done.get(s, timedelta()) for s in inner))
        once = longest(routes.playbook, routes.playbook.workflow[step_id])
        done[step_id] = min(FOREVER, began + once * _rounds(routes, step_id))
    return done


def clock_needs(routes: Routes, clock: Clock, done: Mapping[str, timedelta]) -> timedelta:
    """Give how much of a clock the plan may use at worst, from the clock's moment to the last sending that meets it."""
    late = max((done[step] for step in clock.met_by if step in done), default=timedelta())
    return late - _began(routes, clock, done) + parse_duration(clock.already_used)


def _began(routes: Routes, clock: Clock, done: Mapping[str, timedelta]) -> timedelta:
    if clock.started_by is not None:
        return done.get(clock.started_by, timedelta())
    setting = _MOMENT_SET_BY.get(clock.starts_at, "-")
    steps = routes.playbook.workflow.items()
    return max(
        (done[key] for key, step in steps if step.action == setting and key in done), default=timedelta()
    )


def longest(playbook: Playbook, step: Step) -> timedelta:
    """Give the longest one step can take; FOREVER when it waits for a person without a timeout."""
    if step.type != "action":
        return timedelta()
    kind = ACTIONS[str(step.action)].kind
    if kind == "approval":
        return _asked(step)
    if kind == "manual":
        if step.timeout is None:
            return FOREVER
        return parse_duration(step.timeout) * (2 if step.on_timeout == "escalate" else 1)
    return _machine(playbook, step)


def _asked(step: Step) -> timedelta:
    if step.approval is None:
        return FOREVER
    return parse_duration(step.approval.timeout) * (2 if step.approval.on_timeout == "escalate" else 1)


def _machine(playbook: Playbook, step: Step) -> timedelta:
    once = parse_duration(step.timeout) if step.timeout else MACHINE_STEP
    if step.action == "notice.deliver" and playbook.sending is not None:
        once = max(once, playbook.sending.span())
    if step.retry is None:
        return once
    return once * step.retry.attempts + parse_duration(step.retry.delay) * (step.retry.attempts - 1)


def _rounds(routes: Routes, step_id: str) -> int:
    rounds = 1
    for loop in routes.graph.loops_around(step_id):
        rounds *= routes.playbook.workflow[loop].max_iterations
    return rounds
