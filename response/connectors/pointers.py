"""JSON pointers (RFC 6901): reading a place of a document and putting kept parts back at their places."""

import json
from collections.abc import Mapping
from typing import Any


def at_pointer(document: Any, pointer: str) -> Any:
    """Give the value at a JSON pointer (RFC 6901), None where there is nothing."""
    value = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def same(found: Any, wanted: Any) -> bool:
    """Compare JSON values; true is not 1."""
    return json.dumps(found, sort_keys=True) == json.dumps(wanted, sort_keys=True)


def restored(before: Mapping[str, Any]) -> Any:
    """Build the body that puts kept parts back at their places."""
    document: dict[str, Any] = {}
    for pointer, value in before.items():
        if pointer == "":
            return value
        *sections, name = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
        place = document
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return document
