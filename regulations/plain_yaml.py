"""Read the data files fast and without surprises: text stays text unless it is true, false, null or a number.

PyYAML's own constructor takes three quarters of the time a law set needs, and reads `on` and `NO` as yes and
no. Here only unquoted `true`, `false`, `null` and whole numbers are not text; dates are read by the schema.
"""

import marshal
from typing import Any, Final

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.resolver import BaseResolver

from models.errors import InvalidInputError

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


class Memo:
    """What texts were read as, by the whole text itself: it can miss, but never give another text's reading.

    Each reading is kept as bytes, so that nobody shares a document with anybody else. Empty and closed unless
    somebody opens it: see `console.cli.law_memo`.
    """

    def __init__(self) -> None:
        """Start closed."""
        self.is_open = False
        self.kept: dict[str, bytes] = {}
        self.used: dict[str, bytes] = {}
        self.has_missed = False

    def open(self, kept: dict[str, bytes]) -> None:
        """Answer from `kept`, and note what is used and read."""
        self.is_open, self.kept, self.used, self.has_missed = True, kept, {}, False

    def close(self) -> None:
        """Forget everything."""
        self.is_open, self.kept, self.used = False, {}, {}

    def reading(self, text: str) -> dict[str, Any] | None:
        """Return a fresh copy of what `text` was read as, None when it is not kept."""
        reading = self.kept.get(text)
        if reading is None:
            return None
        self.used[text] = reading
        document: dict[str, Any] = marshal.loads(reading)  # noqa: S302 - made by `learn`
        return document

    def learn(self, text: str, document: dict[str, Any]) -> None:
        """Keep what `text` was read as."""
        self.kept[text] = self.used[text] = marshal.dumps(document)
        self.has_missed = True


MEMO: Final = Memo()


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
    if not MEMO.is_open:
        return _read(text, where, after_line)
    known = MEMO.reading(text)
    if known is None:
        known = _read(text, where, after_line)
        MEMO.learn(text, known)
    return known


def _read(text: str, where: str, after_line: int) -> dict[str, Any]:
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
