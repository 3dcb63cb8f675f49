"""A report laid out in one language: sections of a few kinds of blocks, which every format can show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Tone = Literal["", "good", "warn", "bad", "muted"]


@dataclass(frozen=True)
class Cell:
    """A piece of text. `notes` are smaller lines under it, `refs` the ledger entries it rests on."""

    text: str
    tone: Tone = ""
    notes: tuple[str, ...] = ()
    refs: str = ""
    mono: bool = False
    badge: bool = False


@dataclass(frozen=True)
class Fact:
    """A label with its value."""

    label: str
    cell: Cell


@dataclass(frozen=True)
class Tile:
    """One figure of the front page."""

    label: str
    value: str
    note: str
    tone: Tone = ""
    refs: str = ""


@dataclass(frozen=True)
class Chart:
    """A drawing: the template that draws it and the geometry it draws. `alt` says it in words."""

    template: str
    width: float
    height: float
    alt: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    cell: Cell
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True)
class Points:
    """Short statements, one under the other."""

    points: tuple[Cell, ...]
    kind: Literal["points"] = "points"


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True)
class Callout:
    """A sentence that must not be overlooked."""

    text: str
    tone: Tone
    refs: str = ""
    kind: Literal["callout"] = "callout"


@dataclass(frozen=True)
class FactList:
    """Labels with values in two columns."""

    facts: tuple[Fact, ...]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True)
class Column:
    """A column's heading, its share of the width, and whether it holds numbers."""

    label: str
    width: int = 10
    number: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under headings; `note` says what was left out, `total` whether the last row sums up."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    total: bool = False
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Picture:
    """A chart with its caption."""

    chart: Chart
    title: str
    caption: str
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True)
class Verbatim:
    """Text to be shown letter by letter, such as a signed note."""

    text: str
    kind: Literal["verbatim"] = "verbatim"


Block = Paragraph | Points | Heading | Callout | FactList | Table | Picture | Verbatim


@dataclass(frozen=True)
class Section:
    """A numbered part of the report."""

    id: str
    title: str
    lead: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A whole report in one language, ready for any format. `mark` is printed on every page of a drill."""

    language: str
    kind: str
    title: str
    subtitle: str
    number: str
    mark: str
    mark_note: str
    facts: tuple[Fact, ...]
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    at: datetime
    contents: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
