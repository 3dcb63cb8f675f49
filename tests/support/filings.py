"""Drafting, approving and submitting reports as the plan does, and looking at what became of them."""

from collections.abc import Callable
from typing import Any

from sqlmodel import select

from models.database import Store
from models.decision import Answer, Decision
from models.filing import Filing
from models.incident import Incident
from models.ledger import LedgerEntry
from models.obligation import Obligation
from response.authority_reporting import draft_filings, submit_filings
from response.incidents import locked_incident
from tests.support.steps import step


def acting(
    store: Store, incident: Incident, action: Callable[..., Any], key: str, *more: Any, **inputs: Any
) -> Any:
    with store.work() as unit:
        attached = locked_incident(unit.session, incident.id)
        return action(unit, step(store, attached, key, inputs), *more)


def draft(store: Store, incident: Incident, *stages: str) -> int:
    found = acting(store, incident, draft_filings, "draft_initial", stages=list(stages or ("initial",)))
    return int(found.values["filings"])


def submit(store: Store, incident: Incident, *stages: str) -> int:
    context = step(store, incident, "submit_initial", {"stages": list(stages or ("initial",))})
    return int(submit_filings(context).values["filings"])


def approve(store: Store, incident: Incident, key: str = "approve_initial") -> None:
    with store.work() as unit:
        now = unit.clock()
        decision = Decision(
            id=f"{incident.id}/{key}",
            incident_id=incident.id,
            step=key,
            kind="approval",
            question={"en": "?"},
            roles=["legal"],
            requested_by="tocsin",
            status="approved",
            asked_at=now,
            decided_at=now,
        )
        unit.session.add(decision)
        unit.session.flush()
        answer = Answer(
            decision_id=decision.id, staff_id="legal-1", role="legal", verdict="approve", answered_at=now
        )
        unit.session.add(answer)


def filing_of(store: Store, incident: Incident, rule: str) -> Filing:
    with store.reading() as session:
        query = (
            select(Filing).where(Filing.rule == rule, Filing.incident_id == incident.id).order_by(Filing.id)
        )
        return list(session.exec(query))[-1]


def duty_of(store: Store, incident: Incident, rule: str) -> Obligation:
    with store.reading() as session:
        return session.get(Obligation, f"{incident.id}/{rule}")


def tags(store: Store, subject: str) -> list[str]:
    with store.reading() as session:
        entries = session.exec(select(LedgerEntry).order_by(LedgerEntry.seq))
        return [entry.tag for entry in entries if entry.tag.startswith(f"{subject}:")]
