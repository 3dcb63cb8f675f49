"""Amounts of money on the command line: digits with a point, and a currency of ISO 4217."""

from typing import Annotated

import typer

from models.errors import UsageError
from models.money import Money, money

Amount = Annotated[str | None, typer.Option("--amount", help="Digits with a point, such as 1200.50.")]
CurrencyCode = Annotated[str | None, typer.Option("--currency", help="A code of ISO 4217, such as EUR.")]


def given_money(amount: str | None, currency: str | None) -> Money | None:
    """Read an amount with its currency, where both are given.

    Raises:
        UsageError: one of the two is missing.
        InvalidInputError: it is no amount, or there is no such currency.
    """
    if amount is None and currency is None:
        return None
    return needed_money(amount, currency)


def needed_money(amount: str | None, currency: str | None) -> Money:
    """Read an amount with its currency. Raises as `given_money`, also when both are missing."""
    if amount is None or currency is None:
        raise UsageError("An amount needs its currency.", expected="--amount and --currency together")
    return money(amount, currency, "--amount")
