"""Read the data files fast and without surprises: text stays text unless it is true, false, null or a number.

PyYAML's own constructor takes three quarters of the time a law set needs, and reads `on` and `NO` as yes and
no. Here only unquoted `true`, `false`, `null` and whole numbers are not text; dates are read by the schema.
"""

import marshal
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.resolver import BaseResolver

from models.errors import InvalidInputError

READINGS = "law.readings"
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


class _Composer(CParser, BaseResolver):
    """LibYAML's composer without guessing of types."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        BaseResolver.__init__(self)

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        """Leave types alone."""
        del kind, value, implicit
        return ""

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Nothing depends on where a node stands."""

    def ascend_resolver(self) -> None:
        """Nothing depends on where a node stands."""


def read_plain(text: str, where: str, after_line: int = 0) -> dict[str, Any]:
    """Return the document in `text`; raises InvalidInputError naming `where` and the line.

    `after_line` is the number of lines that stand before `text` in its file.
    """
    kept = kept_readings().get(digest_of(text))
    if kept is None:
        return parse_plain(text, where, after_line)
    document: dict[str, Any] = marshal.loads(kept)  # noqa: S302 - a part of this installation, as its code is
    return document


@cache
def kept_readings() -> Mapping[bytes, bytes]:
    """Return what the texts that came with Tocsin read as, by their digest; see `regulations.readings`."""
    try:
        return readings_in(files("regulations").joinpath(READINGS).read_bytes())
    except OSError:
        return {}


def readings_in(whole: bytes) -> Mapping[bytes, bytes]:
    """Return the readings in a file, none where it is damaged or another reader made it.

    Each is found by its whole text: a reading can be missing, never out of date.
    """
    stamp = reader_stamp()
    if not whole.startswith(stamp):
        return {}
    try:
        found: dict[bytes, bytes] = marshal.loads(memoryview(whole)[len(stamp) :])  # noqa: S302
    except (EOFError, ValueError, TypeError):
        return {}
    return found


def reader_stamp() -> bytes:
    """Return what a reading depends on beside its text: this module, and the form it is kept in."""
    source = files("regulations").joinpath("plain_yaml.py").read_bytes()
    return sha256(b"%d %s" % (marshal.version, source)).digest()


def digest_of(text: str) -> bytes:
    """Return the SHA-256 under which the reading of `text` is kept."""
    return sha256(text.encode()).digest()


def parse_plain(text: str, where: str, after_line: int = 0) -> dict[str, Any]:
    """Read the document in `text` itself, as `read_plain` does where nothing is kept."""
    composer = _Composer(text)
    try:
        root = composer.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = after_line + (error.problem_mark.line + 1 if error.problem_mark else 1)
        raise InvalidInputError(
            f"Not readable as YAML: {error.problem}.", where=f"{where}, line {line}"
        ) from None
    except yaml.YAMLError as error:
        raise InvalidInputError(f"Not readable as YAML: {error}.", where=where) from None
    if not isinstance(root, yaml.MappingNode):
        raise InvalidInputError("The file is not a document with keys.", where=where)
    return _mapping(root, where)


def _mapping(node: yaml.MappingNode, where: str) -> dict[str, Any]:
    found = {key.value: _value(value, where) for key, value in node.value}
    if len(found) < len(node.value):
        line = node.start_mark.line + 1
        raise InvalidInputError("A key is given twice.", where=f"{where}, line {line}")
    return found


def _value(node: Any, where: str) -> Any:
    kind = type(node)
    if kind is yaml.ScalarNode:
        value = node.value
        if node.style:  # quoted, or a block of text
            return value
        if value in _WORDS:
            return _WORDS[value]
        return int(value) if value.isdigit() and (value == "0" or value[0] != "0") else value
    if kind is yaml.MappingNode:
        return _mapping(node, where)
    return [_value(child, where) for child in node.value]
