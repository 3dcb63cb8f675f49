"""Reading YAML that somebody else wrote: bounded, without aliases, every value with its line.

Scalars follow YAML 1.2's core schema, so `yes` and `2026-03-03` stay text. Aliases, duplicate keys, deep
nesting and huge files are refused before anything is built from them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from models.errors import InvalidInputError

MAX_BYTES: Final = 1_000_000
MAX_NODES: Final = 50_000
MAX_DEPTH: Final = 40

_INTEGER: Final = re.compile(r"[-+]?\d{1,18}")
_FLOAT: Final = re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+(\.\d*)?[eE][-+]?\d{1,3})")
_WORDS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_REMEDY: Final = "Mend the file and try again."

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """What a file says, and on which line (from 1) it says it."""

    data: Any
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int:
        """Give the line of a path, or of the nearest thing around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def read_document(text: str, where: str) -> Document:
    """Read one YAML (or JSON) document; raises InvalidInputError that names file and line."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InvalidInputError(
            "The file is too big to be a playbook.",
            where=where,
            expected=f"at most {MAX_BYTES:,} bytes",
            remedy=_REMEDY,
        )
    try:
        _refuse_bombs(text, where)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = _line(error.problem_mark)
        raise refusal(f"This is not YAML: {error.problem}.", where, line) from None
    except (yaml.YAMLError, UnicodeError, ValueError) as error:
        raise refusal(f"This is not readable text: {type(error).__name__}.", where, 1) from None
    if root is None:
        raise refusal("The file is empty.", where, 1)
    lines: dict[Path, int] = {}
    return Document(_build(root, (), lines, where), lines)


def refusal(what: str, where: str, line: int, expected: str = "", remedy: str = _REMEDY) -> InvalidInputError:
    """Name the file and the line of a fault."""
    return InvalidInputError(what, where=f"{where}:{line}", expected=expected, remedy=remedy)


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark is not None else 1


def _refuse_bombs(text: str, where: str) -> None:
    depth = nodes = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = _line(event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise refusal(
                "Anchors and aliases (& and *) are not taken.", where, line, "every value written out"
            )
        opens = isinstance(event, yaml.CollectionStartEvent)
        depth += opens - isinstance(event, yaml.CollectionEndEvent)
        nodes += opens or isinstance(event, yaml.ScalarEvent)
        if depth > MAX_DEPTH:
            raise refusal("The file is nested too deep.", where, line, f"at most {MAX_DEPTH} levels")
        if nodes > MAX_NODES:
            raise refusal("The file has too many values.", where, line, f"at most {MAX_NODES:,}")


def _build(node: yaml.Node, path: Path, lines: dict[Path, int], where: str) -> Any:
    lines.setdefault(path, _line(node.start_mark))
    if isinstance(node, yaml.MappingNode):
        return dict(_entries(node, path, lines, where))
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, index), lines, where) for index, item in enumerate(node.value)]
    if not node.tag.startswith("tag:yaml.org,2002:"):
        raise refusal(
            f"The tag {node.tag[:40]!r} is not taken.", where, _line(node.start_mark), "plain values"
        )
    return _scalar(str(node.value), plain=not getattr(node, "style", None))


def _entries(
    node: yaml.MappingNode, path: Path, lines: dict[Path, int], where: str
) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        line = _line(key_node.start_mark)
        if not isinstance(key_node, yaml.ScalarNode):
            raise refusal("A key must be plain text.", where, line)
        key = str(key_node.value)
        if key in seen:
            raise refusal(f"The key {key!r} is written twice.", where, line, "each key once")
        seen.add(key)
        lines[(*path, key)] = line
        yield key, _build(value_node, (*path, key), lines, where)


def reads_as_text(text: str) -> bool:
    """Tell whether a text may stand in YAML without quotes and still be read as text."""
    return isinstance(_scalar(text, plain=True), str)


def _scalar(text: str, *, plain: bool) -> Any:
    if not plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
