"""Which words of law a condition uses: conditions with a name in `law/terms.yaml`, shared by many rules."""

from collections.abc import Iterable, Mapping
from typing import Any


def terms_used(conditions: Iterable[Any], terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return the terms that the conditions use, and those that the terms use, by name; unknown names are left out."""
    found: dict[str, Any] = {}
    waiting = [part for part in conditions if part]
    while waiting:
        part = waiting.pop()
        if type(part) is dict:
            name = part.get("term")
            if isinstance(name, str) and name in terms and name not in found:
                found[name] = terms[name]
                waiting.append(terms[name])
            part = part.values()
        waiting += [inner for inner in part if type(inner) in (dict, list)]
    return found
