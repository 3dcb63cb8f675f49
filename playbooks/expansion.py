"""Putting the playbooks that a plan calls in the place of the steps that call them.

A `playbook-action` step becomes a composite: its branch is the called playbook, its steps prefixed with the
calling step's id (`tell.approve_notice`), and it goes on when all of them are over. What the calling step gives
`with:` replaces `{{name}}` in the called playbook.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from pydantic import JsonValue

from playbooks.catalogue import inputs_of
from playbooks.schema import Addition, Clock, Playbook, Step

_NAME: Final = re.compile(r"\{\{\s*([a-z_][a-z0-9_.]*)\s*\}\}")
_ONE: Final = ("on_completion", "on_success", "on_failure", "on_true", "on_false", "on_unknown")


def expand(playbook: Playbook, find: Callable[[str, str], Playbook]) -> Playbook:
    """Give the playbook with every call replaced; `find` reads a called playbook for a step id and a name."""
    if not any(step.type == "playbook-action" for step in playbook.workflow.values()):
        return playbook
    workflow: dict[str, Step] = {}
    clocks, variables, roles, sending = (
        list(playbook.clocks),
        dict(playbook.variables),
        list(playbook.roles),
        playbook.sending,
    )
    for step_id, step in playbook.workflow.items():
        if step.type != "playbook-action":
            workflow[step_id] = step
            continue
        called = find(step_id, str(step.playbook))
        workflow |= _in_place(step_id, step, called)
        clocks += [_prefixed_clock(step_id, clock) for clock in called.clocks]
        variables = called.variables | variables
        roles += [role for role in called.roles if role not in roles]
        sending = sending or called.sending
    changed = {
        "workflow": workflow,
        "clocks": clocks,
        "variables": variables,
        "roles": roles,
        "sending": sending,
    }
    return playbook.model_copy(update=changed)


def _in_place(step_id: str, step: Step, called: Playbook) -> dict[str, Step]:
    gate = Step(
        type="parallel",
        name=step.name,
        phase=step.phase,
        instructions=step.instructions,
        next_steps=[f"{step_id}.{called.workflow[called.workflow_start].on_completion}"],
        on_completion=step.on_completion,
    )
    kept = {
        inner_id: inner for inner_id, inner in called.workflow.items() if inner_id != called.workflow_start
    }
    inner = {f"{step_id}.{inner_id}": _prefixed(step_id, s, step.inputs) for inner_id, s in kept.items()}
    return {step_id: gate, **inner}


def _prefixed(prefix: str, step: Step, given: dict[str, JsonValue]) -> Step:
    wanted = inputs_of(step.action)
    changed: dict[str, Any] = {
        k: f"{prefix}.{getattr(step, k)}" for k in _ONE if getattr(step, k) is not None
    }
    if step.next_steps:
        changed["next_steps"] = [f"{prefix}.{target}" for target in step.next_steps]
    if step.cases:
        changed["cases"] = {case: f"{prefix}.{target}" for case, target in step.cases.items()}
    inputs = {
        name: f"{prefix}.{value}" if name in wanted and wanted[name].kind == "step" else _filled(value, given)
        for name, value in step.inputs.items()
    }
    if inputs:
        changed["inputs"] = inputs
    if isinstance(step.undo, str):
        changed["undo"] = f"{prefix}.{step.undo}"
    return step.model_copy(update=changed)


def _filled(value: JsonValue, given: dict[str, JsonValue]) -> JsonValue:
    if not isinstance(value, str):
        return value
    whole = _NAME.fullmatch(value)
    if whole:
        return given.get(whole[1], value)
    return _NAME.sub(lambda match: str(given.get(match[1], match[0])), value)


def _prefixed_clock(prefix: str, clock: Clock) -> Clock:
    started_by = f"{prefix}.{clock.started_by}" if clock.started_by else None
    met_by = [f"{prefix}.{target}" for target in clock.met_by]
    return clock.model_copy(update={"met_by": met_by, "started_by": started_by})


def takes_a_follower(playbook: Playbook, addition: Addition) -> bool:
    """Tell whether a step can be added there: after an action or the start that leads on, under a new id."""
    before = playbook.workflow.get(addition.after)
    leads_on = (
        before is not None
        and before.type in {"start", "action"}
        and (before.on_success or before.on_completion)
    )
    return bool(leads_on) and addition.id not in playbook.workflow


def with_added(playbook: Playbook, addition: Addition) -> Playbook:
    """Put an added step between a step and what follows it."""
    before = playbook.workflow[addition.after]
    key = "on_success" if before.on_success else "on_completion"
    follows = getattr(before, key)
    way = {"on_success": follows} if addition.step.on_failure else {"on_completion": follows}
    workflow: dict[str, Step] = {}
    for step_id, step in playbook.workflow.items():
        workflow[step_id] = step.model_copy(update={key: addition.id}) if step_id == addition.after else step
        if step_id == addition.after:
            workflow[addition.id] = addition.step.model_copy(update=way)
    return playbook.model_copy(update={"workflow": workflow})
