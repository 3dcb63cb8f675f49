"""Costs: recorded exactly, hours at a rate that somebody gave, corrected by an entry that follows."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from models.cost import Cost
from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError, TocsinError
from models.incident import Incident
from models.ledger import LedgerEntry
from models.money import money
from models.vocabulary import CostBasis, CostCategory, IncidentStatus
from response.losses.costs import Hours, Spent, correct_cost, list_costs, read_note, record_cost
from response.organisation import sample_text
from tests.support.steps import declared

DAY = date(2026, 3, 3)
HOURS = Hours(Decimal("7.5"), "security", "responder")


@pytest.fixture
def incident(store: Store) -> Incident:
    found = declared(store)
    store.settings.home.joinpath("organisation.yaml").write_text(sample_text(), encoding="utf-8")
    return found


def spent(category: str = "forensics", amount: str | None = "12000", **more: Any) -> Spent:
    return Spent(CostCategory(category), DAY, amount=money(amount, "USD") if amount else None, **more)


def record(store: Store, incident: Incident, what: Spent, by: str = "lead-1") -> Cost:
    with store.work() as unit:
        return record_cost(unit, incident.id, what, by)


def correct(store: Store, cost: Cost, what: Spent) -> Cost:
    with store.work() as unit:
        return correct_cost(unit, cost.id, what, "lead-1")


def entries(store: Store) -> list[dict[str, Any]]:
    with store.reading() as session:
        read = [json.loads(entry.document) for entry in session.exec(select(LedgerEntry))]
    return [each for each in read if each["tag"].startswith("cost:")]


def test_hours_are_counted_at_the_organisations_rate(store: Store, incident: Incident) -> None:
    row = record(store, incident, spent("hours", None, hours=HOURS))
    assert (row.amount, row.currency, row.hours, row.rate) == (
        Decimal("712.50"), "EUR", Decimal("7.5"), Decimal("95.00"),
    )  # fmt: skip
    (entry,) = entries(store)
    assert entry["body"] == {
        "cost": f"{incident.id}/K1",
        "category": "hours",
        "amount": "712.50",
        "currency": "EUR",
        "basis": "actual",
        "incurred_on": "2026-03-03",
    }


def test_hours_at_a_rate_given_with_them(store: Store, incident: Incident) -> None:
    at = Hours(Decimal("0.25"), "management", "executive", money("301.01", "CHF"))
    row = record(store, incident, spent("hours", None, hours=at))
    assert (row.amount, row.currency) == (Decimal("75.25"), "CHF")


def test_correction_follows_and_what_it_corrects_stays(store: Store, incident: Incident) -> None:
    first = record(store, incident, spent(basis=CostBasis.ESTIMATE, note="Offer 17"))
    second = correct(store, first, spent(amount="11500.50"))
    third = correct(store, second, spent(amount="0"))
    with store.reading() as session:
        listed = [
            (row.id[-2:], row.amount, later and later[-2:]) for row, later in list_costs(session, incident.id)
        ]
    assert listed == [
        ("K1", Decimal("12000.00"), "K2"),
        ("K2", Decimal("11500.50"), "K3"),
        ("K3", Decimal("0.00"), None),
    ]
    with pytest.raises(RefusedError, match="was corrected before") as error:
        correct(store, first, spent())
    assert second.id in error.value.remedy
    said = [(each["tag"], each["body"].get("supersedes")) for each in entries(store)]
    assert said == [("cost:recorded", None), ("cost:corrected", first.id), ("cost:corrected", second.id)]
    assert third.supersedes == second.id


def test_note_is_sealed_and_read_by_those_who_may(store: Store, incident: Incident) -> None:
    row = record(store, incident, spent(note="Offer of Ms Lind, 报价"))
    assert b"Lind" not in (row.sealed or b"")
    assert "Lind" not in json.dumps(entries(store))
    with store.reading() as session:
        assert read_note(store, session, row.id, "audit-1") == "Offer of Ms Lind, 报价"


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (spent(amount="0"), "cost of nothing"),
        (spent(amount=None), "an amount or hours"),
        (spent("hours", "12", hours=HOURS), "an amount or hours"),
        (spent("forensics", None, hours=HOURS), "the category hours"),
        (spent("hours", "12"), "the category hours"),
        (spent("hours", None, hours=Hours(Decimal(1), "kitchen", "responder")), "is not known"),
        (spent(supplier="Anna Lind"), "no handle"),
        (Spent(CostCategory.FINES, DAY + timedelta(days=9), amount=money("1", "EUR")), "yet to come"),
    ],
)
def test_cost_that_is_wrong_is_refused_and_nothing_is_stored(
    store: Store, incident: Incident, what: Spent, said: str
) -> None:
    with pytest.raises(InvalidInputError, match=said):
        record(store, incident, what)
    with store.reading() as session:
        assert list_costs(session, incident.id) == []


def test_cost_is_not_recorded_by_an_auditor_nor_for_what_is_not_there(
    store: Store, incident: Incident
) -> None:
    with pytest.raises(RefusedError, match="may not"):
        record(store, incident, spent(), "audit-1")
    for act in (
        lambda unit: record_cost(unit, "INC-1999-0001", spent(), "lead-1"),
        lambda unit: correct_cost(unit, f"{incident.id}/K9", spent(), "lead-1"),
    ):
        with pytest.raises(NotFoundError), store.work() as unit:
            act(unit)


def test_estimate_may_lie_ahead_and_a_closed_incident_takes_costs(store: Store, incident: Incident) -> None:
    with store.work() as unit:
        row = unit.session.get_one(Incident, incident.id)
        row.status, row.closed_at = IncidentStatus.CLOSED, unit.clock()
        unit.session.add(row)
    ahead = Spent(CostCategory.FINES, DAY + timedelta(days=300), CostBasis.ESTIMATE, money("1", "EUR"))
    assert record(store, incident, ahead).basis == "estimate"


def test_wrong_rates_in_the_organisation_file_are_named(store: Store) -> None:
    from response.organisation import read_organisation

    for good, bad, said in (
        ('rate: "95.00"', "rate: 95.00", "quotes"),
        ("EUR: 1000", "EUR: -1", "not an amount"),
        ("from: CNY", "from: XYZ", "no currency 'XYZ'"),
    ):
        with pytest.raises(TocsinError, match=said):
            read_organisation(sample_text().replace(good, bad))
