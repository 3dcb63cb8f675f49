"""`tocsin incident retention` and `tocsin incident erase`: how long people's data stays, and its end."""

from typing import Annotated

import typer

from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json, show_table
from models.errors import UsageError


def retention(
    incident: Annotated[str | None, typer.Argument(metavar="INC", help="Only this incident.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say until when the people of each incident are kept, and by which rule."""
    from response.keeping.retention import retention_of, retentions

    store = opened()
    with store.reading() as session:
        found = retentions(session) if incident is None else (retention_of(session, incident),)
    now = store.clock()
    if as_json:
        show_json([each.to_json(now) for each in found])
        return
    show_table(
        "Retention",
        ("incident", "closed", "erase from", "due", "rule", "holds", "erased"),
        [
            (
                each.incident_id,
                each.closed_at,
                each.erase_from,
                each.is_due(now),
                each.rules[0].id if each.rules else None,
                ", ".join(each.holds) or None,
                each.erased_at,
            )
            for each in found
        ],
    )


def erase(
    incident: Annotated[str, typer.Argument(metavar="INC", help="The incident's id.")],
    staff: As,
    reason: Annotated[str, typer.Option("--reason", help="Why; its digest stays in the record.")],
    sure: Annotated[bool, typer.Option("--yes", help="Erase: it can't be undone.")] = False,
) -> None:
    """Destroy an incident's key: its people, evidence and forms can't be read any more by anybody."""
    from response.erasing.erasure import erase_incident

    if not sure:
        raise UsageError("Erasing can't be undone.", remedy="Add --yes when you are sure.")
    done = erase_incident(opened(), incident, staff, reason)
    say(
        f"{incident} is erased: {done.people} people, {done.evidence} pieces of evidence, "
        f"{done.signals} signals, {done.files} files, {done.messages} kept messages. The record stays."
    )
