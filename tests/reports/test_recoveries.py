"""Recoveries in reports and portfolio: deducted by currency once received, apart from what is hoped for."""

import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from models.database import Store
from models.money import Money
from models.recovery import Recovery
from reports.bundle import write_bundle
from reports.incident import build_incident_report
from reports.portfolio import build_portfolio
from reports.rendering import render_incident_report, render_portfolio
from reports.sections.finances import brief_finances
from reports.telling import Telling
from reports.view import IncidentReport
from reports.words import words_of
from tests.reports.breach import AT, AWARE, COVERAGE, ID, build_breach
from tests.reports.money_spent import DAY, EXCHANGE, spend

LATER = date(2026, 5, 4)


@pytest.fixture
def recovered(store: Store) -> Store:
    """Hold costs of which an insurer and a vendor paid back a part, in the currencies they paid in."""
    build_breach(store)
    spend(store)
    add(store, 1, "insurance", "20000.00", "EUR")
    add(store, 2, "insurance", "9000.00", "USD", state="expected")
    add(store, 3, "vendor", "30000.00", "USD", supersedes=f"{ID}/R2", on=LATER)
    add(store, 4, "claim", "100.00", "EUR", claim_id=f"{ID}/C1")
    add(store, 5, "other", "7000.00", "GBP", state="expected")
    return store


def add(store: Store, number: int, source: str, amount: str, currency: str, **more: object) -> None:
    """Write one recovery down with its entry."""
    given = {"state": "received", "booked_on": more.pop("on", DAY)} | more
    with store.work() as unit:
        row = Recovery(
            id=f"{ID}/R{number}",
            incident_id=ID,
            source=source,
            amount=Decimal(amount),
            currency=currency,
            recorded_by="lead-1",
            recorded_at=AWARE,
            **given,
        )
        unit.session.add(row)
        unit.session.flush()
        body = {"recovery": row.id}
        unit.record("recovery:recorded", actor="lead-1", role="incident_lead", incident_id=ID, body=body)


def report_of(store: Store) -> IncidentReport:
    with store.reading() as session:
        return build_incident_report(session, ID, COVERAGE, AT, exchange=EXCHANGE)


def amounts(sums: tuple[Money, ...]) -> dict[str, str]:
    return {each.currency: str(each.amount) for each in sums}


def test_only_what_was_received_is_deducted_in_its_own_currency(recovered: Store) -> None:
    found = report_of(recovered).finances
    assert amounts(found.sums) == {"CNY": "240000.00", "EUR": "65100.10", "USD": "27450.50"}
    assert amounts(found.received) == {"EUR": "20100.00", "USD": "30000.00"}
    assert amounts(found.expected) == {"GBP": "7000.00"}
    assert amounts(found.net) == {"CNY": "240000.00", "EUR": "45000.10", "USD": "-2549.50"}
    assert found.net_converted is not None
    assert found.net_converted.total == Money(Decimal("73019.66"), "EUR")


def test_each_line_rests_on_its_own_entries_without_what_was_corrected(recovered: Store) -> None:
    told = {(line.source, line.currency): len(line.seqs) for line in report_of(recovered).finances.recoveries}
    assert told == {("insurance", "EUR"): 1, ("vendor", "USD"): 1, ("claim", "EUR"): 1, ("other", "GBP"): 1}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("What came back", "Recourse against vendors", "Net of what was received")),
        ("zh", ("追偿", "向供应商追偿", "扣除已收到款项后的净额")),
    ],
)
def test_report_and_portfolio_show_gross_and_net(
    recovered: Store, language: str, words: tuple[str, ...]
) -> None:
    report = report_of(recovered)
    with recovered.reading() as session:
        period = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
        told = build_portfolio(session, *period, AT, exchange=EXCHANGE)
    pages = render_incident_report(report, language, "html"), render_portfolio(told, language, "html")
    for page in map(bytes.decode, pages):
        assert [word for word in (*words, "45,000.10 EUR - 2,549.50 USD") if word not in page] == []


def test_period_nets_what_came_back_within_it(recovered: Store) -> None:
    with recovered.reading() as session:
        period = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
        told = build_portfolio(session, *period, AT, exchange=EXCHANGE)
    assert amounts(told.finances.in_period.received) == {"USD": "30000.00"}
    assert told.finances.incidents.is_empty


def test_summary_says_what_is_left(recovered: Store) -> None:
    report = report_of(recovered)
    said = next(iter(brief_finances(Telling(report, words_of("en"))))).text
    assert said.endswith(
        "; 20,100.00 EUR + 30,000.00 USD came back, net 240,000.00 CNY + 45,000.10 EUR - 2,549.50 USD."
    )


def test_bundle_masks_what_came_back_of_a_claim(recovered: Store, tmp_path: Path) -> None:
    with zipfile.ZipFile(write_bundle(recovered, ID, tmp_path)) as packed:
        name = next(each for each in packed.namelist() if each.endswith("records/recovery.json"))
        rows = {row["id"]: row for row in json.loads(packed.read(name))}
    assert rows[f"{ID}/R1"]["amount"] == "20000.00"
    assert "amount" not in rows[f"{ID}/R4"]
    assert "sealed" not in rows[f"{ID}/R1"]
