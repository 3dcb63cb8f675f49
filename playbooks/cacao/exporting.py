"""A plan as a CACAO 2.0 playbook. What CACAO has no word for travels in one extension, so nothing is lost."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from models.clock import iso_utc
from playbooks.cacao.conditions import to_cacao
from playbooks.cacao.words import EXTENSION, MAKER, SPEC_VERSION, identifier, variable_name
from playbooks.catalogue import ACTIONS
from playbooks.condition import names_in
from playbooks.durations import parse_duration
from playbooks.schema import FORMAT, Playbook, Step

_MILLISECOND: Final = timedelta(milliseconds=1)
_TYPES: Final = {
    "string": "string",
    "integer": "integer",
    "number": "float",
    "boolean": "bool",
    "list": "dictionary",
}
_ACTIVITIES: Final = (
    ("containment.execute", "restrict-access"),
    ("containment.revert", "revert-system"),
    ("manual.people", "identify-audience"),
    ("notice.prepare", "compose-content"),
    ("notice.deliver", "deliver-content"),
)
FLOW: Final = ("on_completion", "on_success", "on_failure", "on_true", "on_false")
CARRIED_BY_CACAO: Final = frozenset({"type", "next_steps", "cases", *FLOW})
HEAD: Final = ("version", "vectors", "roles", "variables", "clocks", "sending", "part")


def export_cacao(playbook: Playbook, created: datetime) -> dict[str, Any]:
    """Write a plan as a CACAO 2.0 document; called playbooks stand in their place. `created` is its timestamp."""
    stamp = _timestamp(created)
    activities = [name for action, name in _ACTIVITIES if _has(playbook, action)]
    return {
        "type": "playbook",
        "spec_version": SPEC_VERSION,
        "id": identifier("playbook", playbook.id),
        "name": playbook.name.en,
        "description": playbook.description.en,
        "playbook_types": ["mitigation", "notification"],
        "playbook_activities": activities or ["step-sequence"],
        "playbook_processing_summary": _summary(playbook),
        "created_by": MAKER,
        "created": stamp,
        "modified": stamp,
        **({"labels": list(playbook.vectors)} if playbook.vectors else {}),
        "playbook_variables": _variables(playbook),
        "workflow_start": _id(playbook, playbook.workflow_start),
        "workflow": _workflow(playbook),
        "playbook_extensions": {EXTENSION: _head(playbook)},
        "agent_definitions": _agents(playbook),
        "extension_definitions": {EXTENSION: _definition()},
    }


def _timestamp(moment: datetime) -> str:
    return iso_utc(moment.replace(microsecond=0)).replace("+00:00", "Z").replace("Z", ".000Z")


def _id(playbook: Playbook, step_id: str) -> str:
    return identifier(playbook.workflow[step_id].type, playbook.id, step_id)


def _has(playbook: Playbook, *actions: str) -> bool:
    return any(step.action in actions for step in playbook.workflow.values())


def _summary(playbook: Playbook) -> dict[str, bool]:
    kinds = {step.type for step in playbook.workflow.values()}
    people = [step for step in playbook.workflow.values() if step.action]
    return {
        "manual_playbook": all(ACTIONS[str(step.action)].kind != "automatic" for step in people),
        "external_playbooks": False,
        "parallel_processing": "parallel" in kinds,
        "if_logic": "if-condition" in kinds,
        "while_logic": "while-condition" in kinds,
        "switch_logic": "switch-condition" in kinds,
        "extensions": True,
    }


def _variables(playbook: Playbook) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, variable in playbook.variables.items():
        entry: dict[str, Any] = {"type": _TYPES[variable.type], "external": variable.source is not None}
        if variable.default is not None:
            entry["value"] = _as_text(variable.default)
        found[variable_name(name)] = entry
    for name in dict.fromkeys(_read_names(playbook)):
        outside = name.startswith(("facts.", "signal."))
        found.setdefault(variable_name(name), {"type": "string", "external": outside})
    return found


def _read_names(playbook: Playbook) -> Iterator[str]:
    for step in playbook.workflow.values():
        for condition in (step.condition, step.switch):
            if condition:
                yield from names_in(condition)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _workflow(playbook: Playbook) -> dict[str, Any]:
    workflow: dict[str, Any] = {}
    for step_id, step in playbook.workflow.items():
        written = _step(playbook, step_id, step)
        workflow[_id(playbook, step_id)] = written
        if step.type == "parallel" and len(step.next_steps) < 2:  # noqa: PLR2004
            written["next_steps"].append(_added_end(playbook, workflow, step_id, "branch"))
        if step.type not in {"end", "start", "action"} and step.on_completion is None:
            written["on_completion"] = _added_end(playbook, workflow, step_id, "after")
    return workflow


def _added_end(playbook: Playbook, workflow: dict[str, Any], step_id: str, why: str) -> str:
    """CACAO asks for an end where ours needs none; the extension says that it was only added for that."""
    end = identifier("end", playbook.id, step_id, why)
    workflow[end] = {"type": "end", "step_extensions": {EXTENSION: {"added_for": step_id}}}
    return end


def _step(playbook: Playbook, step_id: str, step: Step) -> dict[str, Any]:
    written: dict[str, Any] = {"type": step.type, "name": step.name.en}
    if step.instructions:
        written["description"] = step.instructions.en
    written |= {key: _id(playbook, getattr(step, key)) for key in FLOW if getattr(step, key)}
    if step.next_steps:
        written["next_steps"] = [_id(playbook, target) for target in step.next_steps]
    if step.cases:
        written["cases"] = {case: _id(playbook, target) for case, target in step.cases.items()}
    if step.condition:
        written["condition"] = to_cacao(step.condition)
    if step.switch:
        written["switch"] = to_cacao(step.switch)
    if step.action:
        written |= _action(step)
    rest = step.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude=set(CARRIED_BY_CACAO))
    written["step_extensions"] = {EXTENSION: {"step": step_id, **rest}}
    return written


def _action(step: Step) -> dict[str, Any]:
    role = step.owner or "responder"
    timeout = step.approval.timeout if step.approval else step.timeout
    written: dict[str, Any] = {"commands": [_command(step)], "agent": identifier("group", role)}
    if step.owner:
        written["owner"] = identifier("identity", step.owner)
    if timeout:
        written["timeout"] = parse_duration(timeout) // _MILLISECOND
    return written


def _command(step: Step) -> dict[str, str]:
    if step.approval:
        return {"type": "manual", "command": step.approval.question.en}
    if ACTIONS[str(step.action)].kind == "manual":
        return {"type": "manual", "command": (step.instructions or step.name).en}
    given = " ".join(f"{name}={_as_text(value)}" for name, value in step.inputs.items())
    return {"type": "tocsin", "command": f"{step.action} {given}".strip()}


def _agents(playbook: Playbook) -> dict[str, Any]:
    roles = dict.fromkeys(step.owner or "responder" for step in playbook.workflow.values() if step.action)
    return {identifier("group", role): {"type": "group", "name": role} for role in roles}


def _head(playbook: Playbook) -> dict[str, Any]:
    plain = playbook.model_dump(
        mode="json", by_alias=True, exclude_unset=True, include={"id", "name", "description", *HEAD}
    )
    return {"schema": FORMAT, **plain}


def _definition() -> dict[str, Any]:
    return {
        "type": "extension-definition",
        "name": "Tocsin breach plan",
        "description": "Phases, roles, approvals, clocks, evidence, undo, and every text in Chinese.",
        "created_by": MAKER,
        "schema": f"The keys of {FORMAT}; `tocsin playbook schema` prints them as JSON Schema.",
        "version": "1.0.0",
    }
