"""Costs and claims of the realistic incident, written straight into the tables with their ledger entries."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from models.claim import Claim
from models.cost import Cost
from models.database import Store, Work
from models.money import Exchange, Rate
from tests.reports.breach import AWARE, ID, after

DAY = date(2026, 3, 4)
EXCHANGE = Exchange(
    "EUR",
    (
        Rate("USD", "EUR", Decimal("0.9180"), date(2026, 1, 2), "Treasury"),
        Rate("CNY", "EUR", Decimal("0.1265"), date(2026, 1, 2), "Treasury"),
    ),
)


def spend(store: Store, incident_id: str = ID, *, drill: bool = False) -> None:
    """Record seven costs, one of them a correction, and five claims in different states."""
    with store.work() as unit:
        _costs(unit, incident_id, drill)
        _claims(unit, incident_id, drill)


def _cost(unit: Work, owner: tuple[str, bool], number: int, category: str, amount: str, **more: Any) -> None:
    incident_id, drill = owner
    row = Cost(
        id=f"{incident_id}/K{number}",
        incident_id=incident_id,
        drill=drill,
        category=category,
        amount=Decimal(amount),
        currency=more.pop("currency", "EUR"),
        incurred_on=more.pop("on", DAY),
        basis=more.pop("basis", "actual"),
        recorded_by="lead-1",
        recorded_at=AWARE,
        **more,
    )
    unit.session.add(row)
    unit.session.flush()
    tag = "cost:corrected" if row.supersedes else "cost:recorded"
    body = {"cost": row.id, "category": category}
    unit.record(tag, actor="lead-1", role="incident_lead", incident_id=incident_id, drill=drill, body=body)


def _costs(unit: Work, incident_id: str, drill: bool) -> None:
    owner = (incident_id, drill)
    _cost(unit, owner, 1, "hours", "3800.00", hours=Decimal(40), rate=Decimal(95), department="s", role="r")
    _cost(unit, owner, 2, "hours", "1680.00", hours=Decimal(12), rate=Decimal(140), department="c", role="l")
    _cost(unit, owner, 3, "forensics", "30000.00", currency="USD", basis="estimate", supplier="forensics-ag")
    _cost(unit, owner, 4, "forensics", "27450.50", currency="USD", supersedes=f"{incident_id}/K3")
    _cost(unit, owner, 5, "notification", "9120.10", on=DAY + timedelta(days=40))
    _cost(unit, owner, 6, "offers", "240000.00", currency="CNY", basis="estimate", supplier="credit-watch")
    _cost(unit, owner, 7, "fines", "50000.00", basis="estimate")


def _claim(unit: Work, owner: tuple[str, bool], number: int, kind: str, status: str, **more: Any) -> None:
    incident_id, drill = owner
    row = Claim(
        id=f"{incident_id}/C{number}",
        incident_id=incident_id,
        drill=drill,
        kind=kind,
        channel="letter",
        sealed=b"sealed",
        claimed_at=after(days=6),
        registered_at=after(days=6),
        registered_by="lead-1",
        status=status,
        assigned_to="legal-1",
        **more,
    )
    unit.session.add(row)
    tags = ("claim:registered", "claim:paid") if status == "paid" else ("claim:registered",)
    for tag in tags:
        body = {"claim": row.id}
        unit.record(tag, actor="legal-1", role="legal", incident_id=incident_id, drill=drill, body=body)


def _claims(unit: Work, incident_id: str, drill: bool) -> None:
    owner = (incident_id, drill)
    euro = {"currency": "EUR"}
    _claim(
        unit, owner, 1, "financial_loss", "paid", amount=Decimal("500.00"), accepted=Decimal("500.00"),
        paid=Decimal("500.00"), paid_at=after(days=9), **euro,
    )  # fmt: skip
    _claim(
        unit, owner, 2, "distress", "received", due_at=after(days=10), citation="FCA Handbook, DISP 1.6.2R"
    )
    _claim(
        unit, owner, 3, "financial_loss", "partly_accepted", amount=Decimal("2000.00"),
        accepted=Decimal("1200.50"), due_at=after(days=30), **euro,
    )  # fmt: skip
    _claim(unit, owner, 4, "identity_misuse", "refused", amount=Decimal("80000.00"), currency="CNY")
    _claim(unit, owner, 5, "time", "withdrawn", amount=Decimal("60.00"), **euro)
