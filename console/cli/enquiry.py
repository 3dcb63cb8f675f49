"""`tocsin enquiry`: questions and complaints about a notice, and their answers."""

from datetime import datetime
from typing import Annotated

import typer

from console.cli.opening import As, IncidentId, OnlyOf, opened
from console.cli.output import AsJson, say, show_json, show_table
from console.reading import read_words
from models.enquiry import Enquiry
from models.vocabulary import EnquiryKind
from response.hearing.enquiries import (
    MAY_RECORD,
    Asked,
    answer_enquiry,
    assign_enquiry,
    get_enquiry,
    list_enquiries,
    read_enquiry,
    record_enquiry,
)
from response.staff import role_of

enquiry = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Record, list, assign and answer enquiries and complaints about a notice.",
)
APPS = {"enquiry": enquiry}

EnquiryId = Annotated[str, typer.Argument(metavar="ENQUIRY", help="Such as INC-2026-0001/Q1.")]
TextFile = Annotated[str, typer.Option("--text", help="A file with the words, or - for standard input.")]
SHOWN = ("id", "kind", "channel", "status", "received_at", "due_at", "assigned_to", "answered_at")


@enquiry.command()
def record(
    incident: IncidentId,
    staff: As,
    text: TextFile = "-",
    kind: Annotated[EnquiryKind, typer.Option(help="What the person wants.")] = EnquiryKind.ENQUIRY,
    channel: Annotated[str, typer.Option(help="How it came: phone, email, letter, in_person.")] = "phone",
    person: Annotated[int | None, typer.Option(help="Their number in the incident, where known.")] = None,
    received: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"], help="When it came, with its offset.")
    ] = None,
) -> None:
    """Register an enquiry or complaint; it goes to the privacy officer."""
    asked = Asked(read_words(text, "text"), kind, channel, person, received_at=received)
    with opened().work() as unit:
        role = role_of(unit.session, staff, MAY_RECORD)
        done = record_enquiry(unit, incident, asked, staff, role)
    due = f", due {done.due_at:%Y-%m-%d %H:%M}Z ({done.citation})" if done.due_at else ""
    say(f"{done.id} is {done.status}{f' to {done.assigned_to}' if done.assigned_to else ''}{due}.")


@enquiry.command("list")
def list_(
    incident: OnlyOf = None,
    as_json: AsJson = False,
) -> None:
    """List enquiries, the most urgent first; never what was said."""
    with opened().reading() as session:
        rows = list_enquiries(session, incident)
    if as_json:
        show_json([_plain(row) for row in rows])
    else:
        show_table("Enquiries", SHOWN, [[getattr(row, name) for name in SHOWN] for row in rows])


def _plain(row: Enquiry) -> dict[str, object]:
    return row.model_dump(exclude={"sealed", "answer"})


@enquiry.command()
def show(enquiry_id: EnquiryId, staff: As, as_json: AsJson = False) -> None:
    """Open what was asked and answered, for those who may read it."""
    store = opened()
    with store.reading() as session:
        asked, answered = read_enquiry(store, session, enquiry_id, staff)
        row = get_enquiry(session, enquiry_id)
    if as_json:
        show_json({**_plain(row), "text": asked, "answer": answered})
        return
    say(asked)
    if answered is not None:
        say(f"--- {row.answered_by}, {row.answered_at:%Y-%m-%d %H:%M}Z")
        say(answered)


@enquiry.command()
def assign(
    enquiry_id: EnquiryId,
    to: Annotated[str, typer.Option("--to", help="Staff id of who answers.")],
    staff: As,
) -> None:
    """Give an enquiry to another privacy officer."""
    with opened().work() as unit:
        done = assign_enquiry(unit, enquiry_id, to, staff)
    say(f"{done.id} is assigned to {done.assigned_to}.")


@enquiry.command()
def answer(enquiry_id: EnquiryId, staff: As, text: TextFile = "-") -> None:
    """Keep what was answered, and when; sending it stays with the officer."""
    said = read_words(text, "text")
    with opened().work() as unit:
        done = answer_enquiry(unit, enquiry_id, said, staff)
    say(f"{done.id} is answered.")
