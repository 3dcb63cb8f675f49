"""`tocsin contain`: what was done to systems, and undoing it."""

from typing import Annotated

import typer

from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json, show_table
from response.containments import accept, list_containments, revert

contain = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, revert and accept what was done to systems."
)
APPS = {"contain": contain}

Act = Annotated[str, typer.Argument(metavar="ACT", help="The act's id, as `tocsin contain list` shows it.")]
Why = Annotated[str, typer.Option("--reason", help="Why; kept in the record.")]


@contain.command("list")
def list_(
    incident: Annotated[str | None, typer.Argument(metavar="INC", help="Only of this incident.")] = None,
    standing: Annotated[bool, typer.Option("--open", help="Only acts that still stand.")] = False,
    as_json: AsJson = False,
) -> None:
    """List acts on systems, the oldest first."""
    with opened().reading() as session:
        rows = list_containments(session, incident, only_open=standing)
    if as_json:
        show_json([row.model_dump() for row in rows])
        return
    show_table(
        "Acts on systems",
        ("act", "connector", "capability", "target", "status", "executed", "expires"),
        [(r.id, r.connector, r.capability, r.target, r.status, r.executed_at, r.expires_at) for r in rows],
    )


@contain.command("revert")
def revert_(act: Act, staff: As, reason: Why) -> None:
    """Undo an act: the state before is put back and checked."""
    done = revert(opened(), act, staff, reason)
    say(f"{done.id} is {done.status}.")


@contain.command("accept")
def accept_(act: Act, staff: As, reason: Why) -> None:
    """Decide that an act stands for good."""
    done = accept(opened(), act, staff, reason)
    say(f"{done.id} is {done.status}.")
