"""`tocsin triage`, `tocsin duties`, `tocsin law`: pure answers from a facts file; no database, no engine."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from console.cli.output import AsJson, say, show_json, show_table
from models.clock import read_moment
from models.errors import InvalidInputError
from models.facts import Facts
from models.facts_reading import read_facts
from regulations.duties import Duty, evaluate_duties

triage_app = typer.Typer(help="Say how bad it is, from a facts file alone.")
duties_app = typer.Typer(help="Say who must be told by when, from a facts file alone.")
law = typer.Typer(no_args_is_help=True, help="List, show and check the rules of law.")
APPS = {"triage": triage_app, "duties": duties_app, "law": law}

FactsFile = Annotated[
    str, typer.Argument(metavar="FACTS", help="A facts file (YAML or JSON), or - for standard input.")
]


def facts_from(path: str) -> Facts:
    """Read a facts file or standard input."""
    if path == "-":
        return read_facts(sys.stdin.buffer.read(), where="standard input")
    try:
        return read_facts(Path(path).read_bytes(), where=path)
    except OSError as error:
        raise InvalidInputError(f"The facts file can't be read ({error.strerror}).", where=path) from None


@triage_app.command()
def triage(facts: FactsFile, as_json: AsJson = False) -> None:
    """Say severity, risk and the three decisions, with reasons and what would change them."""
    from regulations.triage import triage as assess

    answer = assess(facts_from(facts)).to_json()
    if as_json:
        show_json(answer)
        return
    severity = answer["severity"]
    sum_ = "{dpc} x {ei} + {cb} = {score}".format(**severity)
    say(f"Severity {severity['level']} (ENISA 2013: {sum_}).")
    say(f"Risk to people: {answer['risk']}.")
    show_table("Decisions", ("decision", "answer"), answer["decisions"].items())
    show_table(
        "Reasons",
        ("decision", "because", "source"),
        [(r["decision"], r["because"], r["source"]) for r in answer["reasons"]],
    )
    show_table(
        "Unknown, and would change",
        ("fact", "decisions"),
        [(u["fact"], ", ".join(u["would_change"])) for u in answer["unknowns"]],
    )


@duties_app.command()
def duties(
    facts: FactsFile,
    at: Annotated[
        str | None,
        typer.Option("--at", help="The moment to judge from (ISO 8601 with offset); now by default."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also the rules that do not apply, with the reason.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the duties of law, soonest first."""
    moment = read_moment(at, "--at") if at else datetime.now(UTC)
    found = evaluate_duties(facts_from(facts), at=moment, all=everything)
    if as_json:
        show_json([duty.to_json() for duty in found])
        return
    show_table("Duties", ("due", "status", "rule", "to", "citation"), [_row(duty) for duty in found])


def _row(duty: Duty) -> tuple[object, ...]:
    mark = "" if duty.verified else " (source not read)"
    return duty.due_at, duty.status, duty.rule, duty.recipient, f"{duty.citation}{mark}"
