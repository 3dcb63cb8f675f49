"""`tocsin notice post`, `posted`, `returned`: letters to those whom no message reached."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json
from models.clock import read_moment
from response.telling.post import destroy_post, posted, read_addresses, returned, write_post

IncidentId = Annotated[str, typer.Argument(metavar="INC")]


def post(
    incident: IncidentId,
    staff: As,
    addresses: Annotated[
        Path | None,
        typer.Option(
            "--addresses", help="CSV: `reference`, then the lines of the address; used here and kept nowhere."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the post room's file and the letters to print, for everybody whom no message reached."""
    store = opened()
    known = read_addresses(addresses) if addresses else None
    done = write_post(store, incident, addresses=known, actor=staff)
    if as_json:
        letters = [str(path) for path in done.letters]
        found = {"file": str(done.file), "people": done.people, "letters": letters}
        show_json(found | {"without_address": done.without_address})
        return
    say(f"{done.people} people: {done.file}")
    for path in done.letters:
        say(f"Letters to print: {path}")
    if done.without_address:
        say(f"{done.without_address} have no address in {addresses}; they have no letter.")
    say(
        f"When they are handed over: tocsin notice posted {incident} --as {staff}; the files are destroyed then."
    )


def posted_(
    incident: IncidentId,
    staff: As,
    at: Annotated[str | None, typer.Option("--at", help="When, ISO 8601 with an offset; else now.")] = None,
) -> None:
    """Record that the letters of the last file were handed to the post, and destroy the files."""
    store = opened()
    with store.work() as unit:
        count = posted(unit, incident, staff, read_moment(at, "--at") if at else unit.clock())
    destroy_post(store, incident)
    say(f"{count} people count as told by letter.")


def returned_(
    incident: IncidentId,
    staff: As,
    person: Annotated[list[int], typer.Option("--person", help="The number in the file; again for each.")],
) -> None:
    """Record letters that the post brought back; these people are out of reach."""
    with opened().work() as unit:
        count = returned(unit, incident, staff, person)
    say(f"{count} letters came back.")
