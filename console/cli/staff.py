"""`tocsin staff`: the contact tree, by handle and role."""

from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import col, select

from console.cli.opening import opened
from console.cli.output import AsJson, say, show_json, show_table
from models.errors import InvalidInputError
from models.staff import Staff

staff = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List the contact tree, or import it anew."
)
APPS = {"staff": staff}


@staff.command("list")
def list_(as_json: AsJson = False) -> None:
    """List handles, roles and departments; names and addresses stay sealed."""
    with opened().reading() as session:
        rows = session.exec(select(Staff).order_by(col(Staff.id))).all()
    if as_json:
        keys = ("id", "roles", "department", "deputy_of", "active")
        show_json([{key: getattr(row, key) for key in keys} for row in rows])
        return
    show_table(
        "Contact tree",
        ("id", "roles", "department", "deputy of", "active"),
        [(r.id, ", ".join(r.roles), r.department, r.deputy_of, r.active) for r in rows],
    )


@staff.command("import")
def import_(file: Annotated[Path, typer.Argument(help="organisation.yaml")]) -> None:
    """Import the people of an organisation file; who is no longer listed is retired, never deleted."""
    from response.staff import import_staff

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"The file can't be read ({error}).", where=str(file)) from None
    done = import_staff(opened(), text, str(file), by="tocsin")
    say(f"{done.added} added, {done.changed} changed, {done.retired} retired.")
