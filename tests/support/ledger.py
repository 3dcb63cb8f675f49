"""Ledgers for tests: written through units of work, then bent behind the application's back."""

from pathlib import Path

from sqlalchemy import text

from models.database import Store
from models.ledger_audit import verify
from models.ledger_faults import Audit
from tests.support.triggers import TRIGGERS

INCIDENT = "INC-2026-0001"


def write(store: Store, *units: int) -> None:
    """Write units of work with so many entries each."""
    for number, entries in enumerate(units):
        with store.work() as unit:
            for place in range(entries):
                unit.record(
                    "step:done",
                    actor="flow-1",
                    role="responder",
                    incident_id=INCIDENT if place % 2 == 0 else None,
                    facts_version=1,
                    body={"step": f"step-{number}", "count": place},
                )


def bend(store: Store, *statements: str, **values: object) -> None:
    """Change the database the way someone with its password could: triggers off, then anything."""
    with store.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("set local session_replication_role = replica"))
        else:
            for trigger in TRIGGERS["sqlite"]:
                connection.execute(text(trigger.drop))
        for statement in statements:
            connection.execute(text(statement), values)


def anchor_of(store: Store) -> Path:
    """Give the file that keeps the newest head outside the database."""
    return store.settings.home / "ledger" / "checkpoint"


def audit(store: Store) -> Audit:
    """Verify a home's ledger."""
    return verify(store, store.signer.verifier(), anchor_of(store))


def findings(store: Store) -> list[tuple[str, int, int]]:
    """Give kind and place of all that an audit finds."""
    return [(fault.kind.value, fault.first, fault.last) for fault in audit(store).findings]
