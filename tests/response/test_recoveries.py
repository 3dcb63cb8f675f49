"""Recoveries: recorded exactly, deducted once received, never more of a claim than was paid, corrected by an entry."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError, TocsinError
from models.incident import Incident
from models.ledger import LedgerEntry
from models.money import money
from models.recovery import Recovery
from models.vocabulary import RecoverySource, RecoveryState
from response.losses.claim_decisions import decide_claim, pay_claim
from response.losses.claim_rules import Verdict
from response.losses.claims import Demand, register_claim
from response.losses.recoveries import (
    Recovered,
    correct_recovery,
    list_recoveries,
    read_recovery_note,
    record_recovery,
)
from response.organisation import sample_text
from tests.support.steps import declared

DAY = date(2026, 3, 3)


@pytest.fixture
def incident(store: Store) -> Incident:
    found = declared(store)
    store.settings.home.joinpath("organisation.yaml").write_text(sample_text(), encoding="utf-8")
    return found


@pytest.fixture
def paid(store: Store, incident: Incident) -> str:
    """Register, accept and pay a claim of 200 euros."""
    with store.work() as unit:
        demand = Demand("I lost money", "financial_loss", "letter", money("200", "EUR"))
        claim = register_claim(unit, incident.id, demand, "care-1").id
        decide_claim(unit, claim, Verdict.ACCEPT, "Statement seen", "legal-1")
        pay_claim(unit, claim, money("200", "EUR"), "TX-1", "care-1")
    return claim


def back(source: str = "insurance", amount: str = "5000", **more: Any) -> Recovered:
    payer = None if source == "claim" else "cyber-insurer"
    given = {"payer": payer, "booked_on": DAY} | more
    return Recovered(RecoverySource(source), money(amount, given.pop("currency", "EUR")), **given)


def record(store: Store, incident: Incident, given: Recovered, by: str = "legal-1") -> Recovery:
    with store.work() as unit:
        return record_recovery(unit, incident.id, given, by)


def correct(store: Store, row: Recovery, given: Recovered) -> Recovery:
    with store.work() as unit:
        return correct_recovery(unit, row.id, given, "legal-1")


def entries(store: Store) -> list[dict[str, Any]]:
    with store.reading() as session:
        read = [json.loads(entry.document) for entry in session.exec(select(LedgerEntry))]
    return [each for each in read if each["tag"].startswith("recovery:")]


def test_recovery_is_kept_with_who_recorded_it(store: Store, incident: Incident) -> None:
    row = record(store, incident, back())
    assert (row.id, row.amount, row.currency) == (f"{incident.id}/R1", Decimal("5000.00"), "EUR")
    (entry,) = entries(store)
    assert (entry["tag"], entry["actor"], entry["role"]) == ("recovery:recorded", "legal-1", "legal")
    assert entry["body"] == {
        "recovery": f"{incident.id}/R1",
        "source": "insurance",
        "state": "received",
        "amount": "5000.00",
        "currency": "EUR",
        "booked_on": "2026-03-03",
    }


def test_what_was_expected_is_followed_by_what_came(store: Store, incident: Incident) -> None:
    expected = record(store, incident, back(state=RecoveryState.EXPECTED, booked_on=DAY + timedelta(days=90)))
    came = correct(store, expected, back(amount="4500.50"))
    with store.reading() as session:
        listed = [(row.id, row.state, later) for row, later in list_recoveries(session, incident.id)]
    assert listed == [(expected.id, "expected", came.id), (came.id, "received", None)]
    with pytest.raises(RefusedError, match="corrected before"):
        correct(store, expected, back(amount="1"))


def test_amount_of_a_claim_is_in_the_ledger_as_a_digest_only(
    store: Store, incident: Incident, paid: str
) -> None:
    record(store, incident, back("claim", "150", claim=paid))
    (entry,) = entries(store)
    assert entry["body"]["claim"] == paid
    assert len(entry["body"]["amount"]) == 64


def test_no_more_comes_back_of_a_claim_than_was_paid(store: Store, incident: Incident, paid: str) -> None:
    first = record(store, incident, back("claim", "150", claim=paid))
    with pytest.raises(RefusedError, match="than was paid"):
        record(store, incident, back("claim", "50.01", claim=paid))
    with pytest.raises(RefusedError, match="another currency"):
        record(store, incident, back("claim", "1", claim=paid, currency="USD"))
    record(store, incident, back("claim", "50", claim=paid))
    corrected = correct(store, first, back("claim", "0", claim=paid))
    assert record(store, incident, back("claim", "150", claim=paid)).id > corrected.id


def test_note_is_sealed_and_opened_for_those_who_may(store: Store, incident: Incident) -> None:
    row = record(store, incident, back(note="Policy 4711, Anna Lind"))
    assert b"Lind" not in (row.sealed or b"")
    with store.reading() as session:
        assert read_recovery_note(store, session, row.id, "audit-1") == "Policy 4711, Anna Lind"
        with pytest.raises(RefusedError):
            read_recovery_note(store, session, row.id, "care-1")


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        (back(amount="0"), InvalidInputError, "Nothing came back"),
        (back(booked_on=date(2199, 1, 1)), InvalidInputError, "yet to come"),
        (back(payer=None), InvalidInputError, "Who pays"),
        (back(payer="Anna Lind"), InvalidInputError, "no handle"),
        (back("claim"), InvalidInputError, "names the claim"),
        (back(claim="INC-2026-0001/C1"), InvalidInputError, "nothing else does"),
        (back("claim", claim="INC-2026-0001/C9"), NotFoundError, "no claim"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    store: Store, incident: Incident, given: Recovered, error: type[TocsinError], said: str
) -> None:
    with pytest.raises(error, match=said):
        record(store, incident, given)
    assert entries(store) == []


def test_who_may_not_is_refused(store: Store, incident: Incident) -> None:
    with pytest.raises(RefusedError, match="may not do this"):
        record(store, incident, back(), by="care-1")


def test_claim_that_was_not_paid_gives_nothing_back(store: Store, incident: Incident) -> None:
    with store.work() as unit:
        demand = Demand("I lost money", "financial_loss", "letter", money("200", "EUR"))
        claim = register_claim(unit, incident.id, demand, "care-1").id
    with pytest.raises(RefusedError, match="Nothing was paid"):
        record(store, incident, back("claim", "10", claim=claim))
