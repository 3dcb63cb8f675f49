"""Whether the parts of a CACAO 2.0 document are made of what they should be, as shapes.yaml writes it down."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import yaml

from playbooks.cacao.faults import Fault, pointer
from playbooks.cacao.words import IDENTIFIER, TIMESTAMP

_PLAIN: Final[Mapping[str, tuple[type, str]]] = {
    "text": (str, "text"),
    "flag": (bool, "true or false"),
    "object": (dict, "an object"),
}
_KEYS: Final = ("public_key", "public_cert_chain", "cert_url", "thumbprint")  # a signature names one of these
_ONE_OF: Final = "one of "


def shape_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Find what is of the wrong kind, missing or empty in any part of a document."""
    yield from _part(data, "playbook")


@lru_cache(maxsize=1)
def _parts() -> dict[str, dict[str, str]]:
    text = resources.files("playbooks.cacao").joinpath("shapes.yaml").read_text(encoding="utf-8")
    return {str(part): properties for part, properties in yaml.safe_load(text).items()}


def _part(value: Any, part: str, *path: str | int) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault(pointer(*path), f"{_last(path)} is of the wrong kind.", "an object")
        return
    for name, kind in _parts()[part].items():
        key = name.removesuffix("!")
        if key in value:
            yield from _kind(value[key], kind, *path, key)
        elif name != key:
            yield Fault(pointer(*path, key), f"{key} is missing.", _said(kind))
    if part == "signature" and len(value.keys() & set(_KEYS)) != 1:
        yield Fault(pointer(*path), "The signature does not name one key.", " or ".join(_KEYS))


def _kind(value: Any, kind: str, *path: str | int) -> Iterator[Fault]:
    wrong = Fault(pointer(*path), f"{_last(path)} is of the wrong kind.", _said(kind))
    many, _, inner = kind.partition(" ")
    if kind.startswith(_ONE_OF):
        if value not in kind.removeprefix(_ONE_OF).split("|"):
            yield Fault(wrong.pointer, f"{str(value)[:60]!r} is no {_last(path)}.", wrong.expected)
    elif many in {"list", "filled"}:
        yield from _list(value, inner, wrong, *path, filled=many == "filled")
    elif many in {"map", "known", "some", "extensions"}:
        yield from _map(value, kind, wrong, *path)
    elif kind in _parts():
        yield from _part(value, kind, *path)
    elif not _is_plain(value, kind):
        yield wrong


def _is_plain(value: Any, kind: str) -> bool:
    if kind == "whole":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind in {"id", "moment"}:
        pattern = IDENTIFIER if kind == "id" else TIMESTAMP
        return isinstance(value, str) and pattern.fullmatch(value) is not None
    return isinstance(value, _PLAIN[kind][0])


def _list(value: Any, inner: str, wrong: Fault, *path: str | int, filled: bool) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield wrong
    elif filled and not value:
        yield Fault(wrong.pointer, f"{_last(path)} is empty.", wrong.expected)
    else:
        for index, one in enumerate(value):
            yield from _kind(one, inner, *path, index)


def _map(value: Any, kind: str, wrong: Fault, *path: str | int) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield wrong
        return
    many, _, inner = kind.partition(" ")
    if many in {"some", "extensions"} and not value:
        yield Fault(wrong.pointer, f"{_last(path)} is empty.", wrong.expected)
    for key, one in value.items():
        yield from _kind(one, inner or "object", *path, key)
        special = key.partition("--")[0]
        if many in {"some", "known"} and special in _parts() and isinstance(one, dict):
            yield from _part(one, special, *path, key)


def _last(path: tuple[str | int, ...]) -> str:
    """Name a place in a sentence: the property, also where the place is an entry of it."""
    return next((part[:80] for part in reversed(path) if isinstance(part, str)), "The document")


def _said(kind: str) -> str:
    many = kind.partition(" ")[0]
    if kind.startswith(_ONE_OF):
        return " or ".join(kind.removeprefix(_ONE_OF).split("|")[:8])
    if many in {"list", "filled"}:
        return "a list that is not empty" if many == "filled" else "a list"
    if many in {"some", "extensions"}:
        return "an object that is not empty"
    words = {
        "id": "type--UUID",
        "moment": "a moment like 2026-03-03T09:00:00.000Z",
        "whole": "a whole number",
    }
    return words.get(kind) or (_PLAIN[kind][1] if kind in _PLAIN else "an object")
