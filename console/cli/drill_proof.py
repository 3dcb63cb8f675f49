"""`tocsin drill duties` and `proof`: which exercises are owed, and the document that shows them to a supervisor."""

from pathlib import Path
from typing import Annotated, Any

import typer

from console.cli.opening import opened
from console.cli.output import AsJson, Lang, show_json, show_table
from console.cli.reports import Format, Out, deliver
from models.clock import iso_utc, read_moment
from regulations.exercises import Standing


def duties(
    every: Annotated[bool, typer.Option("--all", help="Standards one may choose, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the duties to exercise the plan: what proved each last, until when that holds, and what is overdue."""
    from response.drilling.proof import drill_duties

    found = drill_duties(opened(), voluntary=every)
    if as_json:
        show_json([_plain(each) for each in found])
        return
    show_table(
        "Exercise duties",
        ("duty", "basis", "every", "counts", "last proof", "due", "state"),
        [
            (
                each.duty.id,
                f"{each.duty.citation}{'' if each.duty.verified else ' (not read)'}",
                f"{each.duty.months} months",
                ", ".join(each.duty.counts),
                each.last.id if each.last else None,
                each.due_at.date() if each.due_at else None,
                each.state.replace("_", " "),
            )
            for each in found
        ],
    )


def proof(
    since: Annotated[str, typer.Option("--from", help="First moment (ISO 8601 with offset).")],
    until: Annotated[str, typer.Option("--to", help="The moment after the last (ISO 8601 with offset).")],
    language: Lang,
    form: Annotated[Format, typer.Option("--format", help="html, pdf, docx or json.")] = Format.PDF,
    out: Out = None,
) -> None:
    """Write the proof of drills for a supervisor: what was held, by whom, how well, and what became of the gaps."""
    from response.drilling.proof import issue_proof

    start, end = read_moment(since, "--from"), read_moment(until, "--to")
    content = issue_proof(opened(), start, end, language.value, form.value)
    deliver(content, out, Path(f"drill-proof.{language.value}.{form.value}"))


def _plain(each: Standing) -> dict[str, Any]:
    last = each.last
    return each.duty.model_dump() | {
        "state": each.state,
        "last": {"id": last.id, "kind": last.kind, "at": iso_utc(last.at)} if last else None,
        "due_at": iso_utc(each.due_at) if each.due_at else None,
    }
