"""The playbook format as JSON Schema (2020-12), for editors that complete and check while one types."""

from typing import Any, Final

from playbooks.catalogue import ACTIONS
from playbooks.schema import ALLOWED_KEYS, COMMON_KEYS, FORMAT, REQUIRED_KEYS, Playbook, Step
from playbooks.words import StepType

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Describe the format: words, nearest lists, and which keys a step of each type may carry."""
    schema = Playbook.model_json_schema(by_alias=True)
    step = schema["$defs"]["Step"]
    step["properties"]["action"] = {
        "enum": list(ACTIONS),
        "description": "What the step does; see the action catalogue.",
    }
    step["allOf"] = [_keys_of(kind) for kind in REQUIRED_KEYS]
    return {
        "$schema": _DIALECT,
        "$id": f"urn:{FORMAT.replace('/', ':')}",
        **schema,
        "title": "Tocsin playbook",
    }


def _keys_of(kind: StepType) -> dict[str, Any]:
    allowed = COMMON_KEYS | ALLOWED_KEYS[kind]
    barred = {_written(key): False for key in Step.model_fields if key not in allowed}
    return {
        "if": {"properties": {"type": {"const": kind}}},
        "then": {"required": [_written(key) for key in REQUIRED_KEYS[kind]], "properties": barred},
    }


def _written(key: str) -> str:
    return Step.model_fields[key].alias or key
