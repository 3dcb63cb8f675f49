"""`tocsin staff`: the contact tree by handle and role, and the calls to it."""

from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import col, select

from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json, show_table
from console.reading import read_words
from models.call import Call
from models.staff import Staff

staff = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="List the contact tree, check it, and see who was called.",
)
APPS = {"staff": staff}


@staff.command("list")
def list_(as_json: AsJson = False) -> None:
    """List handles, roles, departments and who confirmed that calls arrive; names and addresses stay sealed."""
    from response.answer_links import confirmed_at

    with opened().reading() as session:
        rows = session.exec(select(Staff).order_by(col(Staff.id))).all()
        confirmed = confirmed_at(session)
    if as_json:
        keys = ("id", "roles", "department", "deputy_of", "active")
        plain = [{key: getattr(row, key) for key in keys} for row in rows]
        show_json([each | {"confirmed_at": confirmed.get(each["id"])} for each in plain])
        return
    show_table(
        "Contact tree",
        ("id", "roles", "department", "deputy of", "active", "calls confirmed"),
        [(r.id, ", ".join(r.roles), r.department, r.deputy_of, r.active, confirmed.get(r.id)) for r in rows],
    )


@staff.command("import")
def import_(file: Annotated[Path, typer.Argument(help="organisation.yaml")]) -> None:
    """Import the people of an organisation file; who is no longer listed is retired, never deleted."""
    from response.staff import import_staff

    done = import_staff(opened(), read_words(file, "organisation file"), str(file), by="tocsin")
    say(f"{done.added} added, {done.changed} changed, {done.retired} retired.")


@staff.command("check")
def check(staff_id: As) -> None:
    """Ask everybody in the contact tree to confirm that calls reach them; `staff calls` shows who did."""
    from response.calling.calls import check_contacts
    from response.staff import role_of

    with opened().work() as unit:
        asked = check_contacts(unit, staff_id, role_of(unit.session, staff_id))
    say(f"{asked} people are asked as soon as `tocsin up` runs.")


@staff.command()
def calls(
    incident: Annotated[
        str | None, typer.Option("--incident", metavar="INC", help="Only of this incident.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List who was called about what, the newest first, and whether it went out and was answered."""
    query = select(Call).order_by(col(Call.id).desc())
    if incident:
        query = query.where(Call.incident_id == incident)
    with opened().reading() as session:
        rows = session.exec(query.limit(200)).all()
    keys = ("staff_id", "kind", "about", "channel", "status", "queued_at", "sent_at", "used_at")
    listed = [{key: getattr(row, key) for key in keys} for row in rows]
    if as_json:
        show_json(listed)
        return
    columns = ("who", "why", "about", "by", "status", "queued", "sent", "answered")
    show_table("Calls", columns, [tuple(each.values()) for each in listed])
