"""Answers from a facts file alone, ready for JSON: no database, no engine, no parser of command lines."""

from datetime import UTC, datetime
from typing import Any

from console.reading import read_file
from models.clock import read_moment
from models.facts import Facts
from models.facts_reading import read_facts
from regulations.duty import Duty


def facts_from(path: str) -> Facts:
    """Read a facts file, or standard input where `path` is a hyphen; raises InvalidInputError."""
    return read_facts(read_file(path, "facts file"), where="standard input" if path == "-" else path)


def triage_of(path: str) -> dict[str, Any]:
    """Give the contract's answer to `tocsin triage FACTS --json`."""
    from regulations.triage import triage

    return triage(facts_from(path)).to_json()


def duties_of(path: str, at: str | None, everything: bool) -> tuple[Duty, ...]:
    """Give the duties at the moment `at` (ISO 8601 with offset), now by default; soonest first."""
    from regulations.duties import evaluate_duties

    moment = read_moment(at, "--at") if at else datetime.now(UTC)
    return evaluate_duties(facts_from(path), at=moment, all=everything)
