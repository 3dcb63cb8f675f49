"""`tocsin evidence`: files and captures, who holds them, what must not be erased."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.opening import As, IncidentId, opened
from console.cli.output import AsJson, say, show_json, show_table

evidence = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Collect, pass on, hold and export evidence."
)
APPS = {"evidence": evidence}

Item = Annotated[str, typer.Argument(metavar="ITEM", help="Its id, as `tocsin evidence list` shows it.")]
Why = Annotated[str, typer.Option("--reason", help="Why; kept sealed, its digest in the record.")]


@evidence.command()
def add(
    incident: IncidentId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to take in.")],
    staff: As,
    kind: Annotated[
        str, typer.Option("--kind", help="file, capture, log, image, message or statement.")
    ] = "file",
    about: Annotated[str, typer.Option("--about", help="What it shows; kept sealed.")] = "",
    name: Annotated[str, typer.Option("--name", help="Another name than the file's.")] = "",
) -> None:
    """Take a file in: its digest into the record, its bytes sealed with the incident's key."""
    from response.keeping.evidence import add_evidence

    row = add_evidence(opened(), incident, file, staff, kind=kind, about=about, name=name)
    say(f"{row.id}  {row.size} bytes  sha256 {row.sha256}")


@evidence.command("list")
def list_(incident: IncidentId, as_json: AsJson = False) -> None:
    """List an incident's evidence, its way from hand to hand, and legal holds."""
    from response.keeping.custody import custody_of
    from response.keeping.evidence import label_of, list_evidence
    from response.keeping.legal_holds import holds_of

    store = opened()
    with store.reading() as session:
        rows = list_evidence(session, incident)
        labels = {row.id: label_of(store, session, row) for row in rows}
        custody = {row.id: [moved.model_dump() for moved in custody_of(session, row.id)] for row in rows}
        holds = [hold.model_dump() for hold in holds_of(session, incident)]
    items = [
        row.model_dump(exclude={"sealed", "sealed_label"})
        | {
            "file": label.file if (label := labels[row.id]) else None,
            "about": label.about if label else None,
            "custody": custody[row.id],
        }
        for row in rows
    ]
    if as_json:
        show_json({"evidence": items, "holds": holds})
        return
    columns = ("id", "kind", "file", "size", "collected_by", "collected_at", "holder", "sha256")
    shown = [[*(item[name] for name in columns[:-1]), f"{item['sha256'][:12]}…"] for item in items]
    show_table("Evidence", columns, shown)
    moves = [moved for item in items for moved in item["custody"]]
    steps = ("evidence_id", "number", "kind", "giver", "taker", "recorded_by", "at")
    show_table("Custody", steps, [[moved[name] for name in steps] for moved in moves])
    kept = ("id", "evidence_id", "placed_by", "placed_at", "released_by", "released_at")
    show_table("Legal holds", kept, [[hold[name] for name in kept] for hold in holds])


@evidence.command()
def transfer(
    item: Item,
    staff: As,
    reason: Why,
    to: Annotated[str, typer.Option("--to", help="The new holder: a staff id or a short handle.")],
) -> None:
    """Pass evidence on to another holder; it is checked against its digest first."""
    from response.keeping.custody import transfer_evidence

    moved = transfer_evidence(opened(), item, to, staff, reason)
    say(f"{item} is with {moved.taker}.")


@evidence.command()
def hold(
    incident: IncidentId,
    staff: As,
    reason: Why,
    item: Annotated[str | None, typer.Option("--item", help="Only for the sake of this item.")] = None,
) -> None:
    """Place a legal hold: nothing of the incident is erased while it stands."""
    from response.keeping.legal_holds import place_hold

    say(f"{place_hold(opened(), incident, staff, reason, item).id} stands.")


@evidence.command()
def release(
    hold_id: Annotated[str, typer.Argument(metavar="HOLD", help="The hold's id.")], staff: As, reason: Why
) -> None:
    """Release a legal hold."""
    from response.keeping.legal_holds import release_hold

    say(f"{release_hold(opened(), hold_id, staff, reason).id} is released.")


@evidence.command()
def export(
    item: Item,
    staff: As,
    reason: Why,
    out: Annotated[Path, typer.Option("--out", help="The folder to write the copy to.")] = Path(),
) -> None:
    """Write a copy in clear, checked against its digest; who took it and why is recorded."""
    from response.keeping.custody import export_evidence

    say(str(export_evidence(opened(), item, out, staff, reason).resolve()))
