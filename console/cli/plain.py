"""What every command prints without a table: one line, one JSON document, one clear message for an error.

Apart from `output`, so that an answer from a facts file alone does not pay for the command line's parser.
"""

import json
import sys
from datetime import datetime
from typing import Any

from models.clock import iso_utc
from models.errors import TocsinError


def say(text: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{text}\n")


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
    import os
    import tempfile
    import traceback

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
