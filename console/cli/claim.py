"""`tocsin claim`: losses and demands of affected people, from registered over decided to paid."""

from datetime import datetime
from typing import Annotated, Any

import typer

from console.cli.amounts import Amount, CurrencyCode, given_money, needed_money
from console.cli.opening import As, IncidentId, OnlyOf, opened
from console.cli.output import AsJson, say, show_json, show_table
from console.reading import read_words
from models.claim import Claim
from models.vocabulary import ClaimKind
from response.losses.claim_decisions import decide_claim, pay_claim
from response.losses.claim_record import find_claim, list_claims, verdicts
from response.losses.claim_rules import Verdict
from response.losses.claims import (
    CHANNELS,
    Demand,
    assign_claim,
    end_of_day,
    read_claim,
    register_claim,
    withdraw_claim,
)

claim = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Register, list, assign, decide, pay and withdraw claims of affected people.",
)
APPS = {"claim": claim}

ClaimId = Annotated[str, typer.Argument(metavar="CLAIM", help="Such as INC-2026-0001/C1.")]
Why = Annotated[str, typer.Option("--reason", help="Why; kept sealed.")]
MOMENT = ["%Y-%m-%dT%H:%M:%S%z"]
SHOWN = ("claim", "kind", "claimed", "status", "owner", "due", "accepted", "paid")


@claim.command()
def register(
    *,
    incident: IncidentId,
    kind: Annotated[ClaimKind, typer.Option(help="What was lost or suffered.")],
    staff: As,
    text: Annotated[
        str, typer.Option("--text", help="A file with the words, or - for standard input.")
    ] = "-",
    amount: Amount = None,
    currency: CurrencyCode = None,
    channel: Annotated[str, typer.Option(help=f"How it came: {', '.join(CHANNELS)}.")] = "letter",
    person: Annotated[int | None, typer.Option(help="Their number in the incident, where known.")] = None,
    law: Annotated[
        str | None, typer.Option(help="The basis that the claim names, such as GDPR Art. 82.")
    ] = None,
    claimed: Annotated[
        datetime | None, typer.Option(formats=MOMENT, help="When it was made, with its offset.")
    ] = None,
) -> None:
    """Register a claim; it goes to legal. Leave the amount out while nobody knows it."""
    demand = Demand(
        read_words(text, "text"), kind, channel, given_money(amount, currency), person, law, claimed
    )
    with opened().work() as unit:
        row = register_claim(unit, incident, demand, staff)
    say(f"{row.id} is {row.assigned_to or 'nobody'}'s, due {row.due_at:%Y-%m-%d %H:%M}Z ({_why_then(row)}).")


def _why_then(row: Claim) -> str:
    return row.citation or "the organisation's own term"


@claim.command("list")
def list_(
    incident: OnlyOf = None,
    as_json: AsJson = False,
) -> None:
    """List claims, the most urgent first; never what was said."""
    with opened().reading() as session:
        rows = list_claims(session, incident)
    if as_json:
        show_json([_plain(row) for row in rows])
    else:
        show_table("Claims", SHOWN, [_line(row) for row in rows])


def _line(row: Claim) -> list[object]:
    claimed, accepted, paid = (
        None if amount is None else f"{amount} {row.currency}"
        for amount in (row.amount, row.accepted, row.paid)
    )
    return [row.id, row.kind, claimed, row.status, row.assigned_to, row.due_at, accepted, paid]


def _plain(row: Claim) -> dict[str, Any]:
    return row.model_dump(exclude={"sealed", "sealed_payment"})


@claim.command()
def show(claim_id: ClaimId, staff: As, as_json: AsJson = False) -> None:
    """Open what was claimed, with what was said on it, for those who may read it."""
    store = opened()
    with store.reading() as session:
        text, payment = read_claim(store, session, claim_id, staff)
        row, said = find_claim(session, claim_id), verdicts(session, claim_id)
    if as_json:
        show_json(
            {**_plain(row), "text": text, "payment": payment, "verdicts": [v.model_dump() for v in said]}
        )
        return
    say(f"{row.id}  {row.status}  {row.kind}  {_amount(row)}")
    say(text)
    columns = ("verdict", "amount", "currency", "by", "role", "given_at")
    show_table("What people said", columns, [[getattr(each, name) for name in columns] for each in said])
    if row.paid is not None:
        say(f"Paid {row.paid} {row.currency} at {row.paid_at:%Y-%m-%d %H:%M}Z, {payment}.")


def _amount(row: Claim) -> str:
    return "amount not known" if row.amount is None else f"{row.amount} {row.currency}"


@claim.command()
def assign(
    claim_id: ClaimId,
    to: Annotated[str, typer.Option("--to", help="Staff id of who decides it.")],
    staff: As,
    due: Annotated[
        datetime | None, typer.Option("--due", formats=["%Y-%m-%d"], help="The last day of its term (UTC).")
    ] = None,
) -> None:
    """Give an open claim to somebody who may decide, with another last day where one is given."""
    with opened().work() as unit:
        row = assign_claim(unit, claim_id, to, end_of_day(due) if due else None, staff)
    say(f"{row.id} is {row.assigned_to}'s, due {row.due_at:%Y-%m-%d %H:%M}Z.")


@claim.command()
def decide(
    claim_id: ClaimId,
    verdict: Annotated[Verdict, typer.Option(help="accept, partly or refuse.")],
    reason: Why,
    staff: As,
    amount: Amount = None,
    currency: CurrencyCode = None,
) -> None:
    """Say what becomes of a claim; above the organisation's limit a second person must say the same."""
    with opened().work() as unit:
        row = decide_claim(unit, claim_id, verdict, reason, staff, given_money(amount, currency))
    if row.decided_at is None:
        say(f"{row.id}: noted. It is decided when a second person says the same.")
        return
    say(
        f"{row.id} is {row.status.replace('_', ' ')}{f': {row.accepted} {row.currency}' if row.accepted else ''}."
    )


@claim.command()
def pay(
    claim_id: ClaimId,
    amount: Amount,
    currency: CurrencyCode,
    reference: Annotated[str, typer.Option(help="The payment's reference; kept sealed.")],
    staff: As,
    at: Annotated[
        datetime | None, typer.Option(formats=MOMENT, help="When it was paid, with its offset; else now.")
    ] = None,
) -> None:
    """Record that an accepted claim was paid: once, no more than was accepted, by somebody who did not decide it."""
    with opened().work() as unit:
        row = pay_claim(unit, claim_id, needed_money(amount, currency), reference, staff, at)
    say(f"{row.id} is paid: {row.paid} {row.currency}.")


@claim.command()
def withdraw(claim_id: ClaimId, reason: Why, staff: As) -> None:
    """Record that whoever claimed no longer does."""
    with opened().work() as unit:
        row = withdraw_claim(unit, claim_id, reason, staff)
    say(f"{row.id} is withdrawn.")
