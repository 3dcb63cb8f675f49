"""`tocsin cost`: what the response cost, entry by entry; a correction is a new entry."""

from datetime import datetime
from typing import Annotated, Any

import typer

from console.cli.amounts import Amount, CurrencyCode, given_money
from console.cli.opening import As, IncidentId, opened
from console.cli.output import AsJson, say, show_json, show_table
from models.cost import Cost
from models.errors import UsageError
from models.money import Money, exact_number, money, totals
from models.vocabulary import CostBasis, CostCategory
from response.losses.costs import (
    Hours,
    Spent,
    correct_cost,
    find_cost,
    list_costs,
    read_note,
    record_cost,
)

cost = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Record, list and correct what the response cost."
)
APPS = {"cost": cost}

Day = Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="The day it was incurred on.")]
HourCount = Annotated[str | None, typer.Option("--hours", help="Such as 7.5, instead of an amount.")]
Department = Annotated[str | None, typer.Option("--department", help="Whose hours, as in organisation.yaml.")]
InRole = Annotated[str | None, typer.Option("--role", help="In which role, as in organisation.yaml.")]
RateText = Annotated[
    str | None,
    typer.Option("--rate", help="What an hour costs, with --currency; else organisation.yaml says."),
]
Basis = Annotated[CostBasis, typer.Option("--basis", help="actual, or an estimate.")]
Supplier = Annotated[str | None, typer.Option("--supplier", help="A firm's short name, never a person's.")]
Note = Annotated[str | None, typer.Option("--note", help="Kept sealed.")]
Category = Annotated[CostCategory, typer.Option("--category", help="What it was spent on.")]
SHOWN = ("id", "category", "amount", "basis", "incurred_on", "corrected_by")


@cost.command()
def record(
    *,
    incident: IncidentId,
    category: Category,
    on: Day,
    staff: As,
    amount: Amount = None,
    currency: CurrencyCode = None,
    hours: HourCount = None,
    department: Department = None,
    role: InRole = None,
    rate: RateText = None,
    basis: Basis = CostBasis.ACTUAL,
    supplier: Supplier = None,
    note: Note = None,
) -> None:
    """Record a cost: an amount, or hours of a department and role that are counted at their rate."""
    of_hours, spent = _hours(hours, department, role, rate, currency), None
    if of_hours is None:
        spent = given_money(amount, currency)
    new = Spent(category, on.date(), basis, spent, of_hours, supplier, note)
    with opened().work() as unit:
        row = record_cost(unit, incident, new, staff)
    say(f"{row.id}: {row.amount} {row.currency}, {row.basis}.")


@cost.command()
def correct(
    *,
    cost_id: Annotated[str, typer.Argument(metavar="COST", help="Such as INC-2026-0001/K1.")],
    staff: As,
    amount: Amount = None,
    currency: CurrencyCode = None,
    hours: HourCount = None,
    rate: RateText = None,
    basis: Annotated[CostBasis | None, typer.Option("--basis", help="Another basis, else as before.")] = None,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Another day, else as before.")
    ] = None,
    supplier: Supplier = None,
    note: Note = None,
) -> None:
    """Follow an entry by a new one that stands in its place; what is not given stays as it was. 0 takes it back."""
    with opened().work() as unit:
        old = find_cost(unit.session, cost_id)
        new = Spent(
            CostCategory(old.category),
            on.date() if on else old.incurred_on,
            basis or CostBasis(old.basis),
            None if old.hours is not None else _amount_of(old, amount, currency),
            _hours_of(old, hours, rate, currency),
            supplier or old.supplier,
            note,
        )
        row = correct_cost(unit, cost_id, new, staff)
    say(f"{row.id} stands for {cost_id}: {row.amount} {row.currency}, {row.basis}.")


@cost.command("list")
def list_(
    incident: IncidentId,
    notes: Annotated[
        str | None, typer.Option("--notes-as", metavar="STAFF", help="Open the notes too, as this staff id.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List an incident's costs as they were recorded, corrected ones too, and their sums by currency."""
    store = opened()
    with store.reading() as session:
        found = list_costs(session, incident)
        said = {row.id: read_note(store, session, row.id, notes) for row, _ in found if notes}
    listed = [_plain(row, later, said) for row, later in found]
    sums = totals(Money(row.amount, row.currency) for row, later in found if later is None)
    if as_json:
        show_json({"costs": listed, "totals": {each.currency: each.amount for each in sums}})
        return
    columns = (*SHOWN, "note") if notes else SHOWN
    shown = [{**each, "amount": f"{each['amount']} {each['currency']}"} for each in listed]
    show_table("Costs", columns, [[each[name] for name in columns] for each in shown])
    for each in sums:
        say(f"Total: {each}, corrected entries left out.")


def _plain(row: Cost, later: str | None, said: dict[str, str | None]) -> dict[str, Any]:
    return {**row.model_dump(exclude={"sealed"}), "corrected_by": later, "note": said.get(row.id)}


def _hours(
    hours: str | None, department: str | None, role: str | None, rate: str | None, currency: str | None
) -> Hours | None:
    if hours is None:
        return None
    if department is None or role is None:
        raise UsageError("Hours are those of a department in a role.", expected="--department and --role")
    return Hours(exact_number(hours, "--hours"), department, role, _rate(rate, currency))


def _rate(rate: str | None, currency: str | None) -> Money | None:
    if rate is None:
        return None
    if currency is None:
        raise UsageError("A rate needs its currency.", expected="--rate and --currency together")
    return money(rate, currency, "--rate")


def _hours_of(old: Cost, hours: str | None, rate: str | None, currency: str | None) -> Hours | None:
    if old.hours is None:
        return None
    before = Money(old.rate, old.currency) if old.rate is not None else None
    count = old.hours if hours is None else exact_number(hours, "--hours")
    return Hours(count, str(old.department), str(old.role), _rate(rate, currency) or before)


def _amount_of(old: Cost, amount: str | None, currency: str | None) -> Money:
    if amount is None:
        return Money(old.amount, old.currency)
    return money(amount, currency or old.currency, "--amount")
