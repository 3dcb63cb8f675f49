"""`tocsin triage` and `tocsin duties`: pure answers from a facts file; no database, no engine."""

from typing import Annotated

import typer

from console.cli.from_facts import duties_of, triage_of
from console.cli.output import AsJson, say, show_json, show_table
from regulations.duty import Duty

triage_app = typer.Typer(add_completion=False, help="Say how bad it is, from a facts file alone.")
duties_app = typer.Typer(add_completion=False, help="Say who must be told by when, from a facts file alone.")
APPS = {"triage": triage_app, "duties": duties_app}

FactsFile = Annotated[
    str, typer.Argument(metavar="FACTS", help="A facts file (YAML or JSON), or - for standard input.")
]


@triage_app.command()
def triage(facts: FactsFile, as_json: AsJson = False) -> None:
    """Say severity, risk and the three decisions, with reasons and what would change them."""
    answer = triage_of(facts)
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
    found = duties_of(facts, at, everything)
    if as_json:
        show_json([duty.to_json() for duty in found])
        return
    show_table("Duties", ("due", "status", "rule", "to", "citation"), [_row(duty) for duty in found])


def _row(duty: Duty) -> tuple[object, ...]:
    mark = "" if duty.verified else " (source not read)"
    return duty.due_at, duty.status, duty.rule, duty.recipient, f"{duty.citation}{mark}"
