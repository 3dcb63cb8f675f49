"""Amounts of money: exact decimals in one currency of ISO 4217, never floats; sums per currency, and at given rates."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Final

from models.errors import InvalidInputError

# ISO 4217: what people are paid in; units of account, precious metals and test codes are left out.
CURRENCIES: Final = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
    CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF
    IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD
    MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB
    RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
    UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - a list of that many would stand on as many lines
)
# How many decimals an amount may have where that is not two.
_DECIMALS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"), 0),
    **dict.fromkeys(("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_AMOUNT: Final = re.compile(r"\d{1,15}(\.\d{1,12})?", re.ASCII)
# Wide enough that no product or sum of amounts is ever rounded before we round it.
_EXACT: Final = Context(prec=80)


@dataclass(frozen=True)
class Money:
    """An amount in one currency, with the decimals that currency has."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        """Write it as `1200.00 EUR`."""
        return f"{self.amount:f} {self.currency}"


def decimals_of(currency: str) -> int:
    """Say how many decimals an amount in a currency has."""
    return _DECIMALS.get(currency, 2)


def known_currency(code: str, where: str = "currency") -> str:
    """Give a currency's code; raises InvalidInputError for one that ISO 4217 does not have."""
    if code not in CURRENCIES:
        raise InvalidInputError(
            f"There is no currency {code[:10]!r}.", where=where, expected="a code of ISO 4217, such as EUR"
        )
    return code


def exact_number(value: Any, where: str = "number") -> Decimal:
    """Read a number of zero or more from text or a whole number, exactly.

    Raises:
        InvalidInputError: it is a float, negative, too long, or no number.
    """
    if isinstance(value, float):
        raise InvalidInputError(
            "A number with a fraction must stand in quotes: read as it is, it is not exact.",
            where=where,
            expected='such as "95.50"',
        )
    text = str(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""
    if not _AMOUNT.fullmatch(text):
        raise InvalidInputError(
            f"{str(value)[:30]!r} is not an amount.",
            where=where,
            expected="digits with a point before the decimals, such as 1200.50; no sign, no thousands apart",
        )
    return Decimal(text)


def money(value: Any, currency: str, where: str = "amount") -> Money:
    """Read an amount in a currency.

    Raises:
        InvalidInputError: as `exact_number`, or it has more decimals than the currency.
    """
    number, places = exact_number(value, where), decimals_of(known_currency(currency))
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - the pattern lets no infinity through
    if -exponent > places:
        raise InvalidInputError(
            f"An amount in {currency} has no {-exponent} decimals.", where=where, expected=f"at most {places}"
        )
    return Money(_to_places(number, places), currency)


def times(factor: Decimal, price: Decimal, currency: str) -> Money:
    """Multiply, and round once, half up, to what the currency has."""
    return Money(_to_places(_EXACT.multiply(factor, price), decimals_of(currency)), currency)


def totals(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """Sum up by currency, in the order of their codes."""
    sums: dict[str, Decimal] = {}
    for each in amounts:
        sums[each.currency] = _EXACT.add(sums.get(each.currency, Decimal(0)), each.amount)
    return tuple(Money(sums[currency], currency) for currency in sorted(sums))


@dataclass(frozen=True)
class Rate:
    """What one unit of a currency was worth in another on a day, and who says so."""

    source: str  # the currency it is from
    target: str
    rate: Decimal
    on: date
    said_by: str


@dataclass(frozen=True)
class Exchange:
    """The currency to report in and the rates a person gave; no rate is ever guessed, turned round or chained."""

    target: str | None = None
    rates: tuple[Rate, ...] = ()

    def rate_for(self, currency: str, on: date) -> Rate | None:
        """Give the newest rate to the target that was there on a day."""
        known = [
            each
            for each in self.rates
            if (each.source, each.target) == (currency, self.target) and each.on <= on
        ]
        return max(known, key=lambda each: each.on, default=None)


NO_EXCHANGE: Final = Exchange()


@dataclass(frozen=True)
class Converted:
    """Sums in one currency: the rates that were used, and the currencies that have none (then `total` is unknown)."""

    total: Money | None
    rates: tuple[Rate, ...] = ()
    missing: tuple[str, ...] = ()


def converted(sums: Iterable[Money], exchange: Exchange, on: date) -> Converted | None:
    """Convert each sum once, round it half up, and add; None without a currency to report in."""
    if exchange.target is None:
        return None
    parts, used, missing = list[Money](), list[Rate](), list[str]()
    for each in sums:
        rate = exchange.rate_for(each.currency, on)
        if each.currency == exchange.target:
            parts.append(each)
        elif rate is None:
            missing.append(each.currency)
        else:
            used.append(rate)
            parts.append(times(each.amount, rate.rate, exchange.target))
    whole = next(
        iter(totals(parts)), Money(_to_places(Decimal(0), decimals_of(exchange.target)), exchange.target)
    )
    return Converted(None if missing else whole, tuple(used), tuple(missing))


def _to_places(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=_EXACT)
