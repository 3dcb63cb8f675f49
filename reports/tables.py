"""Tables of a document, all laid out one way: headings by their labels, and a note where a long one is cut."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reports.document import Cell, Column, Table
from reports.words import Words

MOST_ROWS = 200


class Head(NamedTuple):
    """A column by the label of its heading ("" for none), its share of the width, and whether it holds numbers."""

    label: str
    width: int
    number: bool = False


def table_of(
    words: Words,
    caption: str,
    heads: Sequence[Head],
    rows: Iterable[tuple[Cell, ...]],
    most: int = MOST_ROWS,
) -> Table:
    """Lay out rows under headings; `caption` is a label too."""
    columns = tuple(Column(words.say(each.label) if each.label else "", *each[1:]) for each in heads)
    return cut_table(words, words.say(caption), columns, rows, most)


def cut_table(
    words: Words,
    caption: str,
    columns: tuple[Column, ...],
    rows: Iterable[tuple[Cell, ...]],
    most: int = MOST_ROWS,
) -> Table:
    """Lay out rows, cutting a long table with a note of how many there are."""
    every = tuple(rows)
    note = ""
    if len(every) > most:
        note = words.say("document.cut_note", shown=words.number(most), total=words.number(len(every)))
    return Table(caption, columns, every[:most], note)
