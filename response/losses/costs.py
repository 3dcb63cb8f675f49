"""Costs of a response: recorded with who says so, and corrected by a new entry that supersedes, never by an edit.

Amounts stand in the ledger; notes are sealed. What is paid on claims is counted from the claims themselves.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from models.cost import Cost
from models.crypto import Sealer
from models.database import Store, Work
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.incident import Incident
from models.money import Money, times
from models.vocabulary import CostBasis, CostCategory, Role
from notifications.sealed_person import sealer_of
from response.hearing.enquiries import LONGEST
from response.incidents import locked_incident
from response.organisation import organisation_of
from response.plan import find_incident
from response.staff import role_of

MAY_RECORD = (
    Role.INCIDENT_LEAD, Role.RESPONDER, Role.DATA_PROTECTION_OFFICER, Role.LEGAL, Role.COMMUNICATIONS,
    Role.CUSTOMER_SERVICE, Role.EXECUTIVE, Role.ADMINISTRATOR,
)  # fmt: skip
HANDLE = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True)
class Hours:
    """Hours of a department's people in a role; `rate` an hour, else the one in the organisation's file."""

    hours: Decimal
    department: str
    role: str
    rate: Money | None = None


@dataclass(frozen=True)
class Spent:
    """What something cost: an amount, or hours that are counted at a rate."""

    category: CostCategory
    incurred_on: date
    basis: CostBasis = CostBasis.ACTUAL
    amount: Money | None = None
    hours: Hours | None = None
    supplier: str | None = None
    note: str | None = None


def record_cost(unit: Work, incident_id: str, spent: Spent, by: str) -> Cost:
    """Record a cost; an incident that is closed takes costs too.

    Raises:
        NotFoundError: there is no such incident or staff id.
        InvalidInputError: neither an amount nor hours, or no rate for them; a cost to come that is called actual.
        RefusedError: this person may not, or the key for a note was destroyed.
    """
    return _enter(unit, incident_id, spent, by, None)


def correct_cost(unit: Work, cost_id: str, spent: Spent, by: str) -> Cost:
    """Follow an entry by the one that corrects it; an amount of zero says that it was not incurred at all.

    Raises:
        NotFoundError, InvalidInputError: as `record_cost`.
        RefusedError: as `record_cost`, or the entry was corrected before.
    """
    wrong = find_cost(unit.session, cost_id)
    locked_incident(unit.session, wrong.incident_id)
    later = unit.session.exec(select(Cost).where(Cost.supersedes == cost_id)).first()
    if later is not None:
        raise RefusedError(
            f"{cost_id} was corrected before.", where=cost_id, remedy=f"Correct {later.id}, which stands now."
        )
    return _enter(unit, wrong.incident_id, spent, by, wrong.id)


def find_cost(session: Session, cost_id: str) -> Cost:
    """Find an entry; raises NotFoundError."""
    row = session.get(Cost, cost_id)
    if row is None:
        raise NotFoundError(
            f"There is no cost {cost_id[:60]!r}.",
            expected="one such as INC-2026-0001/K1",
            remedy="`tocsin cost list` shows which there are.",
        )
    return row


def list_costs(session: Session, incident_id: str) -> list[tuple[Cost, str | None]]:
    """List an incident's entries as they were recorded, each with the one that corrected it; raises NotFoundError."""
    find_incident(session, incident_id)
    rows = session.exec(select(Cost).where(Cost.incident_id == incident_id)).all()
    later = {row.supersedes: row.id for row in rows if row.supersedes}
    ordered = sorted(rows, key=lambda row: int(row.id.rpartition("K")[2]))
    return [(row, later.get(row.id)) for row in ordered]


def read_note(store: Store, session: Session, cost_id: str, by: str) -> str | None:
    """Open an entry's note for somebody who may read it; None where there is none.

    Raises:
        NotFoundError, RefusedError: no such entry or person, they may not, or the incident's key is gone.
    """
    role_of(session, by, (*MAY_RECORD, Role.AUDITOR))
    row = find_cost(session, cost_id)
    if row.sealed is None:
        return None
    return sealer_of(store, session, row.incident_id).open(row.sealed, f"{row.id}/note").decode()


def _enter(unit: Work, incident_id: str, spent: Spent, by: str, supersedes: str | None) -> Cost:
    role = role_of(unit.session, by, MAY_RECORD)
    incident = locked_incident(unit.session, incident_id)
    row = _row(unit, incident, spent, by)
    if supersedes is None and not row.amount:
        raise InvalidInputError("A cost of nothing is no cost.", where="amount", expected="more than zero")
    row.supersedes = supersedes
    said: dict[str, Any] = {"supersedes": supersedes} if supersedes else {}
    if spent.note and spent.note.strip():
        sealer = sealer_of(unit.store, unit.session, incident_id)
        row.sealed, said["note"] = sealed_note(sealer, row.id, "cost", spent.note.strip())
    unit.session.add(row)
    unit.session.flush()
    unit.record(
        "cost:corrected" if supersedes else "cost:recorded",
        actor=by,
        role=role,
        incident_id=incident_id,
        drill=incident.drill,
        body={**_told(row), **said},
    )
    return row


def _row(unit: Work, incident: Incident, spent: Spent, by: str) -> Cost:
    if spent.basis is CostBasis.ACTUAL and spent.incurred_on > unit.clock().date():
        raise InvalidInputError(
            f"{spent.incurred_on} is yet to come.",
            where="on",
            expected="a day that has begun, or an estimate",
        )
    hours, rate = spent.hours, _rate(unit.store, spent.hours) if spent.hours else None
    amount = _amount(spent, rate)
    return Cost(
        id=f"{incident.id}/K{_count(unit.session, incident.id) + 1}",
        incident_id=incident.id,
        drill=incident.drill,
        category=spent.category,
        amount=amount.amount,
        currency=amount.currency,
        hours=hours.hours if hours else None,
        rate=rate.amount if rate else None,
        department=hours.department if hours else None,
        role=hours.role if hours else None,
        incurred_on=spent.incurred_on,
        basis=spent.basis,
        supplier=firm_handle(spent.supplier, "supplier") if spent.supplier else None,
        recorded_by=by,
        recorded_at=unit.clock(),
    )


def _told(row: Cost) -> dict[str, Any]:
    """Give what the ledger says of a cost; whose hours at what rate stays in the record."""
    return {
        "cost": row.id,
        "category": str(row.category),
        "amount": f"{row.amount:f}",
        "currency": row.currency,
        "basis": str(row.basis),
        "incurred_on": row.incurred_on.isoformat(),
    }


def _amount(spent: Spent, rate: Money | None) -> Money:
    if (spent.hours is None) == (spent.amount is None):
        raise InvalidInputError("A cost is an amount or hours.", expected="one of the two")
    if (spent.hours is not None) != (spent.category is CostCategory.HOURS):
        raise InvalidInputError(
            "Only hours are counted in hours, and they need them.", expected="the category hours with --hours"
        )
    if spent.hours is None:
        assert spent.amount is not None  # noqa: S101 - one of the two is there
        return spent.amount
    assert rate is not None  # noqa: S101 - found, or refused before
    return times(spent.hours.hours, rate.amount, rate.currency)


def _rate(store: Store, hours: Hours) -> Money:
    known = hours.rate or organisation_of(store.settings.home).money.rate_of(hours.department, hours.role)
    if known is None:
        raise InvalidInputError(
            f"What an hour of {hours.department[:40]} as {hours.role[:40]} costs is not known.",
            where="rate",
            remedy="Put it under money.hours in organisation.yaml, or give --rate and --currency.",
        )
    return known


def firm_handle(name: str, where: str) -> str:
    """Give a firm's short name; raises InvalidInputError for what could be a person's."""
    if not HANDLE.fullmatch(name):
        raise InvalidInputError(
            f"{name[:40]!r} is no handle.", where=where, expected="a firm's short name, such as forensics-ag"
        )
    return name


def sealed_note(sealer: Sealer, entry: str, kind: str, note: str) -> tuple[bytes, str]:
    """Seal the note of an entry, and give the digest of its words; raises InvalidInputError for one too long."""
    if len(note) > LONGEST:
        raise InvalidInputError(
            "The note is too long.", where="note", expected=f"at most {LONGEST:,} characters"
        )
    return sealer.seal(note.encode(), f"{entry}/note"), sealer.lookup(f"{kind}/{note}").hex()


def _count(session: Session, incident_id: str) -> int:
    return len(session.exec(select(col(Cost.id)).where(Cost.incident_id == incident_id)).all())
