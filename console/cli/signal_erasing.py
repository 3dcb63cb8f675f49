"""`tocsin signal retention` and `tocsin signal erase`: how long dismissed signals stay, and their end."""

from typing import Annotated

import typer

from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json, show_table
from models.clock import iso_utc
from models.errors import UsageError


def retention(as_json: AsJson = False) -> None:
    """Say until when the signals that people dismissed are kept, and by which rule."""
    from response.erasing.dismissed_signals import dismissed_signals

    store = opened()
    with store.reading() as session:
        found = dismissed_signals(session)
    now = store.clock()
    if as_json:
        show_json(
            [
                {
                    "signal": each.signal_id,
                    "dismissed_at": iso_utc(each.dismissed_at),
                    "erase_from": iso_utc(each.erase_from),
                    "due": each.erase_from <= now,
                    "rule": each.rule,
                }
                for each in found
            ]
        )
        return
    show_table(
        "Retention",
        ("signal", "dismissed", "erase from", "due", "rule"),
        [(e.signal_id, e.dismissed_at, e.erase_from, e.erase_from <= now, e.rule) for e in found],
    )


def erase(
    staff: As,
    sure: Annotated[bool, typer.Option("--yes", help="Erase: it can't be undone.")] = False,
) -> None:
    """Destroy what dismissed signals past their period said, with their mails and the reasons."""
    from response.erasing.dismissed_signals import erase_dismissed

    if not sure:
        raise UsageError("Erasing can't be undone.", remedy="Add --yes when you are sure.")
    erased = erase_dismissed(opened(), staff)
    say(f"Erased: {', '.join(erased) or 'none; no period is over'}. The record stays.")
