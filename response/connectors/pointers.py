"""JSON pointers (RFC 6901), with one word more: `[id=7]` picks the first item of a list whose `id` is 7."""

from collections.abc import Mapping
from typing import Any

from response.connectors.contract import same
from response.connectors.parts import filled

__all__ = ("at_pointer", "restored", "same")


def at_pointer(document: Any, pointer: str, values: Mapping[str, str] | None = None) -> Any:
    """Give the value at a JSON pointer, None where there is nothing; `{name}` in a part is filled in."""
    value = document
    for part in pointer.split("/")[1:]:
        name = filled(part.replace("~1", "/").replace("~0", "~"), values or {})
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.startswith("[") and "=" in name:
            field, _, wanted = name[1:].removesuffix("]").partition("=")
            value = next(
                (each for each in value if isinstance(each, dict) and each.get(field) == wanted), None
            )
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


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
