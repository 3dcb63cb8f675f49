"""`tocsin people`: the register of affected people of one incident."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy import func
from sqlmodel import col, select

from console.cli.opening import opened
from console.cli.output import AsJson, say, show_json, show_table
from console.plain import counted
from console.progress import bar
from models.errors import UsageError
from models.people import DataSubject
from response.plan import find_incident

if TYPE_CHECKING:
    from notifications.import_people import ImportResult
    from notifications.people.source import Source
    from regulations.persons import PersonDuty

people = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Import, check and count affected people, and say what is owed to them.",
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


PeopleFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="CSV, XLSX or Parquet with a row of column names; or a query, with --database-from.",
    ),
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Of a CSV file: utf-8 or gb18030, when it can't be told.")
]
Sheet = Annotated[
    str | None, typer.Option("--sheet", help="Of a workbook, when several of its sheets hold something.")
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database-from",
        metavar="VARIABLE",
        help="FILE holds one SELECT; this environment variable, the address of the database to ask (SQLAlchemy URL).",
    ),
]


@people.command("import")
def import_(
    incident: IncidentId,
    file: PeopleFile,
    column: Columns = None,
    encoding: Encoding = None,
    sheet: Sheet = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Take in a file of affected people; dirty rows are reported by row and column, nobody is lost."""
    from notifications.import_people import import_from

    store, source = opened(), _source(file, encoding, sheet, database)
    with bar(f"Reading {file.name}", quiet=as_json) as advance:
        done = import_from(store, incident, source, progress=advance, mapping=_mapping(column or []))
    if as_json:
        show_json(_plain(done))
        return
    _show_counts(done, "stored")
    if done.fault_count:
        say(f"To be mended and imported again, {counted(done.fault_count, 'fault')}: {done.mend_file}")


@people.command()
def check(
    file: PeopleFile,
    column: Columns = None,
    encoding: Encoding = None,
    sheet: Sheet = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Say what an import of a file would do, and what is wrong in it; nothing is stored."""
    from notifications.import_people import check_people

    source = _source(file, encoding, sheet, database)
    with bar(f"Reading {file.name}", quiet=as_json) as advance:
        found = check_people(source, progress=advance, mapping=_mapping(column or []))
    if as_json:
        told = _plain(found)
        show_json({key: told[key] for key in told if key not in {"number", "mend_file"}})
        return
    _show_counts(found, "found")
    say(f"{counted(found.fault_count, 'fault')}; nothing was stored.")


def _source(file: Path, encoding: str | None, sheet: str | None, database: str | None) -> "Source":
    if database is not None:
        from notifications.people.query_reading import QuerySource

        return QuerySource(file, database)
    from notifications.people.source import FileSource

    return FileSource(file, encoding, sheet)


def _show_counts(done: "ImportResult", kept: str) -> None:
    say(
        f"{done.rows} rows: {done.stored} people {kept}, {done.merged} merged, "
        f"{done.without_address} without an address."
    )
    if done.fault_count:
        show_table("Faults", ("row", "column", "fault"), [(f.row, f.column, f.problem) for f in done.faults])


def _mapping(given: list[str]) -> dict[str, str] | None:
    pairs = [each.partition("=") for each in given]
    wrong = [left for left, sign, _ in pairs if not sign]
    if wrong:
        raise UsageError(
            f"--column {wrong[0]} has no header.", expected="FIELD=HEADER, such as email=Mailbox"
        )
    return {field: header for field, _, header in pairs} or None


def _plain(done: "ImportResult") -> dict[str, Any]:
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


@people.command()
def duties(incident: IncidentId, as_json: AsJson = False) -> None:
    """Say which rules oblige us towards which people, and by when; people who are alike are counted together."""
    from response.telling.people_duties import people_duties

    store = opened()
    with store.reading() as session:
        groups = people_duties(session, incident, store.clock())
    if as_json:
        show_json([group.to_json() for group in groups])
        return
    rows = [
        (group.people, group.place, group.relation, ", ".join(group.categories), *_fired(duty))
        for group in groups
        for duty in group.duties or (None,)
    ]
    show_table("Duties to people", ("people", "place", "relation", "data", "rule", "status", "due"), rows)
    say(f"{sum(group.people for group in groups)} people in {len(groups)} groups.")
    unplaced = sum(group.people for group in groups if group.duties is None)
    if unplaced:
        say(f"For {unplaced} people the file names no place: which law protects them is open.")


def _fired(duty: "PersonDuty | None") -> tuple[Any, ...]:
    return (None, None, None) if duty is None else (duty.rule, duty.status, duty.due_at)


@people.command()
def show(
    incident: IncidentId,
    number: Annotated[int, typer.Argument(help="The person's number in the register.")],
    as_json: AsJson = False,
) -> None:
    """Show what is on record of one person, by number and without personal data."""
    from response.telling.people_duties import person_record

    store = opened()
    with store.reading() as session:
        found = person_record(session, incident, number, store.clock())
    if as_json:
        show_json(found)
        return
    say(f"Person {number} of {incident}: {found['place'] or 'place unknown'}, {found['language']}.")
    say(f"Relation: {found['relation'] or 'unknown'}. Data: {', '.join(found['categories'])}.")
    _show_listed("Rules that fired", ("rule", "status", "due_at", "citation"), found["duties"] or [])
    _show_listed(
        "Deliveries", ("campaign", "message", "channel", "status", "changed_at"), found["deliveries"]
    )


def _show_listed(title: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    show_table(title, columns, [[row[column] for column in columns] for row in rows])
