"""What others wrote as commands and variables, as a task for a person and variables of ours."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from playbooks.cacao.conditions import local_name
from playbooks.cacao.readings import both, text_of
from playbooks.condition import names_in

_PHASES: Final = {
    "notification": "notify",
    "detection": "detect",
    "investigation": "triage",
    "remediation": "eradicate",
    "prevention": "learn",
}
_TYPES: Final = {
    "integer": "integer",
    "long": "integer",
    "float": "number",
    "bool": "boolean",
    "dictionary": "list",
}
_MOST_SECONDS: Final = 99_999_999


def task_of(step: Mapping[str, Any], name: str, phase: str, notes: list[str]) -> dict[str, Any]:
    """Give the keys of a manual task, without its name and flow; `notes` says what was read differently."""
    made: dict[str, Any] = {
        "phase": phase,
        "action": "manual.task",
        "instructions": both(_instructions(step, name, notes)),
        "owner": "responder",
        "raci": {"responsible": ["security"], "accountable": "incident_lead"},
    }
    timeout = step.get("timeout")
    if isinstance(timeout, int) and not isinstance(timeout, bool) and timeout > 0:
        made["timeout"] = f"PT{min(-(-timeout // 1000), _MOST_SECONDS)}S"
    form = _form(step)
    return {**made, "form": form} if form else made


def phase_of(playbook_types: Any) -> str:
    """Choose the phase a playbook's types speak of; containment when they speak of none."""
    kinds = playbook_types if isinstance(playbook_types, list) else []
    return next((_PHASES[kind] for kind in kinds if isinstance(kind, str) and kind in _PHASES), "contain")


def variables_of(parts: Iterable[Mapping[str, Any]], steps: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Collect the variables that the document defines, and those its conditions read all the same."""
    made: dict[str, Any] = {}
    for part in parts:
        for key in ("playbook_variables", "step_variables"):
            given = part.get(key)
            for name, variable in given.items() if isinstance(given, dict) else ():
                made.setdefault(local_name(name), _variable(variable))
    for step in steps:
        for text in (step.get("condition"), step.get("switch")):
            for name in names_in(text) if text else ():
                if not name.startswith(("facts.", "signal.")):
                    made.setdefault(name, {"type": "string", "default": ""})
    return made


def _instructions(step: Mapping[str, Any], name: str, notes: list[str]) -> str:
    parts = [text_of(step.get("description"))]
    if step.get("type") == "playbook-action":
        parts.append(f"Run the playbook {text_of(step.get('playbook_id'))}.")
        notes.append(f"{name}: the called playbook is not part of the document; a person runs it.")
    commands = step.get("commands")
    given = commands if isinstance(commands, list) else []
    parts += [_command(command, name, notes) for command in given if isinstance(command, dict)]
    return "\n".join(part for part in parts if part)[:4000].strip() or name


def _command(command: Mapping[str, Any], name: str, notes: list[str]) -> str:
    kind, text = text_of(command.get("type")), text_of(command.get("command"))
    if not text and "command_b64" in command:
        text = f"(base64) {text_of(command.get('command_b64'))}"
    if kind == "manual":
        return text
    notes.append(f"{name}: the {kind or 'unnamed'} command becomes a task for a person.")
    return f"{kind}: {text}"


def _form(step: Mapping[str, Any]) -> dict[str, Any]:
    given = step.get("out_args")
    names = [local_name(name) for name in given if isinstance(name, str)] if isinstance(given, list) else []
    return {name: {"type": "string", "question": both(f"What is {name}?")} for name in dict.fromkeys(names)}


def _variable(variable: Any) -> dict[str, Any]:
    given = variable if isinstance(variable, dict) else {}
    value = given.get("value")
    default = value if isinstance(value, str) else ""
    return {"type": _TYPES.get(str(given.get("type")), "string"), "default": default}
