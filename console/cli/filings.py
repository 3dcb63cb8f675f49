"""`tocsin filing`: reports to authorities, from draft to receipt."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import col, select

from console.cli.headings import terminal_language
from console.cli.opening import As, OnlyOf, opened
from console.cli.output import AsJson, say, show_json, show_table
from models.clock import read_moment
from models.errors import NotFoundError, UnavailableError
from models.filing import Filing
from models.vocabulary import Language

filing = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Draft, show, approve and submit reports to authorities."
)
APPS = {"filing": filing}

FilingId = Annotated[
    str, typer.Argument(metavar="FILING", help="Such as INC-2026-0001/eu-gdpr-33-authority/1.")
]
Receipt = Annotated[
    str | None, typer.Option("--receipt", help="The number under which the authority took it.")
]


@filing.command("list")
def list_(
    incident: OnlyOf = None,
    as_json: AsJson = False,
) -> None:
    """List the reports, with what each still leaves open."""
    query = select(Filing).order_by(col(Filing.drafted_at), col(Filing.id))
    if incident:
        query = query.where(Filing.incident_id == incident)
    with opened().reading() as session:
        rows = session.exec(query).all()
    if as_json:
        show_json([row.model_dump(exclude={"content"}) for row in rows])
        return
    show_table(
        "Reports to authorities",
        ("filing", "form", "stage", "status", "missing", "submitted", "receipt"),
        [(r.id, r.form, r.stage, r.status, len(r.missing), r.submitted_at, r.receipt_number) for r in rows],
    )


class Format(StrEnum):
    """What a filing can be written as."""

    HTML = "html"
    PDF = "pdf"
    JSON = "json"


@filing.command()
def show(
    filing_id: FilingId,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="html or pdf for people, json as the authority takes it."),
    ] = None,
    language: Annotated[
        Language | None,
        typer.Option("--lang", help="en or zh; by default the authority's in a file, the terminal's here."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The file to write, names filled in; - for standard output.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show one report and what nobody could answer yet, or write it for people or for its authority."""
    store = opened()
    with store.reading() as session:
        row = session.get(Filing, filing_id)
        if row is None:
            raise NotFoundError(f"There is no filing {filing_id}.", remedy="`tocsin filing list` shows them.")
    if form is not None or out is not None:
        _write(row, form or Format.JSON, language, out)
    elif as_json:
        show_json(row.model_dump())
    else:
        _tell(row, language or terminal_language())


def _write(row: Filing, form: Format, language: Language | None, out: Path | None) -> None:
    """Write the file that only its owner can read: it names people."""
    from response.authorities.reading import read_filing

    content = read_filing(opened(), row.id, str(language or row.language), form.value)
    if str(out) == "-":
        sys.stdout.buffer.write(content)
        return
    usual = f"{row.id.replace('/', '_').replace('#', '-')}.{language or row.language}.{form.value}"
    target = out or Path(usual)
    try:
        target.touch(mode=0o600)
        target.chmod(0o600)
        target.write_bytes(content)
    except OSError as error:
        raise UnavailableError(
            f"The filing can't be written ({error.strerror}).", where=str(target)
        ) from None
    say(str(target.resolve()))


def _tell(row: Filing, language: Language) -> None:
    say(f"{row.id}  {row.status}  for {row.authority}, from facts version {row.facts_version}")
    labels = {each["id"]: each["label"][language] for each in row.content["fields"]}
    for each in row.content["fields"]:
        value = each.get("words") or each["value"]
        shown = value.get(language, value) if isinstance(value, dict) else value
        say(f"  {labels[each['id']]}: {'—' if shown is None else shown}")
    say(f"Still missing: {', '.join(labels[name] for name in row.missing) or 'nothing'}.")


@filing.command()
def draft(
    obligation: Annotated[
        str, typer.Argument(metavar="DUTY", help="Such as INC-2026-0001/eu-gdpr-33-authority.")
    ],
    staff: As,
) -> None:
    """Draft the report of one duty from what is known now."""
    from response.authorities.filings import file_one

    row = file_one(opened(), obligation, staff)
    say(f"{row.id} is drafted; {len(row.missing)} answers are missing.")


@filing.command()
def approve(filing_id: FilingId, staff: As) -> None:
    """Approve exactly this content."""
    from response.authorities.filings import approve_filing

    row = approve_filing(opened(), filing_id, staff)
    say(f"{row.id} is {row.status}.")


@filing.command()
def submit(
    filing_id: FilingId,
    staff: As,
    receipt: Receipt = None,
    at: Annotated[
        str | None, typer.Option("--at", help="When it was submitted (ISO 8601 with offset); now by default.")
    ] = None,
) -> None:
    """Submit an approved report by its authority's connector, or record that you did; its duty closes."""
    from response.authorities.filings import submit_filing

    row = submit_filing(opened(), filing_id, staff, receipt, read_moment(at, "--at") if at else None)
    say(f"{row.id} is {row.status}{f', receipt {row.receipt_number}' if row.receipt_number else ''}.")


@filing.command()
def receipt(filing_id: FilingId, number: Annotated[str, typer.Argument(metavar="NUMBER")], staff: As) -> None:
    """Add the receipt of a report that was submitted."""
    from response.authorities.filings import record_receipt

    row = record_receipt(opened(), filing_id, staff, number)
    say(f"{row.id} is {row.status}.")
