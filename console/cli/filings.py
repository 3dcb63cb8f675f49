"""`tocsin filing`: reports to authorities, from draft to receipt."""

from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import col, select

from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json, show_table
from models.clock import read_moment
from models.errors import NotFoundError
from models.filing import Filing
from response.filings import approve_filing, file_one, record_receipt, submit_filing, with_names

filing = typer.Typer(no_args_is_help=True, help="Draft, show, approve and submit reports to authorities.")
APPS = {"filing": filing}

FilingId = Annotated[
    str, typer.Argument(metavar="FILING", help="Such as INC-2026-0001/eu-gdpr-33-authority/1.")
]
Receipt = Annotated[
    str | None, typer.Option("--receipt", help="The number under which the authority took it.")
]


@filing.command("list")
def list_(
    incident: Annotated[str | None, typer.Argument(metavar="INC", help="Only of this incident.")] = None,
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


@filing.command()
def show(
    filing_id: FilingId,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the content, names filled in, to this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show one report and what nobody could answer yet."""
    import json

    store = opened()
    with store.reading() as session:
        row = session.get(Filing, filing_id)
        if row is None:
            raise NotFoundError(f"There is no filing {filing_id}.", remedy="`tocsin filing list` shows them.")
        content = json.dumps(row.content, ensure_ascii=False, indent=2)
        if out:
            out.write_text(with_names(store, session, content), encoding="utf-8")
            out.chmod(0o600)
    if as_json:
        show_json(row.model_dump())
        return
    say(f"{row.id}  {row.status}  for {row.authority}, from facts version {row.facts_version}")
    say(content)
    say(f"Still missing: {', '.join(row.missing) or 'nothing'}.")


@filing.command()
def draft(
    obligation: Annotated[
        str, typer.Argument(metavar="DUTY", help="Such as INC-2026-0001/eu-gdpr-33-authority.")
    ],
    staff: As,
) -> None:
    """Draft the report of one duty from what is known now."""
    row = file_one(opened(), obligation, staff)
    say(f"{row.id} is drafted; {len(row.missing)} answers are missing.")


@filing.command()
def approve(filing_id: FilingId, staff: As) -> None:
    """Approve exactly this content."""
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
    """Record that an approved report was submitted; its duty closes."""
    row = submit_filing(opened(), filing_id, staff, receipt, read_moment(at, "--at") if at else None)
    say(f"{row.id} is {row.status}.")


@filing.command()
def receipt(filing_id: FilingId, number: Annotated[str, typer.Argument(metavar="NUMBER")], staff: As) -> None:
    """Add the receipt of a report that was submitted."""
    row = record_receipt(opened(), filing_id, staff, number)
    say(f"{row.id} is {row.status}.")
