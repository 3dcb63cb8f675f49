"""What a scripted response costs and what is claimed of it, so that an exercise shows these parts too."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from models.errors import InvalidInputError
from models.money import exact_number, known_currency, money
from models.vocabulary import ClaimKind, CostBasis, CostCategory
from playbooks.schema import Part
from playbooks.schema_parts import Identifier, Sentence

WORD = Field(strict=False)  # written as text in the file


class ScriptedCost(Part):
    """A cost that a participant records once the step `after` is done: an amount, or hours at a rate."""

    by: str
    after: Identifier
    category: Annotated[CostCategory, WORD]
    amount: str | None = None
    currency: str = "EUR"
    hours: str | None = None
    rate: str | None = None
    department: str = ""
    role: str = ""
    basis: Annotated[CostBasis, WORD] = CostBasis.ACTUAL
    supplier: str | None = None

    @model_validator(mode="after")
    def _is_an_amount_or_hours(self) -> Self:
        of_hours = self.category is CostCategory.HOURS
        if (self.amount is None, self.hours is None, self.rate is None) != (
            of_hours,
            not of_hours,
            not of_hours,
        ):
            raise ValueError("a cost is an amount, or in the category hours hours with their rate")
        _readable(self.amount or self.rate, self.currency)
        if self.hours is not None:
            _exactly(self.hours)
        return self


class ScriptedDecision(Part):
    """Who accepts a claim, and why."""

    by: str
    reason: Sentence


class ScriptedPayment(Part):
    """Who records the payment of an accepted claim."""

    by: str
    reference: Sentence


class ScriptedClaim(Part):
    """A claim that a participant registers once the step `after` is done; one that is not accepted stays open."""

    by: str
    after: Identifier
    kind: Annotated[ClaimKind, WORD]
    text: Sentence
    channel: Literal["phone", "email", "letter", "in_person", "court"] = "letter"
    amount: str | None = None
    currency: str = "EUR"
    law: Sentence | None = None
    accepted: ScriptedDecision | None = None
    paid: ScriptedPayment | None = None

    @model_validator(mode="after")
    def _is_accepted_before_it_is_paid(self) -> Self:
        _readable(self.amount, self.currency)
        if self.paid is not None and (self.accepted is None or self.amount is None):
            raise ValueError("only a claim with an amount that is accepted is paid")
        return self

    @property
    def people(self) -> tuple[str, ...]:
        """Name everybody who acts on it."""
        acting = (self.accepted.by if self.accepted else None, self.paid.by if self.paid else None)
        return (self.by, *(who for who in acting if who))


def _readable(amount: str | None, currency: str) -> None:
    try:
        known_currency(currency)
        if amount is not None:
            money(amount, currency)
    except InvalidInputError as error:
        raise ValueError(error.what.rstrip(".")) from None


def _exactly(number: str) -> None:
    try:
        exact_number(number)
    except InvalidInputError as error:
        raise ValueError(error.what.rstrip(".")) from None
