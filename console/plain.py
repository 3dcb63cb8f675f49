"""What every command prints without a table: one line, one JSON document, one clear message for an error.

Apart from `output`, so that an answer from a facts file alone does not pay for the command line's parser.
"""

import json
import os
import re
import sys
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final

from models.clock import iso_utc
from models.errors import TocsinError, UsageError

# What is no text on a terminal: control characters, which would steer it; marks that turn the direction of
# reading, which would show another text than is there; halves of characters, from names that are not UTF-8.
NOT_SHOWN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
NOT_TAKEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
LONGEST_WORD: Final = 400
TOO_LONG: Final = re.compile(rf"\S{{{LONGEST_WORD},}}")


def shown(text: str) -> str:
    """Write out what a terminal would not show as it is; what others sent can't steer it."""
    return NOT_SHOWN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def say(text: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{shown(text)}\n")


def counted(number: int, thing: str) -> str:
    """Write a number of things: "1 fault", "2 faults"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def show_json(document: Any) -> None:
    """Print a document for a program; moments are RFC 3339 in UTC. A terminal that is not UTF-8 gets escapes."""
    ascii_only = (sys.stdout.encoding or "utf-8").lower().replace("-", "") != "utf8"
    sys.stdout.write(json.dumps(document, ensure_ascii=ascii_only, indent=2, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso_utc(value)
    return str(value)


def show_error(error: TocsinError, *, as_json: bool) -> None:
    """Print what happened, where, what was expected and what to do; as JSON when `--json` was asked."""
    parts = {"error": error.what, "where": error.where, "expected": error.expected, "remedy": error.remedy}
    told = {name: _shortened(text) for name, text in parts.items() if text}
    if as_json:
        show_json(told)
        return
    lines = [f"  {name}: {text}" for name, text in told.items() if name != "error"]
    sys.stderr.write(shown("\n".join([f"tocsin: {told['error']}", *lines])) + "\n")


def _shortened(text: str) -> str:
    return TOO_LONG.sub(lambda found: f"{found[0][:80]}… ({len(found[0]):,} characters)", text)


def check_arguments(arguments: list[str]) -> None:
    """Refuse arguments that are no text, before anything could keep them.

    Raises:
        UsageError: one holds control characters, or bytes that are not UTF-8.
    """
    for number, argument in enumerate(arguments, 1):
        if NOT_TAKEN.search(argument):
            raise UsageError(
                "An argument is not text.",
                where=f"argument {number}: {argument}",
                expected="UTF-8 without control characters",
                remedy="Write it anew, or rename the file it names.",
            )


def ready_streams() -> None:
    """Let no character be a reason to fail: what a stream can't write is escaped, a closed one is passed over."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - until the end
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def give_up_output() -> None:
    """Let nothing more be written to a reader that went away, such as `head`, also at Python's own end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
