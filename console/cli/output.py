"""What commands print: tables for people, one JSON document for programs, one clear message for errors."""

import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from models.clock import iso_utc
from models.errors import TocsinError

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def show_json(document: Any) -> None:
    """Print a document for a program; moments are RFC 3339 in UTC."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso_utc(value)
    return str(value)


def show_error(error: TocsinError) -> None:
    """Print what happened, where, what was expected and what to do; as JSON when `--json` was asked."""
    parts = {"error": error.what, "where": error.where, "expected": error.expected, "remedy": error.remedy}
    if "--json" in sys.argv:
        show_json({key: value for key, value in parts.items() if value})
        return
    lines = [f"tocsin: {error.what}"]
    lines += [f"  {name}: {text}" for name, text in list(parts.items())[1:] if text]
    sys.stderr.write("\n".join(lines) + "\n")


def show_fault(error: Exception) -> None:
    """Tell of a fault of Tocsin's own in one message; the details go to a file that only its owner can read."""
    handle, path = tempfile.mkstemp(prefix="tocsin-fault-", suffix=".txt")
    with os.fdopen(handle, "w") as file:
        traceback.print_exception(error, file=file)
    show_error(
        TocsinError(
            f"Tocsin met a fault of its own ({type(error).__name__}).",
            where=path,
            remedy="What was committed stays. Please report the fault with that file, after reading it for names.",
        )
    )


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


def say(text: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{text}\n")
