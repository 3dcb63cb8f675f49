"""What commands print for people: tables; what they print without one is in `plain`."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from console.cli.plain import say, show_error, show_fault, show_json

__all__ = ("As", "AsJson", "say", "show_error", "show_fault", "show_json", "show_table")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
As = Annotated[
    str,
    typer.Option(
        "--as", envvar="TOCSIN_STAFF", help="Your staff id, as in the contact tree (tocsin staff list)."
    ),
]


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table that people read; empty tables say so."""
    from rich.console import Console
    from rich.table import Table

    listed = [[_cell(value) for value in row] for row in rows]
    if not listed:
        sys.stdout.write(f"{title}: nothing.\n")
        return
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in listed:
        table.add_row(*row)
    Console().print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
