"""`tocsin law`: the rules of law, what changed in them, and what that means for open incidents."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.output import As, AsJson, say, show_json, show_table
from console.reading import read_words
from models.errors import InvalidInputError, UsageError

if TYPE_CHECKING:
    from regulations.diff import RuleChange
    from response.law_upgrade import LawChange

law = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, show, check and compare the rules of law."
)
APPS = {"law": law}


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
    hidden = None if as_json else {"terms"}  # long, shared, and named where they are used
    documents = [each.rule.model_dump(mode="json", exclude_none=True, exclude=hidden) for each in versions]
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
        Path | None, typer.Argument(help="A folder of law files, such as that of an earlier version.")
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open", help="What the law as installed changes for open incidents.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say how the law of this version differs from that of a folder, or what it changes for open incidents."""
    if open_ == (before is not None):
        raise UsageError("Compare with one thing.", expected="a folder of law files, or --open")
    if before is None:
        _diff_open(as_json)
        return
    changes = _changes_since(before)
    if as_json:
        show_json([change.to_json() for change in changes])
        return
    show_table(
        "Changes",
        ("rule", "since", "kind", "parts"),
        [(c.rule, c.since, c.kind, ", ".join(c.parts)) for c in changes],
    )


def _changes_since(folder: Path) -> "tuple[RuleChange, ...]":
    from regulations.diff import diff_law
    from regulations.loader import load_law, read_law

    if not folder.is_dir():
        raise InvalidInputError(
            "There is no such folder.", where=str(folder), expected="a folder of law files"
        )
    texts = [
        (str(path.relative_to(folder)), read_words(path, "law file"))
        for path in sorted(folder.rglob("*.yaml"))
    ]
    return diff_law(read_law(texts), load_law())


def _diff_open(as_json: bool) -> None:
    from console.cli.opening import opened
    from response.incidents import open_incidents
    from response.law_upgrade import law_changes

    store = opened()
    with store.reading() as session:
        found = {
            incident.id: law_changes(session, incident, store.clock())
            for incident in open_incidents(session, drill=False)
        }
    if as_json:
        show_json({incident: [change.to_json() for change in changes] for incident, changes in found.items()})
        return
    rows = [(incident, *_change_row(change)) for incident, changes in found.items() for change in changes]
    show_table("Open incidents", ("incident", *CHANGE_COLUMNS), rows)
    if rows:
        say("Put it in force with `tocsin law apply INC --as STAFF`.")


CHANGE_COLUMNS = ("rule", "kind", "now", "due now", "then", "due then")


def _change_row(change: "LawChange") -> tuple[object, ...]:
    return change.rule, change.kind, *(change.before or (None, None)), *(change.after or (None, None))


@law.command()
def apply(
    incident: Annotated[str, typer.Argument(metavar="INC", help="An open incident.")],
    staff: As,
    as_json: AsJson = False,
) -> None:
    """Put the law as installed in force for an open incident, and record the difference."""
    from console.cli.opening import opened
    from response.law_upgrade import apply_law

    changes = apply_law(opened(), incident, staff)
    if as_json:
        show_json([change.to_json() for change in changes])
        return
    show_table(f"Changed for {incident}", CHANGE_COLUMNS, [_change_row(change) for change in changes])


@law.command()
def reference(
    folder: Annotated[
        Path | None, typer.Argument(help="Write the pages into this folder; else print the index.")
    ] = None,
) -> None:
    """Write the reference of every rule, generated from the law files, as Markdown pages."""
    from regulations.loader import load_law
    from regulations.reference import reference_pages

    pages = reference_pages(load_law())
    if folder is None:
        say(pages["law-reference.md"].rstrip())
        return
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    say(f"{len(pages)} pages written to {folder}.")
