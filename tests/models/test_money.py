"""Money is exact: read strictly, summed by currency without a rounding, converted once and only at a given rate."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, create_engine, insert, select

from models.columns import ExactDecimal
from models.errors import InvalidInputError
from models.money import (
    CURRENCIES,
    NO_EXCHANGE,
    Converted,
    Exchange,
    Money,
    Rate,
    converted,
    decimals_of,
    exact_number,
    money,
    times,
    totals,
)

DAY = date(2026, 3, 31)
CODES = st.sampled_from(sorted(CURRENCIES))


@st.composite
def moneys(draw: st.DrawFn, currencies: st.SearchStrategy[str] = CODES) -> Money:
    currency = draw(currencies)
    units = draw(st.integers(0, 10**15 - 1))
    return Money(Decimal(units).scaleb(-decimals_of(currency)), currency)


@given(moneys())
def test_amount_reads_back_as_it_is_written(amount: Money) -> None:
    text, currency = str(amount).split(" ")
    assert money(text, currency) == amount


@given(st.lists(moneys(st.sampled_from(["EUR", "JPY", "KWD"])), max_size=40))
def test_sums_equal_those_of_whole_units_in_any_order(amounts: list[Money]) -> None:
    units: dict[str, int] = {}
    for each in amounts:
        units[each.currency] = units.get(each.currency, 0) + int(
            each.amount.scaleb(decimals_of(each.currency))
        )
    expected = tuple(Money(Decimal(units[code]).scaleb(-decimals_of(code)), code) for code in sorted(units))
    assert totals(amounts) == totals(reversed(amounts)) == expected


@given(moneys(), st.decimals(0, 10**6, places=6))
def test_product_is_off_by_half_a_unit_at_most(price: Money, factor: Decimal) -> None:
    product = times(factor, price.amount, price.currency)
    unit = Decimal(1).scaleb(-decimals_of(price.currency))
    exact = int(factor.scaleb(6)) * int(price.amount.scaleb(6))  # in 10**-12
    assert abs(int(product.amount.scaleb(12)) - exact) * 2 <= int(unit.scaleb(12))


def test_half_a_cent_is_rounded_up_once() -> None:
    assert times(Decimal("0.5"), Decimal("0.01"), "EUR") == Money(Decimal("0.01"), "EUR")
    assert times(Decimal("7.5"), Decimal("95.00"), "EUR") == Money(Decimal("712.50"), "EUR")


@pytest.mark.parametrize(
    "wrong", [0.1, 12.0, True, None, "", "-1", "+1", "1e3", "1,000", "NaN", "Infinity", "١"]
)
def test_what_is_no_exact_amount_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidInputError):
        exact_number(wrong)


def test_currency_has_its_own_decimals() -> None:
    assert [decimals_of(code) for code in ("EUR", "JPY", "KWD")] == [2, 0, 3]
    assert str(money("5", "EUR")) == "5.00 EUR"
    with pytest.raises(InvalidInputError, match="EUR has no 3 decimals"):
        money("1.234", "EUR")
    with pytest.raises(InvalidInputError, match="JPY has no 1 decimals"):
        money("1.5", "JPY")
    with pytest.raises(InvalidInputError, match="no currency 'XXX'"):
        money("1", "XXX")


def rate(source: str, text: str, on: date = DAY) -> Rate:
    return Rate(source, "EUR", Decimal(text), on, "Treasury")


def test_sum_is_converted_at_the_newest_rate_that_was_there() -> None:
    older, newer = rate("USD", "0.90", DAY - timedelta(days=9)), rate("USD", "0.95")
    exchange = Exchange("EUR", (older, newer))
    sums = totals([money("100", "USD"), money("10", "EUR")])
    assert converted(sums, exchange, DAY) == Converted(money("105.00", "EUR"), (newer,))
    assert converted(sums, exchange, DAY - timedelta(days=1)) == Converted(money("100.00", "EUR"), (older,))


def test_sum_without_a_rate_is_unknown_and_no_rate_is_turned_round() -> None:
    exchange = Exchange("EUR", (Rate("EUR", "USD", Decimal("1.10"), DAY, "x"), rate("GBP", "1.1")))
    found = converted(totals([money("1", "USD"), money("2", "GBP")]), exchange, DAY)
    assert found == Converted(None, (rate("GBP", "1.1"),), ("USD",))
    assert converted((), NO_EXCHANGE, DAY) is None
    assert converted((), exchange, DAY) == Converted(money("0", "EUR"))


@given(moneys())
def test_column_gives_back_the_same_decimal(amount: Money) -> None:
    table = Table("t", MetaData(), Column("amount", ExactDecimal))
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        table.create(connection)
        connection.execute(insert(table).values(amount=amount.amount))
        kept = connection.execute(select(table.c.amount)).scalar_one()
    engine.dispose()
    assert (kept, kept.as_tuple()) == (amount.amount, amount.amount.as_tuple())
