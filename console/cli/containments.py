"""`tocsin contain`: what was done to systems, undoing and accepting it, and the connectors that do it."""

from typing import Annotated, Any

import typer

from console.cli.opening import As, OnlyOf, opened
from console.cli.output import AsJson, say, show_json, show_table
from models.action import Containment
from models.settings import load_settings
from response.by_hand import revert_by_hand
from response.connectors.definition import connector_schema, find_definition, known
from response.containing.containments import accept, has_expired, list_containments, revert

contain = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, revert and accept what was done to systems."
)
APPS = {"contain": contain}

Act = Annotated[str, typer.Argument(metavar="ACT", help="The act's id, as `tocsin contain list` shows it.")]
Why = Annotated[str, typer.Option("--reason", help="Why; kept in the record.")]


@contain.command("list")
def list_(
    incident: OnlyOf = None,
    standing: Annotated[bool, typer.Option("--open", help="Only acts that still stand.")] = False,
    as_json: AsJson = False,
) -> None:
    """List acts on systems, the oldest first; what stands longer than planned is marked."""
    store = opened()
    with store.reading() as session:
        rows = list_containments(session, incident, only_open=standing)
    expired = {row.id for row in rows if has_expired(row, store.clock())}
    if as_json:
        show_json([{**row.model_dump(), "expired": row.id in expired} for row in rows])
        return
    show_table(
        "Acts on systems",
        ("act", "connector", "capability", "target", "status", "executed", "expires"),
        [_line(row, has_run_out=row.id in expired) for row in rows],
    )


@contain.command("revert")
def revert_(
    act: Act,
    staff: As,
    reason: Why,
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="You restored it yourself; for what was done by hand.")
    ] = False,
) -> None:
    """Undo an act: the state before is put back and checked."""
    done = (revert_by_hand if by_hand else revert)(opened(), act, staff, reason)
    say(f"{done.id} is {done.status}.")


@contain.command("accept")
def accept_(act: Act, staff: As, reason: Why) -> None:
    """Decide that an act stands for good."""
    done = accept(opened(), act, staff, reason)
    say(f"{done.id} is {done.status}.")


@contain.command("connectors")
def connectors(as_json: AsJson = False) -> None:
    """List the connectors of this home and what each can do; reading each file checks it."""
    home = load_settings().home
    found = [find_definition(name, home) for name in known(home)]
    if as_json:
        show_json([_described(each) for each in found])
        return
    rows = [(each.connector, each.kind, ", ".join(each.capabilities) or "-", each.base_url) for each in found]
    show_table("Connectors", ("connector", "kind", "can", "address"), rows)


@contain.command("schema")
def schema() -> None:
    """Print the JSON Schema of connector files, for editors."""
    show_json(connector_schema())


def _line(row: Containment, *, has_run_out: bool) -> tuple[object, ...]:
    until = f"{row.expires_at:%Y-%m-%d %H:%M:%SZ} expired" if has_run_out else row.expires_at
    return (row.id, row.connector, row.capability, row.target, row.status, row.executed_at, until)


def _described(each: Any) -> dict[str, Any]:
    return {
        "connector": each.connector,
        "kind": each.kind,
        "name": each.name.model_dump(),
        "source": each.source,
        "address": each.base_url,
        "capabilities": {name: act.name.model_dump() for name, act in each.capabilities.items()},
    }
