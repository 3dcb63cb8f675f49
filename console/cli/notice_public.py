"""`tocsin notice substitute` and `published`: a public notice for those whom nothing reached."""

from typing import Annotated

import typer

from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json, show_table
from response.telling.substitute import draft_public_notices, note_published, substitute_plan

IncidentId = Annotated[str, typer.Argument(metavar="INC")]


def substitute(
    incident: IncidentId,
    draft: Annotated[bool, typer.Option("--draft", help="Write the texts for website and press.")] = False,
    staff: Annotated[
        str, typer.Option("--as", envvar="TOCSIN_STAFF", help="Your staff id, for --draft.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show which law lets a public notice stand for those out of reach, and how; --draft writes its texts."""
    store = opened()
    with store.reading() as session:
        found = substitute_plan(session, incident, store.clock())
    written = draft_public_notices(store, incident, staff) if draft else ()
    if as_json:
        show_json(found.to_json() | {"texts": [str(path) for path in written]})
        return
    rows = [
        (
            duty.rule,
            duty.because or "",
            duty.judge or "",
            ", ".join(duty.ways),
            f"{duty.days} days" if duty.days else "",
            "" if duty.text_read else "ask counsel",
        )
        for duty in found.duties
    ]
    show_table(
        "Public notice", ("rule", "called for by", "for a person to judge", "ways", "stays up", ""), rows
    )
    if found.letters_first:
        say(
            f"{found.letters_first} people were not written a letter yet: `tocsin notice post {incident}` first."
        )
    for path in written:
        say(str(path))


def published(
    incident: IncidentId,
    staff: As,
    where: Annotated[str, typer.Option("--where", help="The page, or the newspaper and its day.")],
    rule: Annotated[list[str], typer.Option("--rule", help="A rule it serves; again for each.")],
    way: Annotated[str, typer.Option("--way", help="website, media, …")] = "website",
) -> None:
    """Record that a public notice stands somewhere."""
    with opened().work() as unit:
        note_published(unit, incident, staff, where, way, rule)
    say("Recorded.")
