"""What is wrong with a document of others, each fault with its place (JSON Pointer, RFC 6901)."""

import json
from dataclasses import dataclass
from typing import Any, Final

MAX_BYTES: Final = 5_000_000
MAX_DEPTH: Final = 60
MAX_STEPS: Final = 500


@dataclass(frozen=True, order=True)
class Fault:
    """One fault: where, what is wrong, and what would be right."""

    pointer: str
    what: str
    expected: str = ""
    line: int = 0  # of the text; 0 where nobody looked it up

    def __str__(self) -> str:
        at = f" (line {self.line})" if self.line else ""
        said = f"{self.pointer or '/'}{at}: {self.what}"
        return f"{said} Expected {self.expected}." if self.expected else said


def pointer(*parts: str | int) -> str:
    """Write a JSON Pointer."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def read_json(text: str) -> tuple[Any, list[Fault]]:
    """Read JSON that somebody else wrote; what cannot be read comes back as a fault, never as a crash."""
    if len(text) > MAX_BYTES:
        return None, [Fault("", "The document is too big.", f"at most {MAX_BYTES:,} characters")]
    faults: list[Fault] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in found]
        faults.extend(
            Fault("", f"The key {key[:60]!r} is written twice.") for key in set(keys) if keys.count(key) > 1
        )
        return dict(found)

    def constant(name: str) -> None:
        faults.append(Fault("", f"{name} is not JSON."))

    try:
        text.encode("utf-8")
        data = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return None, [Fault("", "The document holds half of a surrogate pair.", "whole characters")]
    except RecursionError:
        return None, [Fault("", "The document is nested too deep.", f"at most {MAX_DEPTH} levels")]
    except ValueError as error:
        line = getattr(error, "lineno", None)
        place = f" (line {line})" if line else ""
        return None, [Fault("", f"This is not JSON{place}.", "a CACAO 2.0 playbook as JSON")]
    if _depth(data) > MAX_DEPTH:
        return None, [Fault("", "The document is nested too deep.", f"at most {MAX_DEPTH} levels")]
    return data, sorted(set(faults))


def _depth(data: Any) -> int:
    deepest, waiting = 0, [(data, 1)]
    while waiting:
        value, depth = waiting.pop()
        deepest = max(deepest, depth)
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        waiting.extend((item, depth + 1) for item in inner)
    return deepest
