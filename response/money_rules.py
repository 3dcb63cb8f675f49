"""What the organisation's file says about money: rates an hour, rates of exchange, and who may decide a claim alone."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from models.errors import InvalidInputError
from models.money import Exchange, Money, Rate, exact_number, known_currency, money
from models.vocabulary import Role


def _exact(value: Any) -> Decimal:
    try:
        return exact_number(value)
    except InvalidInputError as error:
        raise ValueError(f"{error.what.rstrip('.')}, {error.expected}") from None


def _currency(value: str) -> str:
    try:
        return known_currency(value)
    except InvalidInputError as error:
        raise ValueError(error.what.rstrip(".")) from None


Exact = Annotated[Decimal, BeforeValidator(_exact)]
Currency = Annotated[str, AfterValidator(_currency)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HourRate(_Part):
    """What an hour of somebody of a department in a role costs."""

    department: Words
    role: Role
    rate: Exact
    currency: Currency


class ExchangeRate(_Part):
    """What one unit of a currency is worth in another, since when, and who says so."""

    from_: Currency = Field(alias="from")
    to: Currency
    rate: Exact
    on: date
    source: Words


class ClaimLimits(_Part):
    """How much one person may accept or refuse alone, by currency, and the days an answer and a payment may take."""

    one_person_up_to: dict[Currency, Exact] = {}
    answer_within_days: Annotated[int, Field(ge=1, le=366)] = 30
    pay_within_days: Annotated[int, Field(ge=1, le=366)] = 14

    def one_person_decides(self, amount: Money | None) -> bool:
        """Tell whether an amount is within what one person decides; unknown, or of another currency, is not."""
        limit = self.one_person_up_to.get(amount.currency) if amount else None
        return amount is not None and limit is not None and amount.amount <= limit


class MoneyRules(_Part):
    """The part `money` of the organisation's file."""

    hours: tuple[HourRate, ...] = ()
    exchange: tuple[ExchangeRate, ...] = ()
    claims: ClaimLimits = ClaimLimits()

    def rate_of(self, department: str, role: str) -> Money | None:
        """Give what an hour costs; None where the file does not say."""
        for each in self.hours:
            if (each.department, str(each.role)) == (department, role):
                return money(each.rate, each.currency)
        return None

    def exchange_to(self, target: str | None) -> Exchange:
        """Give the rates of exchange with the currency that is reported in."""
        rates = (Rate(each.from_, each.to, each.rate, each.on, each.source) for each in self.exchange)
        return Exchange(target, tuple(rates))


NO_RULES: Final = MoneyRules()
