"""`tocsin recovery`: what insurers, vendors and others pay back; a correction is a new entry."""

from datetime import datetime
from typing import Annotated, Any

import typer

from console.cli.amounts import Amount, CurrencyCode, needed_money
from console.cli.opening import As, IncidentId, opened
from console.cli.output import AsJson, say, show_json, show_table
from models.money import Money, money, totals
from models.recovery import Recovery
from models.vocabulary import RecoverySource, RecoveryState
from response.losses.recoveries import (
    Recovered,
    correct_recovery,
    find_recovery,
    list_recoveries,
    read_recovery_note,
    record_recovery,
)

recovery = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Record, list and correct what was paid back."
)
APPS = {"recovery": recovery}

Source = Annotated[RecoverySource, typer.Option("--source", help="Where it comes from.")]
Day = typer.Option("--on", formats=["%Y-%m-%d"], help="The day it was received, or is expected.")
Payer = Annotated[str | None, typer.Option("--payer", help="A firm's short name, never a person's.")]
Note = Annotated[str | None, typer.Option("--note", help="Kept sealed.")]
SHOWN = ("id", "source", "amount", "state", "booked_on", "payer", "claim_id", "corrected_by")


@recovery.command()
def record(
    *,
    incident: IncidentId,
    source: Source,
    on: Annotated[datetime, Day],
    staff: As,
    amount: Amount = None,
    currency: CurrencyCode = None,
    state: Annotated[
        RecoveryState, typer.Option("--state", help="received, or only expected.")
    ] = RecoveryState.RECEIVED,
    payer: Payer = None,
    claim: Annotated[
        str | None, typer.Option("--claim", help="The paid claim it is of, with --source claim.")
    ] = None,
    note: Note = None,
) -> None:
    """Record what came back, or is expected; only what was received is deducted."""
    given = Recovered(source, needed_money(amount, currency), on.date(), state, payer, claim, note)
    with opened().work() as unit:
        row = record_recovery(unit, incident, given, staff)
    say(f"{row.id}: {row.amount} {row.currency}, {row.state}.")


@recovery.command()
def correct(
    *,
    recovery_id: Annotated[str, typer.Argument(metavar="RECOVERY", help="Such as INC-2026-0001/R1.")],
    staff: As,
    amount: Amount = None,
    currency: CurrencyCode = None,
    state: Annotated[
        RecoveryState | None, typer.Option("--state", help="Another state, else as before.")
    ] = None,
    on: Annotated[datetime | None, Day] = None,
    payer: Payer = None,
    note: Note = None,
) -> None:
    """Follow an entry by a new one that stands in its place, such as when what was expected came. 0 takes it back."""
    with opened().work() as unit:
        old = find_recovery(unit.session, recovery_id)
        sum_ = (
            Money(old.amount, old.currency)
            if amount is None
            else money(amount, currency or old.currency, "--amount")
        )
        given = Recovered(
            RecoverySource(old.source),
            sum_,
            on.date() if on else old.booked_on,
            state or RecoveryState(old.state),
            payer or old.payer,
            old.claim_id,
            note,
        )
        row = correct_recovery(unit, recovery_id, given, staff)
    say(f"{row.id} stands for {recovery_id}: {row.amount} {row.currency}, {row.state}.")


@recovery.command("list")
def list_(
    incident: IncidentId,
    notes: Annotated[
        str | None, typer.Option("--notes-as", metavar="STAFF", help="Open the notes too, as this staff id.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what came back as it was recorded, corrected entries too, and the sums received by currency."""
    store = opened()
    with store.reading() as session:
        found = list_recoveries(session, incident)
        said = {row.id: read_recovery_note(store, session, row.id, notes) for row, _ in found if notes}
    listed = [_plain(row, later, said) for row, later in found]
    standing = [row for row, later in found if later is None]
    sums = totals(Money(row.amount, row.currency) for row in standing if row.state == RecoveryState.RECEIVED)
    if as_json:
        show_json({"recoveries": listed, "received": {each.currency: each.amount for each in sums}})
        return
    columns = (*SHOWN, "note") if notes else SHOWN
    shown = [{**each, "amount": f"{each['amount']} {each['currency']}"} for each in listed]
    show_table("Recoveries", columns, [[each[name] for name in columns] for each in shown])
    for each in sums:
        say(f"Received: {each}, corrected entries left out.")


def _plain(row: Recovery, later: str | None, said: dict[str, str | None]) -> dict[str, Any]:
    return {**row.model_dump(exclude={"sealed"}), "corrected_by": later, "note": said.get(row.id)}
