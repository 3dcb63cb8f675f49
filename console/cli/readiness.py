"""`tocsin readiness`: how ready the house is, from what was done, and what would earn the rest."""

from typing import Annotated

import typer

from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json, show_table
from notifications.balance import DEFAULT_MESSAGE

readiness_app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Say how ready the house is, and approve texts."
)
APPS = {"readiness": readiness_app}


@readiness_app.command()
def show(as_json: AsJson = False) -> None:
    """Show the number with its parts: each rests on something that was done and is on record."""
    from response.preparedness.readiness import readiness

    found = readiness(opened())
    if as_json:
        show_json(found.to_json())
        return
    say(f"Readiness: {found.points} of 100.")
    rows = [(p.name, f"{p.earned:.0f} of {p.weight}", p.finding, p.mend) for p in found.parts]
    show_table("Parts", ("part", "points", "rests on", "what would earn the rest"), rows)


@readiness_app.command("approve-text")
def approve(
    language: Annotated[str, typer.Argument(metavar="LANGUAGE", help="Such as en, zh-Hans or de.")],
    staff: As,
    message: Annotated[str, typer.Option("--message", help="Which message.")] = DEFAULT_MESSAGE,
) -> None:
    """Stand for a notice as it is written in one language; a changed text needs it again."""
    from response.preparedness.papers import approve_text

    with opened().work() as unit:
        digest = approve_text(unit, message, language, staff)
    say(f"{message}/{language} is approved as it is written now ({digest[:12]}).")
