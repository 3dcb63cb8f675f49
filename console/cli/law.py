"""`tocsin triage`, `tocsin duties`, `tocsin law`: pure answers from a facts file; no database, no engine."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from console.cli.from_facts import duties_of, triage_of
from console.cli.output import AsJson, say, show_json, show_table
from models.errors import InvalidInputError
from regulations.duty import Duty

triage_app = typer.Typer(add_completion=False, help="Say how bad it is, from a facts file alone.")
duties_app = typer.Typer(add_completion=False, help="Say who must be told by when, from a facts file alone.")
law = typer.Typer(add_completion=False, no_args_is_help=True, help="List, show and check the rules of law.")
APPS = {"triage": triage_app, "duties": duties_app, "law": law}

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


@law.command("list")
def list_(
    place: Annotated[
        str | None, typer.Option("--place", help="Only of this place, such as CN or EU.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List every rule in every dated version."""
    from regulations.loader import load_law

    found = [each for each in load_law().rules if place is None or each.rule.place == place]
    if as_json:
        show_json([each.rule.model_dump(mode="json") for each in found])
        return
    rows = [(r.rule.id, r.rule.stage, r.rule.status, r.rule.verified, r.citation) for r in found]
    show_table("Rules of law", ("rule", "stage", "standing", "source read", "citation"), rows)


@law.command()
def show(
    rule: Annotated[str, typer.Argument(help="The rule's id, such as eu-gdpr-33-authority.")],
    as_json: AsJson = False,
) -> None:
    """Show one rule with its source, in every dated version."""
    import yaml

    from models.errors import NotFoundError
    from regulations.loader import load_law

    versions = load_law().versions(rule)
    if not versions:
        raise NotFoundError(f"There is no rule {rule}.", remedy="`tocsin law list` shows them.")
    documents = [each.rule.model_dump(mode="json", exclude_none=True) for each in versions]
    if as_json:
        show_json(documents)
    else:
        say(yaml.safe_dump_all(documents, allow_unicode=True, sort_keys=False).rstrip())


@law.command()
def check(as_json: AsJson = False) -> None:
    """Check the rules themselves: citations, known facts, zones, dates in force, reviews."""
    from regulations.check import check_law

    found = check_law(datetime.now(UTC).date())
    if as_json:
        show_json([finding._asdict() for finding in found])
    else:
        for finding in found:
            say("  ".join(str(part) for part in finding))
        say(f"{len(found)} findings.")
    if any(finding.level == "error" for finding in found):
        raise typer.Exit(1)


@law.command()
def diff(
    before: Annotated[
        Path, typer.Argument(help="A folder of law files, such as that of an earlier version.")
    ],
    as_json: AsJson = False,
) -> None:
    """Say how the law of this version differs from that of a folder."""
    from regulations.diff import diff_law
    from regulations.loader import load_law, read_law

    if not before.is_dir():
        raise InvalidInputError(
            "There is no such folder.", where=str(before), expected="a folder of law files"
        )
    texts = [
        (str(path.relative_to(before)), path.read_text(encoding="utf-8"))
        for path in sorted(before.rglob("*.yaml"))
    ]
    changes = diff_law(read_law(texts), load_law())
    if as_json:
        show_json([change.to_json() for change in changes])
        return
    show_table(
        "Changes",
        ("rule", "since", "kind", "parts"),
        [(c.rule, c.since, c.kind, ", ".join(c.parts)) for c in changes],
    )
