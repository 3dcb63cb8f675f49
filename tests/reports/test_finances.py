"""Claims and costs in reports: exact sums, each with its entries; masked in the bundle; the same bytes twice."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from models.clock import VirtualClock
from models.cost import Cost
from models.database import Store
from models.home import init_home
from models.ledger import LedgerEntry
from models.money import NO_EXCHANGE, Converted, Exchange, Money
from models.settings import Settings
from models.vocabulary import ClaimKind, ClaimStatus, CostCategory
from reports.bundle import write_bundle
from reports.charts.costs import CostBar, costs_chart
from reports.document import FactList, Picture, Table
from reports.finances import CATEGORIES, finances_of, standing_costs
from reports.incident import build_incident_report
from reports.incident_document import summary_document
from reports.ledger_index import LedgerIndex
from reports.pdf import document_pages
from reports.rendering import render_incident_report
from reports.sections.brief import brief
from reports.sections.finances import finances_section
from reports.telling import Telling
from reports.verify_bundle import verify
from reports.view import IncidentReport
from reports.view_finances import NO_FINANCES, CostLine
from reports.words import words_of
from tests.reports.breach import AT, AWARE, COVERAGE, ID, build_breach
from tests.reports.money_spent import DAY, EXCHANGE, spend


@pytest.fixture(scope="module")
def spent_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    settings = Settings(home=tmp_path_factory.mktemp("spent"))
    init_home(settings)
    store = Store(settings, VirtualClock(AWARE))
    build_breach(store)
    spend(store)
    yield store
    store.engine.dispose()


@pytest.fixture(scope="module")
def spent(spent_store: Store) -> IncidentReport:
    return report_of(spent_store, EXCHANGE)


def report_of(store: Store, exchange: Exchange) -> IncidentReport:
    with store.reading() as session:
        return build_incident_report(session, ID, COVERAGE, AT, exchange=exchange)


def euro(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def tags(store: Store, seqs: tuple[int, ...]) -> list[str]:
    with store.reading() as session:
        return [entry.tag for entry in session.exec(select(LedgerEntry)) if entry.seq in seqs]


def test_costs_are_summed_by_category_and_currency_without_what_was_corrected(spent: IncidentReport) -> None:
    told = [
        (line.category, line.currency, line.actual, line.estimate, line.hours)
        for line in spent.finances.lines
    ]
    assert told == [
        ("hours", "EUR", Decimal("5480.00"), 0, 52),
        ("forensics", "USD", Decimal("27450.50"), 0, None),
        ("notification", "EUR", Decimal("9120.10"), 0, None),
        ("offers", "CNY", 0, Decimal("240000.00"), None),
        ("fines", "EUR", 0, Decimal("50000.00"), None),
        ("claims", "EUR", Decimal("500.00"), 0, None),
    ]
    assert spent.finances.sums == (
        Money(Decimal("240000.00"), "CNY"), euro("65100.10"), Money(Decimal("27450.50"), "USD"),
    )  # fmt: skip
    assert spent.finances.corrected == 1


def test_whole_in_one_currency_is_known_only_with_every_rate(
    spent: IncidentReport, spent_store: Store
) -> None:
    # 240,000.00 x 0.1265 + 65,100.10 + 27,450.50 x 0.9180
    assert spent.finances.converted == Converted(euro("120659.66"), tuple(reversed(EXCHANGE.rates)))
    fewer = report_of(spent_store, replace(EXCHANGE, rates=EXCHANGE.rates[:1])).finances
    assert fewer.converted == Converted(None, EXCHANGE.rates[:1], ("CNY",))
    assert report_of(spent_store, NO_EXCHANGE).finances.converted is None


def test_each_figure_rests_on_its_own_entries(spent: IncidentReport, spent_store: Store) -> None:
    by_category = {line.category: tags(spent_store, line.seqs) for line in spent.finances.lines}
    assert by_category == {
        "hours": ["cost:recorded", "cost:recorded"],
        "forensics": ["cost:corrected"],
        "notification": ["cost:recorded"],
        "offers": ["cost:recorded"],
        "fines": ["cost:recorded"],
        "claims": ["claim:paid"],
    }
    assert tags(spent_store, spent.finances.claims.seqs) == [
        "claim:registered",
        "claim:paid",
        *["claim:registered"] * 4,
    ]


def test_claims_are_counted_and_the_open_ones_named_without_amounts(spent: IncidentReport) -> None:
    claims = spent.finances.claims
    assert (claims.count, claims.unpriced, claims.overdue) == (5, 1, 1)
    assert claims.states == {"received": 1, "partly_accepted": 1, "refused": 1, "paid": 1, "withdrawn": 1}
    assert claims.claimed == (Money(Decimal("80000.00"), "CNY"), euro("2560.00"))
    assert (claims.accepted, claims.paid) == ((euro("1700.50"),), (euro("500.00"),))
    assert [(each.id, each.owner, each.overdue) for each in claims.waiting] == [
        (f"{ID}/C2", "legal-1", True),
        (f"{ID}/C3", "legal-1", False),
    ]


def said(report: IncidentReport, language: str) -> str:
    section = finances_section(Telling(report, words_of(language)))
    lines = []
    for block in section.blocks:
        if isinstance(block, Table):
            lines += [f"{cell.text} {' '.join(cell.notes)}" for row in block.rows for cell in row]
        elif isinstance(block, FactList):
            lines += [f"{fact.cell.text} {' '.join(fact.cell.notes)}" for fact in block.facts]
        elif not isinstance(block, Picture):
            lines.append(block.text if hasattr(block, "text") else block.cell.text)
    return "\n".join(lines)


def test_section_says_sums_rates_and_what_is_past_its_term(spent: IncidentReport) -> None:
    english, chinese = said(spent, "en"), said(spent, "zh")
    for line in (
        "240,000.00 CNY + 65,100.10 EUR + 27,450.50 USD entries that later ones correct, in no sum: 1",
        "120,659.66 EUR 1 CNY = 0.1265 EUR on 2026-01-02 (Treasury) 1 USD = 0.9180 EUR on 2026-01-02 (Treasury)",
        "entries: 2 · 52 hours",
        "Claims past their term: 1.",
        "80,000.00 CNY + 2,560.00 EUR 1 more without an amount",
        "Past its term Received",
    ):
        assert line in english
    assert "折合" not in english
    assert "2026-01-02 1 CNY = 0.1265 EUR（Treasury）" in chinese
    assert "已超过期限的索赔：1 项。" in chinese


def test_missing_rate_makes_the_whole_unknown_and_is_named(spent_store: Store) -> None:
    fewer = report_of(spent_store, replace(EXCHANGE, rates=EXCHANGE.rates[:1]))
    assert "unknown no rate was given for CNY" in said(fewer, "en")
    assert "at the rates given" not in " ".join(cell.text for cell in brief(Telling(fewer, words_of("en"))))


def test_nothing_recorded_is_unknown_not_nothing(report: IncidentReport) -> None:
    assert report.finances == NO_FINANCES
    assert report.finances.is_empty
    assert "No cost is recorded; what it cost is unknown." in said(report, "en")
    sentences = [cell.text for cell in brief(Telling(report, words_of("en")))]
    assert sentences[-1] == "What it cost is not recorded."


def test_summary_with_costs_and_claims_is_one_page(spent: IncidentReport) -> None:
    for language in ("en", "zh"):
        assert len(document_pages(summary_document(spent, language), 30)) == 1
    sentences = [cell.text for cell in brief(Telling(spent, words_of("en")))][-2:]
    assert sentences == [
        (
            "Costs so far: 240,000.00 CNY + 65,100.10 EUR + 27,450.50 USD (120,659.66 EUR at the rates given), "
            "estimates within: 240,000.00 CNY + 50,000.00 EUR."
        ),
        "Claims of people affected: 5, 1 paid, 2 not settled, 1 past their term.",
    ]


@pytest.mark.parametrize("form", ["html", "pdf", "docx", "json"])
def test_same_records_give_the_same_bytes(spent_store: Store, spent: IncidentReport, form: str) -> None:
    again = report_of(spent_store, EXCHANGE)
    assert render_incident_report(again, "zh", form) == render_incident_report(spent, "zh", form)


def test_json_holds_amounts_as_text(spent: IncidentReport) -> None:
    told = json.loads(render_incident_report(spent, "en", "json"))["finances"]
    assert told["sums"][1] == {"amount": "65100.10", "currency": "EUR"}
    assert told["converted"]["total"] == {"amount": "120659.66", "currency": "EUR"}


def test_labels_cover_every_word_of_claims_and_costs() -> None:
    wanted = [f"cost.category.{name}" for name in CATEGORIES]
    wanted += [f"status.claim.{name}" for name in ClaimStatus] + [f"claim.kind.{name}" for name in ClaimKind]
    assert [key for key in wanted if key not in words_of("en").labels] == []


def test_chart_draws_each_currency_to_its_own_scale() -> None:
    bars = [
        CostBar("a", "EUR", Decimal(25), Decimal(75), "100"),
        CostBar("b", "EUR", Decimal(50), Decimal(0), "50"),
        CostBar("c", "CNY", Decimal(0), Decimal(7), "7"),
    ]
    rows = costs_chart("", bars, ("actual", "estimate")).data["rows"]
    assert [(row["label"], row["actual"], row["estimate"]) for row in rows] == [
        ("c", 0.0, 360.0), ("a", 90.0, 270.0), ("b", 180.0, 0.0),
    ]  # fmt: skip


def test_bundle_shows_costs_and_masks_claims(spent_store: Store, tmp_path: Path) -> None:
    path = write_bundle(spent_store, ID, tmp_path)
    assert verify(str(path))[1] == []
    with zipfile.ZipFile(path) as bundle:
        costs = json.loads(bundle.read("records/cost.json"))
        claims = json.loads(bundle.read("records/claim.json"))
        sums = json.loads(bundle.read("records/claim_totals.json"))
    assert [(row["id"][-2:], row["amount"], row["supersedes"]) for row in costs[2:4]] == [
        ("K3", "30000.00", None),
        ("K4", "27450.50", f"{ID}/K3"),
    ]
    assert set(claims[0]) & {"person", "amount", "accepted", "paid", "sealed", "sealed_payment"} == set()
    assert [row["status"] for row in claims] == [
        "paid",
        "received",
        "partly_accepted",
        "refused",
        "withdrawn",
    ]
    assert sums == {
        "amount": {"CNY": "80000.00", "EUR": "2560.00"},
        "accepted": {"EUR": "1700.50"},
        "paid": {"EUR": "500.00"},
    }


COSTS = st.lists(
    st.tuples(
        st.sampled_from(CostCategory),
        st.integers(0, 10**12),
        st.sampled_from(["EUR", "USD"]),
        st.sampled_from(["actual", "estimate"]),
        st.booleans(),
    ),
    max_size=30,
)


@given(COSTS)
def test_sums_are_those_of_the_entries_that_stand(drawn: list[tuple]) -> None:
    rows: list[Cost] = []
    for number, (category, cents, currency, basis, corrects) in enumerate(drawn, 1):
        before = rows[-1].id if corrects and rows else None
        amount = Decimal(cents).scaleb(-2)
        rows.append(
            Cost(
                id=f"K{number}", incident_id=ID, category=category, amount=amount, currency=currency,
                incurred_on=DAY, basis=basis, supersedes=before, recorded_by="x", recorded_at=AWARE,
            )
        )  # fmt: skip
    found = finances_of(rows, [], AT, LedgerIndex(()))
    corrected = {row.supersedes for row in rows}
    cents = {
        currency: sum(
            int(row.amount * 100) for row in rows if row.currency == currency and row.id not in corrected
        )
        for currency in ("EUR", "USD")
    }
    assert {each.currency: int(each.amount * 100) for each in found.sums if each.amount} == {
        currency: whole for currency, whole in cents.items() if whole
    }
    assert (
        sum(line.entries for line in found.lines) == len(standing_costs(rows)) == len(rows) - found.corrected
    )
    assert all(isinstance(line, CostLine) and line.total >= line.estimate for line in found.lines)
