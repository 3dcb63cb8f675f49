"""Whether the agents, targets, references and extensions a document defines have the form CACAO 2.0 asks for."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from playbooks.cacao.faults import Fault, pointer
from playbooks.cacao.words import IDENTIFIER

_PLACES: Final = ("agent_definitions", "target_definitions")
_KINDS: Final = ("group", "individual", "location", "organization", "sector", "http-api", "linux", "net-address",
                 "security-category", "ssh")  # fmt: skip
_NEEDS: Final = {"sector": "sector", "security-category": "category"}
_ADDRESS: Final[Mapping[str, re.Pattern[str]]] = {
    "ipv4": re.compile(r"\b(25[0-5]|2[0-4]\d|[01]?\d?\d)(\.(25[0-5]|2[0-4]\d|[01]?\d\d?)){3}$"),
    "ipv6": re.compile(r"[0-9a-fA-F]{0,4}:[0-9a-fA-F:.%a-z]*$"),
    "l2mac": re.compile(r"^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$"),
    "url": re.compile(r"[A-Za-z0-9@:%._+~#=/-]{2,}\.[a-z]{2,6}\b"),
    "dname": re.compile(r""),
}
_MOST_VLAN: Final = 4095
_EXTENSION: Final = ("name", "created_by", "schema", "version")


def definition_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Find definitions without a type or a name, of another type than their id says, or with a wrong address."""
    for place in _PLACES:
        found = data.get(place)
        for key, definition in found.items() if isinstance(found, dict) else ():
            yield from _definition(definition, place, key)
    extensions = data.get("extension_definitions")
    for key, extension in extensions.items() if isinstance(extensions, dict) else ():
        yield from _extension(extension, key)


def _definition(definition: Any, place: str, key: str) -> Iterator[Fault]:
    if not isinstance(definition, dict):
        yield Fault(pointer(place, key), "The definition is not an object.", "an object")
        return
    kind, prefix = definition.get("type"), key.partition("--")[0]
    if not IDENTIFIER.fullmatch(key):
        yield Fault(pointer(place, key), f"{key[:80]!r} is not an identifier.", "type--UUID")
    if not isinstance(kind, str):
        yield Fault(pointer(place, key, "type"), "The definition has no type.", " or ".join(_KINDS))
    elif prefix in _KINDS and kind != prefix:
        yield Fault(pointer(place, key, "type"), f"The type {kind[:40]} does not fit the id.", prefix)
    if not isinstance(definition.get("name"), str):
        yield Fault(pointer(place, key, "name"), "The definition has no name.", "text")
    needed = _NEEDS.get(str(kind))
    if needed and needed not in definition:
        yield Fault(pointer(place, key, needed), f"A {kind} needs {needed}.", needed)
    for word in ("port", "description"):
        if not isinstance(definition.get(word, ""), str):
            yield Fault(pointer(place, key, word), f"{word} is of the wrong kind.", "text")
    if "address" in definition:
        yield from _addresses(definition["address"], place, key)


def _addresses(address: Any, place: str, key: str) -> Iterator[Fault]:
    if not isinstance(address, dict):
        yield Fault(pointer(place, key, "address"), "The address is not an object.", "an object of lists")
        return
    for kind, values in address.items():
        here = (place, key, "address", kind)
        if not isinstance(values, list):
            yield Fault(pointer(*here), "The address is not a list.", "a list")
            continue
        for index, value in enumerate(values):
            if not _is_address(kind, value):
                yield Fault(pointer(*here, index), f"{str(value)[:60]!r} is no {kind} address.", kind)


def _is_address(kind: str, value: Any) -> bool:
    if kind == "vlan":
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_VLAN
    pattern = _ADDRESS.get(kind)
    return pattern is None or (isinstance(value, str) and pattern.search(value[:2000]) is not None)


def _extension(extension: Any, key: str) -> Iterator[Fault]:
    here = ("extension_definitions", key)
    if not isinstance(extension, dict) or extension.get("type") != "extension-definition":
        yield Fault(pointer(*here, "type"), "This is not an extension's definition.", "extension-definition")
        return
    for word in _EXTENSION:
        if not isinstance(extension.get(word), str):
            yield Fault(pointer(*here, word), f"{word} is missing or of the wrong kind.", "text")
