"""What changed from one version of the facts to the next, fact by fact; pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from models.count import Count
from models.facts import Facts

WHOLE = frozenset({"people.by_place"})  # numbers that only mean something together
BOOKKEEPING = ("schema_", "title", "filed.")  # names of the file, and what we ourselves reported since


def changed_facts(before: Facts, after: Facts) -> tuple[str, ...]:
    """Name the facts (dotted paths) that differ, but for the file's own bookkeeping."""
    return tuple(sorted(path for path in _differences(before, after) if not path.startswith(BOOKKEEPING)))


def _differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    if before == after:
        return
    names = _names(before) | _names(after)
    if not names or path in WHOLE:
        yield path
        return
    for name in names:
        yield from _differences(_part(before, name), _part(after, name), f"{path}.{name}" if path else name)


def _names(value: Any) -> set[str]:
    if isinstance(value, BaseModel) and not isinstance(value, Count):
        return set(type(value).model_fields)
    return set(value) if isinstance(value, Mapping) else set()


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def with_facts(facts: Facts, paths: Iterable[str], source: Facts) -> Facts:
    """Return `facts` with those at `paths` as they are in `source`."""
    for path in paths:
        facts = _replaced(facts, path.split("."), source)
    return facts


def _replaced(value: Any, parts: list[str], source: Any) -> Any:
    if isinstance(value, Mapping) or isinstance(source, Mapping):
        return _replaced_key(dict(value or {}), parts, dict(source or {}))
    name, *rest = parts
    inner = _replaced(getattr(value, name), rest, getattr(source, name)) if rest else getattr(source, name)
    return value.model_copy(update={name: inner})


def _replaced_key(value: dict[str, Any], parts: list[str], source: dict[str, Any]) -> dict[str, Any]:
    """Replace one key, whose name may hold dots; a key that `source` lacks goes."""
    known = value.keys() | source.keys()
    length = next(count for count in range(len(parts), 0, -1) if ".".join(parts[:count]) in known)
    name, rest = ".".join(parts[:length]), parts[length:]
    if rest:
        return {**value, name: _replaced_key(dict(value.get(name) or {}), rest, dict(source.get(name) or {}))}
    kept = {key: old for key, old in value.items() if key != name}
    return {**kept, name: source[name]} if name in source else kept
