"""`tocsin action`: corrective and preventive actions, from assigned over done to found effective."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import typer

from console.cli.opening import As, IncidentId, OnlyOf, opened
from console.cli.output import AsJson, say, show_json, show_table
from models.action import CorrectiveAction
from response.corrective import (
    NewAction,
    add_action,
    assign_action,
    finish_action,
    is_overdue,
    list_actions,
    reopen_action,
    verify_action,
)

action = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="List, add, assign, finish, verify and reopen corrective and preventive actions.",
)
APPS = {"action": action}

ActionId = Annotated[str, typer.Argument(metavar="ACTION", help="Such as INC-2026-0001/A1.")]
Day = typer.Option("--due", formats=["%Y-%m-%d"], help="The day by which it is done (UTC).")
SHOWN = ("id", "kind", "title", "owner", "due_on", "status", "evidence", "done_by", "verified_by")


class Kind(StrEnum):
    """Whether it mends what failed, or keeps the like from failing."""

    CORRECTIVE = "corrective"
    PREVENTIVE = "preventive"


@action.command("list")
def list_(
    incident: OnlyOf = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those open past their day.")] = False,
    as_json: AsJson = False,
) -> None:
    """List actions, the first due first."""
    store = opened()
    today = store.clock().date()
    with store.reading() as session:
        rows = [row for row in list_actions(session, incident) if not overdue or is_overdue(row, today)]
    if as_json:
        show_json([{**row.model_dump(), "overdue": is_overdue(row, today)} for row in rows])
    else:
        show_table("Actions", SHOWN, [_line(row, today) for row in rows])


def _line(row: CorrectiveAction, today: date) -> list[object]:
    state = "overdue" if is_overdue(row, today) else row.status
    return [state if name == "status" else getattr(row, name) for name in SHOWN]


@action.command()
def add(
    incident: IncidentId,
    title: Annotated[str, typer.Option(help="What will be changed.")],
    owner: Annotated[str, typer.Option(help="Staff id of who sees to it.")],
    due: Annotated[datetime, Day],
    staff: As,
    kind: Annotated[Kind, typer.Option(help="corrective or preventive.")] = Kind.CORRECTIVE,
) -> None:
    """Open an action beside those of the root cause."""
    with opened().work() as unit:
        row = add_action(unit, incident, NewAction(title, kind.value, owner, due.date()), staff)
    say(f"{row.id} is {row.owner}'s, due {row.due_on}.")


@action.command()
def assign(
    action_id: ActionId,
    to: Annotated[str, typer.Option("--to", help="Staff id of the new owner.")],
    staff: As,
    due: Annotated[datetime | None, Day] = None,
) -> None:
    """Give an open action to somebody, with another day where one is given."""
    with opened().work() as unit:
        row = assign_action(unit, action_id, to, due.date() if due else None, staff)
    say(f"{row.id} is {row.owner}'s, due {row.due_on}.")


@action.command()
def done(
    action_id: ActionId,
    evidence: Annotated[str, typer.Option(help="Where the proof lies: an evidence id, a change number.")],
    staff: As,
) -> None:
    """Say that your action is done; somebody else checks its effect."""
    with opened().work() as unit:
        row = finish_action(unit, action_id, evidence, staff)
    say(f"{row.id} is done; its effect is to be checked by somebody else.")


@action.command()
def verify(
    action_id: ActionId,
    finding: Annotated[str, typer.Option(help="What was looked at, and what was found.")],
    staff: As,
) -> None:
    """Find that an action somebody else did has the effect it was meant to have."""
    with opened().work() as unit:
        row = verify_action(unit, action_id, finding, staff)
    say(f"{row.id} is verified.")


@action.command()
def reopen(
    action_id: ActionId,
    reason: Annotated[str, typer.Option(help="What is still missing.")],
    staff: As,
    due: Annotated[datetime | None, Day] = None,
) -> None:
    """Open an action again that has not the effect it was meant to have."""
    with opened().work() as unit:
        row = reopen_action(unit, action_id, reason, due.date() if due else None, staff)
    say(f"{row.id} is open again, due {row.due_on}.")
