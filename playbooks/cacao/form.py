"""Whether a document has the form CACAO 2.0 asks for, property by property."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from playbooks.cacao.faults import MAX_STEPS, Fault, pointer
from playbooks.cacao.words import IDENTIFIER, SPEC_VERSION, STEP_TYPES, TIMESTAMP, VARIABLE

_TEXT: Final = (str, "text")
_HEAD: Final[Mapping[str, tuple[type | tuple[type, ...], str]]] = {
    "name": _TEXT,
    "workflow": (dict, "an object of steps"),
}
_NEXT: Final = ("on_completion", "on_success", "on_failure", "on_true", "on_false")
_NEEDS: Final[Mapping[str, Mapping[str, type]]] = {
    "action": {"commands": list, "agent": str},
    "parallel": {"next_steps": list},
    "if-condition": {"condition": str, "on_true": str},
    "while-condition": {"condition": str, "on_true": str},
    "switch-condition": {"switch": str, "cases": dict},
}
_SAID: Final[Mapping[type, str]] = {str: "text", list: "a list", dict: "an object"}


def form_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Find what is missing, of the wrong kind, or not of the promised pattern."""
    if data.get("type") != "playbook":
        yield Fault("/type", "This is not a playbook.", "`playbook`")
    if data.get("spec_version") != SPEC_VERSION:
        yield Fault(
            "/spec_version", f"The version {str(data.get('spec_version'))[:40]!r} is not taken.", SPEC_VERSION
        )
    for key, (kind, said) in _HEAD.items():
        if not isinstance(data.get(key), kind):
            yield Fault(pointer(key), f"{key} is missing or of the wrong kind.", said)
    for key in ("id", "created_by", "workflow_start"):
        yield from _identifier(data.get(key), key)
    if "workflow_exception" in data:
        yield from _identifier(data["workflow_exception"], "workflow_exception")
    for key in ("created", "modified", "valid_from", "valid_until"):
        if key in data or key in {"created", "modified"}:
            yield from _moment(data.get(key), key)
    yield from _grades(data)
    yield from _variables(data.get("playbook_variables"), "playbook_variables")
    workflow = data.get("workflow")
    if isinstance(workflow, dict):
        yield from _steps(workflow)


def _identifier(value: Any, *path: str | int) -> Iterator[Fault]:
    if not isinstance(value, str) or not IDENTIFIER.fullmatch(value):
        yield Fault(pointer(*path), f"{str(value)[:80]!r} is not an identifier.", "type--UUID")


def _moment(value: Any, key: str) -> Iterator[Fault]:
    if not isinstance(value, str) or not TIMESTAMP.fullmatch(value):
        yield Fault(
            pointer(key), f"{str(value)[:40]!r} is not a timestamp.", "a moment like 2026-03-03T09:00:00.000Z"
        )


def _grades(data: Mapping[str, Any]) -> Iterator[Fault]:
    for key in ("priority", "severity", "impact"):
        value = data.get(key, 0)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 100:  # noqa: PLR2004
            yield Fault(pointer(key), f"{key} is {str(value)[:40]!r}.", "a whole number from 0 to 100")


def _variables(variables: Any, *path: str) -> Iterator[Fault]:
    if not isinstance(variables, dict):
        return
    for name, variable in variables.items():
        if not VARIABLE.fullmatch(name):
            yield Fault(
                pointer(*path, name), f"{name[:80]!r} is not a variable's name.", "a name like __name__"
            )
        if not isinstance(variable, dict) or not isinstance(variable.get("type"), str):
            yield Fault(pointer(*path, name, "type"), "The variable has no type.", "an object with a type")
        elif not isinstance(variable.get("value"), str | None):
            yield Fault(pointer(*path, name, "value"), "A variable's value is text.", "text or null")


def _steps(workflow: Mapping[str, Any]) -> Iterator[Fault]:
    if len(workflow) > MAX_STEPS:
        yield Fault("/workflow", f"There are {len(workflow)} steps.", f"at most {MAX_STEPS}")
        return
    for step_id, step in workflow.items():
        here = ("workflow", step_id)
        if not isinstance(step, dict):
            yield Fault(pointer(*here), "The step is not an object.", "an object")
            continue
        kind = step.get("type")
        if kind not in STEP_TYPES:
            yield Fault(
                pointer(*here, "type"),
                f"The step type {str(kind)[:40]!r} is not known.",
                ", ".join(STEP_TYPES),
            )
            continue
        if not IDENTIFIER.fullmatch(step_id) or not step_id.startswith(f"{kind}--"):
            yield Fault(pointer(*here), f"The step's id does not fit its type {kind}.", f"{kind}--UUID")
        yield from _step(step, str(kind), step_id)


def _step(step: Mapping[str, Any], kind: str, step_id: str) -> Iterator[Fault]:
    here = ("workflow", step_id)
    for key, wanted in _NEEDS.get(kind, {}).items():
        if not isinstance(step.get(key), wanted):
            what = "of the wrong kind" if key in step else "missing"
            yield Fault(pointer(*here, key), f"{key} is {what}.", _SAID[wanted])
    for key in ("name", "description", "condition", "switch"):
        if key in step and not isinstance(step[key], str) and key not in _NEEDS.get(kind, {}):
            yield Fault(pointer(*here, key), f"{key} is of the wrong kind.", "text")
    for key in ("timeout", "delay"):
        value = step.get(key, 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            yield Fault(
                pointer(*here, key), f"{key} is {str(value)[:40]!r}.", "milliseconds as a whole number"
            )
    for key in _NEXT:
        if key in step:
            yield from _identifier(step[key], *here, key)
    yield from _ways(step, kind, step_id)
    yield from _commands(step.get("commands"), step_id)
    yield from _variables(step.get("step_variables"), *here, "step_variables")


def _ways(step: Mapping[str, Any], kind: str, step_id: str) -> Iterator[Fault]:
    here = ("workflow", step_id)
    given = {key for key in ("on_completion", "on_success", "on_failure") if key in step}
    if kind == "end" and given:
        yield Fault(pointer(*here), f"An end leads on by {', '.join(sorted(given))}.", "no next step")
    if kind != "end" and not given & {"on_completion", "on_success"}:
        yield Fault(pointer(*here), "The step leads nowhere.", "on_completion, or on_success")
    if "on_completion" in given and len(given) > 1:
        yield Fault(
            pointer(*here), "on_completion stands beside on_success or on_failure.", "one or the other"
        )
    if kind == "start" and given - {"on_completion"}:
        yield Fault(pointer(*here), "A start leads on by on_completion only.", "on_completion")
    branches = step.get("next_steps")
    if kind == "parallel" and isinstance(branches, list):
        if len(branches) < 2:  # noqa: PLR2004
            yield Fault(
                pointer(*here, "next_steps"), "A parallel step has fewer than two branches.", "two or more"
            )
        for index, target in enumerate(branches):
            yield from _identifier(target, *here, "next_steps", index)
    cases = step.get("cases")
    if kind == "switch-condition" and isinstance(cases, dict):
        for case, target in cases.items():
            yield from _identifier(target, *here, "cases", case)


def _commands(commands: Any, step_id: str) -> Iterator[Fault]:
    if not isinstance(commands, list):
        return
    here = ("workflow", step_id, "commands")
    if not commands:
        yield Fault(pointer(*here), "There is no command.", "one or more")
    for index, command in enumerate(commands):
        if not isinstance(command, dict) or not isinstance(command.get("type"), str):
            yield Fault(pointer(*here, index, "type"), "The command has no type.", "an object with a type")
