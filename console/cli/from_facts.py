"""Answers from a facts file alone, ready for JSON: no database, no engine, no parser of command lines."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.clock import read_moment
from models.errors import InvalidInputError
from models.facts import Facts
from models.facts_reading import read_facts
from regulations.duty import Duty


def facts_from(path: str) -> Facts:
    """Read a facts file, or standard input where `path` is a hyphen; raises InvalidInputError."""
    if path == "-":
        return read_facts(sys.stdin.buffer.read(), where="standard input")
    try:
        return read_facts(Path(path).read_bytes(), where=path)
    except OSError as error:
        raise InvalidInputError(f"The facts file can't be read ({error.strerror}).", where=path) from None


def triage_of(path: str) -> dict[str, Any]:
    """Give the contract's answer to `tocsin triage FACTS --json`."""
    from regulations.triage import triage

    return triage(facts_from(path)).to_json()


def duties_of(path: str, at: str | None, everything: bool) -> tuple[Duty, ...]:
    """Give the duties at the moment `at` (ISO 8601 with offset), now by default; soonest first."""
    from regulations.duties import evaluate_duties

    moment = read_moment(at, "--at") if at else datetime.now(UTC)
    return evaluate_duties(facts_from(path), at=moment, all=everything)
