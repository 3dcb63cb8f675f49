"""Commands that a program can run: planned, agreed to by a person, run once, looked at; else a person runs them.

CACAO 2.0 (section 5) says what is run but not how it is undone, so that nothing is run before somebody approved it.
"""

import base64
import binascii
import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from playbooks.cacao.conditions import local_name
from playbooks.cacao.readings import slug, text_of

RUNNABLE: Final = frozenset({"http-api", "ssh", "bash", "openc2-http"})
_PEOPLE: Final = frozenset({"group", "individual", "location", "organization", "sector", "security-category"})
_VARIABLE: Final = re.compile(r"\$*(__[A-Za-z_][A-Za-z0-9_-]{0,199}__)\$*:value")
_ADDRESSES: Final = ("dname", "ipv4", "ipv6", "url")
_MOST_TEXT: Final = 20_000
_RACI: Final = {"responsible": ["security"], "accountable": "incident_lead"}
_APPROVE: Final = {
    "en": "Shall a program run the commands of the imported plan on {place}? If not, a person decides what to do.",
    "zh": "是否由程序在 {place} 上执行导入预案中的命令？如否，由人员决定如何处理。",
}
_HAPPENS: Final = {
    "en": "They are run once, exactly as the containment plan shows them.",
    "zh": "按遏制方案所示内容执行一次。",
}
_TOUCHES: Final = {"en": "{place}, and whoever works with it.", "zh": "{place} 及其使用者。"}
_UNDO: Final = {
    "en": "The imported plan does not say; somebody who knows the system has to.",
    "zh": "导入的预案未说明；须由熟悉该系统的人员处理。",
}
_LOOK: Final = {
    "en": "The commands were run on {place}. Look whether they did what they should, and do the rest by hand.",
    "zh": "命令已在 {place} 上执行。请核实是否达到预期，其余由人工完成。",
}
_NAMES: Final = {
    "approve": {"en": "Approve: ", "zh": "批准："},
    "run": {"en": "Run: ", "zh": "执行："},
    "look": {"en": "Look at the result: ", "zh": "核实结果："},
    "by_hand": {"en": "By hand: ", "zh": "人工："},
}


def run_by_program(
    name: str,
    task: Mapping[str, Any],
    step: Mapping[str, Any],
    data: Mapping[str, Any],
    known: Collection[str],
) -> dict[str, Any] | None:
    """Give the steps that have a program run a step's commands, with `task` where none can; None for people's steps.

    `known` are the variables of the plan: a command that names another one is left to people.
    """
    commands, place = _commands(step), _place(step, data)
    if commands is None or place is None:
        return None
    text = json.dumps(commands, ensure_ascii=False, sort_keys=True)
    named = list(dict.fromkeys(_VARIABLE.findall(text)))
    if len(text) > _MOST_TEXT or not {local_name(each) for each in named} <= set(known):
        return None
    connector, target = place
    values = [f"{each.strip('_')}={{{{{local_name(each)}}}}}" for each in named]
    inputs: dict[str, Any] = {"connector": connector, "capability": "run", "target": target, "commands": text}
    if values:
        inputs["values"] = values
    return _chain(name, task, inputs, target)


def _chain(name: str, task: Mapping[str, Any], inputs: Mapping[str, Any], place: str) -> dict[str, Any]:
    flow = {key: task[key] for key in ("on_completion", "on_success", "on_failure") if key in task}
    common = {"type": "action", "phase": "contain", "owner": "responder", "raci": _RACI}
    by_hand = f"{name}_by_hand"
    else_by_hand = {"on_failure": by_hand}
    look = {
        **{key: task[key] for key in ("form", "timeout") if key in task},
        "action": "manual.task",
        "instructions": _put(_LOOK, place),
    }
    return {
        name: {
            **common,
            "name": task["name"],
            "action": "containment.plan",
            "with": dict(inputs),
            "on_success": f"{name}_approve",
            **else_by_hand,
        },
        f"{name}_approve": {
            **common,
            "name": _called("approve", task),
            "action": "approval",
            "owner": "incident_lead",
            "approval": _approval(place),
            "on_success": f"{name}_run",
            **else_by_hand,
        },
        f"{name}_run": {
            **common,
            "name": _called("run", task),
            "action": "containment.execute",
            "with": {"plan": name},
            "undo": {"irreversible": _UNDO},
            "on_success": f"{name}_look",
            **else_by_hand,
        },
        f"{name}_look": {**common, "name": _called("look", task), **look, **flow},
        by_hand: {**task, "name": _called("by_hand", task)},
    }


def _approval(place: str) -> dict[str, Any]:
    return {
        "roles": ["incident_lead"],
        "question": _put(_APPROVE, place),
        "what_happens": _HAPPENS,
        "whom_it_touches": _put(_TOUCHES, place),
        "how_to_undo": _UNDO,
        "timeout": "PT4H",
        "on_timeout": "refuse",
    }


def _put(text: Mapping[str, str], place: str) -> dict[str, str]:
    return {language: words.replace("{place}", place) for language, words in text.items()}


def _called(what: str, task: Mapping[str, Any]) -> dict[str, str]:
    return {language: (before + task["name"][language])[:4000] for language, before in _NAMES[what].items()}


def _commands(step: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Read a step's commands; None unless every one of them can be run by a program."""
    given = step.get("commands")
    if not isinstance(given, list) or not given:
        return None
    found = [_command(each) for each in given]
    return [each for each in found if each] if all(found) else None


def _command(command: Any) -> dict[str, Any] | None:
    if not isinstance(command, dict) or text_of(command.get("type")) not in RUNNABLE:
        return None
    text, content = _text(command, "command"), _text(command, "content")
    headers = command.get("headers", {})
    good = isinstance(headers, dict) and all(
        isinstance(each, list) and all(isinstance(value, str) for value in each) for each in headers.values()
    )
    if not text or not good:
        return None
    return {"type": text_of(command["type"]), "command": text, "headers": headers, "content": content or None}


def _text(command: Mapping[str, Any], key: str) -> str:
    if text_of(command.get(key)):
        return text_of(command.get(key))
    try:
        return base64.b64decode(str(command.get(f"{key}_b64", "")), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _place(step: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[str, str] | None:
    """Name the connector and the target of a step: its one target, else its agent, where that is no person."""
    targets = step.get("targets")
    chosen = targets if isinstance(targets, list) and targets else [step.get("agent")]
    definitions: dict[str, Any] = {}
    for place in ("agent_definitions", "target_definitions"):
        found = data.get(place)
        definitions |= found if isinstance(found, dict) else {}
    definition = definitions.get(chosen[0]) if len(chosen) == 1 and isinstance(chosen[0], str) else None
    if not isinstance(definition, dict) or text_of(definition.get("type")) in _PEOPLE:
        return None
    connector = slug(text_of(definition.get("name")), "-")
    address = _address(definition.get("address"))
    # An address that a variable gives is not known here: where the commands would go, a person decides.
    return (connector, address or connector) if connector and address is not None else None


def _address(address: Any) -> str | None:
    given = address if isinstance(address, dict) else {}
    for kind in _ADDRESSES:
        values = given.get(kind)
        if isinstance(values, list) and values and isinstance(values[0], str):
            return None if "__" in values[0] or len(values) > 1 else values[0]
    return ""
