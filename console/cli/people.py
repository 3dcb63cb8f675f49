"""`tocsin people`: the register of affected people of one incident."""

from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import func
from sqlmodel import col, select

from console.cli.opening import opened
from console.cli.output import AsJson, say, show_json, show_table
from console.cli.progress import bar
from models.errors import UsageError
from models.people import DataSubject
from notifications.import_people import ImportResult, import_people
from response.plan import find_incident

people = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Import, check and count affected people."
)
APPS = {"people": people}

IncidentId = Annotated[str, typer.Argument(metavar="INC")]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        help="FIELD=HEADER where a column is not found by itself, such as email=Mailbox; repeatable.",
    ),
]


@people.command("import")
def import_(
    incident: IncidentId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file with a header row.")],
    column: Columns = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="utf-8 or gb18030, when it can't be told.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take in a file of affected people; dirty rows are reported by row and column, nobody is lost."""
    store = opened()
    with bar(f"Reading {file.name}", quiet=as_json) as advance:
        done = import_people(
            store, incident, file, progress=advance, mapping=_mapping(column or []), encoding=encoding
        )
    if as_json:
        show_json(_plain(done))
        return
    say(
        f"{done.rows} rows: {done.stored} people stored, {done.merged} merged, "
        f"{done.without_address} without an address."
    )
    if done.fault_count:
        show_table("Faults", ("row", "column", "fault"), [(f.row, f.column, f.problem) for f in done.faults])
        say(f"All {done.fault_count} faults, to be mended and imported again: {done.mend_file}")


def _mapping(given: list[str]) -> dict[str, str] | None:
    pairs = [each.partition("=") for each in given]
    wrong = [left for left, sign, _ in pairs if not sign]
    if wrong:
        raise UsageError(
            f"--column {wrong[0]} has no header.", expected="FIELD=HEADER, such as email=Mailbox"
        )
    return {field: header for field, _, header in pairs} or None


def _plain(done: ImportResult) -> dict[str, Any]:
    counts = ("number", "rows", "stored", "merged", "without_address", "fault_count")
    faults = [{"row": f.row, "column": f.column, "fault": f.problem} for f in done.faults]
    return {key: getattr(done, key) for key in counts} | {
        "faults": faults,
        "mend_file": str(done.mend_file or ""),
    }


@people.command()
def count(incident: IncidentId, as_json: AsJson = False) -> None:
    """Count the register by place and language; no names."""
    query = (
        select(DataSubject.place, DataSubject.language, func.count())
        .where(DataSubject.incident_id == incident)
        .group_by(col(DataSubject.place), col(DataSubject.language))
        .order_by(col(DataSubject.place), col(DataSubject.language))
    )
    with opened().reading() as session:
        find_incident(session, incident)
        rows = [(place or None, language, counted) for place, language, counted in session.exec(query)]
    if as_json:
        show_json(
            [{"place": place, "language": language, "people": counted} for place, language, counted in rows]
        )
        return
    show_table("Affected people", ("place", "language", "people"), rows)
    say(f"{sum(counted for *_, counted in rows)} people.")
