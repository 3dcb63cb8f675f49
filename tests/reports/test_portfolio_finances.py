"""What a period cost: its incidents, the days in it, one by one; drills apart; exact and with entries."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from models.database import Store
from models.incident import Incident
from models.money import Converted, Money
from reports.pdf import document_pages
from reports.portfolio import build_portfolio
from reports.portfolio_document import portfolio_document
from reports.portfolio_view import Portfolio, Readiness
from reports.rendering import render_portfolio
from tests.reports.breach import AT, AWARE, ID, build_breach
from tests.reports.money_spent import EXCHANGE, spend

DRILL = "DRL-2026-0001"
MARCH, APRIL, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5))
READY = Readiness(62, (("contact tree", 12.0, 20), ("last drill", 0.0, 20)))


def build(store: Store, start: datetime = MARCH, end: datetime = APRIL) -> Portfolio:
    with store.reading() as session:
        return build_portfolio(session, start, end, AT, exchange=EXCHANGE, readiness=READY)


@pytest.fixture
def spent(store: Store) -> Store:
    build_breach(store)
    with store.work() as unit:
        copied = unit.session.get_one(Incident, ID).model_dump() | {"id": DRILL, "drill": True}
        unit.session.add(Incident(**copied))
    spend(store)
    spend(store, DRILL, drill=True)
    return store


def euro(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


SUMS = (Money(Decimal("240000.00"), "CNY"), euro("65100.10"), Money(Decimal("27450.50"), "USD"))


def test_costs_of_a_drill_enter_no_figure_of_incidents(spent: Store) -> None:
    found = build(spent).finances
    assert (found.incidents.sums, found.drills.sums) == (SUMS, SUMS)
    assert [(one.id, one.finances.sums) for one in found.one_by_one] == [(ID, SUMS)]
    assert (found.incidents.claims.count, found.incidents.claims.states["paid"]) == (5, 1)
    assert not set(found.incidents.seqs) & set(found.drills.seqs)


def test_period_counts_the_days_in_it_of_earlier_incidents_too(spent: Store) -> None:
    march, april = build(spent).finances.in_period, build(spent, APRIL, MAY)
    assert march.sums == (SUMS[0], euro("55980.00"), SUMS[2])  # all but the notices, which were paid in April
    assert (april.incidents, april.finances.one_by_one, april.finances.incidents.is_empty) == ((), (), True)
    assert april.finances.in_period.sums == (euro("9120.10"),)
    assert build(spent, MARCH - timedelta(days=31), MARCH).finances.in_period.sums == ()


def test_whole_is_converted_at_the_rates_given(spent: Store) -> None:
    assert build(spent).finances.incidents.converted == Converted(
        euro("120659.66"), tuple(reversed(EXCHANGE.rates))
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_portfolio_shows_costs_claims_and_readiness(spent: Store, language: str) -> None:
    found = build(spent)
    text = render_portfolio(found, language, "html").decode()
    for said in ("120,659.66 EUR", "55,980.00 EUR", "27,450.50 USD", "62"):
        assert said in text
    assert ("5, 1 paid" if language == "en" else "5 项，已支付 1 项") in text
    assert ("Contact tree confirmed" if language == "en" else "联系人已确认") in text
    assert document_pages(portfolio_document(found, language), 20)


def test_period_without_costs_says_that_it_is_not_known(store: Store) -> None:
    text = render_portfolio(build(store), "en", "html").decode()
    assert "No cost and no claim is recorded; what it cost is unknown." in text
    assert "Nothing is recorded for the period itself." in text


@pytest.mark.parametrize("form", ["html", "pdf", "docx", "json"])
def test_same_period_gives_the_same_bytes(spent: Store, form: str) -> None:
    assert render_portfolio(build(spent), "zh", form) == render_portfolio(replace(build(spent)), "zh", form)


def test_costs_recorded_after_the_period_count_for_its_incidents(spent: Store) -> None:
    later = build(spent, AWARE - timedelta(hours=2), AWARE + timedelta(hours=2))
    assert later.finances.incidents.sums == SUMS
