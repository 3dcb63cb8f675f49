"""What commands print for people: tables; what they print without one is in `plain`."""

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from console.plain import say, show_json, shown
from models.vocabulary import Language

__all__ = ("As", "AsJson", "say", "show_json", "show_table")

WIDEST: Final = 160  # of a table that is piped or kept in a file
LONGEST_ID: Final = 40
NARROW: Final = 60  # columns of a terminal too narrow for tables

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
As = Annotated[
    str,
    typer.Option(
        "--as", envvar="TOCSIN_STAFF", help="Your staff id, as in the contact tree (tocsin staff list)."
    ),
]


def _terminal_language() -> Language:
    from console.cli.headings import terminal_language  # reads the settings: only where a report is asked for

    return terminal_language()


Lang = Annotated[
    Language,
    typer.Option(
        "--lang", help="en or zh.", default_factory=_terminal_language, show_default="TOCSIN_LANGUAGE"
    ),
]


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table that people read; empty tables say so, and no id is broken over two lines."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from console.cli.headings import heading

    title, columns = heading(title), [heading(column) for column in columns]
    listed = [[_cell(value) for value in row] for row in rows]
    if not listed:
        say(f"{title}: {heading('nothing')}.")
        return
    table = Table(title=Text(title), title_justify="left", header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(Text(column), overflow="fold", no_wrap=_is_word(row[number] for row in listed))
    for row in listed:
        table.add_row(*map(Text, row))
    console = Console(markup=False, highlight=False)
    if console.width < NARROW:
        _show_records(title, columns, listed)
        return
    if not (console.is_terminal or "COLUMNS" in os.environ):
        console.width = WIDEST
        console.width = console.measure(table).maximum
    console.print(table)


def _show_records(title: str, columns: Sequence[str], rows: list[list[str]]) -> None:
    say(title)
    for row in rows:
        say("\n".join(["", *(f"{column}: {cell}" for column, cell in zip(columns, row, strict=True))]))


def _is_word(cells: Iterable[str]) -> bool:
    return all(len(cell) <= LONGEST_ID and " " not in cell for cell in cells)


def _cell(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shown(str(value))
