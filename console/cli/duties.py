"""`tocsin triage` and `tocsin duties`: pure answers from a facts file; no database, no engine."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import typer

from console.cli.from_facts import duties_of, triage_of
from console.cli.output import AsJson, say, show_json, show_table
from regulations.duty import Duty

triage_app = typer.Typer(add_completion=False, help="Say how bad it is, from a facts file alone.")
duties_app = typer.Typer(add_completion=False, help="Say who must be told by when, from a facts file alone.")
LISTED: Final = 25  # more open-ended duties than this hide the ones that have a clock
MOMENTS: Final = ("aware_at", "detected_at", "occurred_at", "determined_at")
UNSTARTED: Final = ("not_started", "depends")
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
    say(_severity(answer["severity"]))
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
    open_ended = [] if everything else [duty for duty in found if duty.status == "depends"]
    shown = [duty for duty in found if duty not in open_ended] if len(open_ended) > LISTED else found
    show_table("Duties", ("due", "status", "rule", "to", "citation"), [_row(duty) for duty in shown])
    say_what_is_missing(found)
    if len(shown) < len(found):
        say(f"{len(open_ended)} more depend on facts nobody gave yet; --all lists them. Most depend on:")
        wanted = Counter(each.fact for duty in open_ended for each in duty.unknowns)
        show_table("Ask first", ("fact", "duties it would settle"), wanted.most_common(8))


def say_what_is_missing(found: Sequence[Duty]) -> None:
    """Name the moments nobody gave yet, with how many clocks wait for each."""
    unstarted = [duty for duty in found if duty.starts_at is None and duty.status in UNSTARTED]
    for moment in MOMENTS:
        clocks = sum(moment in str(duty.clock).split(" / ") for duty in unstarted)
        if clocks:
            say(
                f"`{moment}` is not known; {clocks} clocks wait for it. Set it as soon as a person can say it."
            )


def _severity(severity: Mapping[str, object]) -> str:
    if severity["level"] is None:
        return "Severity unknown: the reasons below say which facts are missing (ENISA 2013)."
    return "Severity {level} (ENISA 2013: {dpc} x {ei} + {cb} = {score}).".format(**severity)


def _row(duty: Duty) -> tuple[object, ...]:
    mark = "" if duty.verified else " (source not read)"
    return duty.due_at, duty.status, duty.rule, duty.recipient, f"{duty.citation}{mark}"
