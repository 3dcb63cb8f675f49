"""The accountability statement, opened only for the roles that may know; each opening is in the ledger."""

import json
from collections import Counter

from sqlmodel import Session, col, select

from models.accountability import ConductFinding
from models.cost import Cost
from models.database import Store, Work
from models.evidence import CustodyTransfer
from models.incident import Incident, IncidentKey
from models.staff import Staff
from models.vocabulary import Role
from reports.accounts import Accounts, Conduct, VendorPart
from reports.incident import build_incident_report
from reports.rendering import render_accountability
from response.plan import find_incident
from response.staff import role_of
from response.telling.coverage import coverage_of

MAY_KNOW = (Role.EXECUTIVE, Role.AUDITOR, Role.DATA_PROTECTION_OFFICER)


def read_accountability(store: Store, incident_id: str, language: str, form: str, by: str) -> bytes:
    """Write the statement for one who may know, and record that they opened it.

    Raises:
        NotFoundError: no such incident, person, language or format.
        RefusedError: they hold no role that may know, or the incident's people and findings were erased.
    """
    at = store.clock()
    with store.reading() as session:
        role = role_of(session, by, MAY_KNOW)
        incident = find_incident(session, incident_id)
        findings = _opened(store, session, incident_id)
        coverage = coverage_of(session, incident_id, at)
        report = build_incident_report(session, incident_id, coverage, at)
        accounts = Accounts(report, findings, _departments(session), _vendors(session, incident_id))
    content = render_accountability(accounts, language, form)
    with store.work() as unit:
        _note(unit, incident, by, role, len(findings))
    return content


def _opened(store: Store, session: Session, incident_id: str) -> tuple[Conduct, ...]:
    query = select(ConductFinding).where(ConductFinding.incident_id == incident_id)
    rows = session.exec(query.order_by(col(ConductFinding.decided_at), col(ConductFinding.id))).all()
    if not rows:
        return ()
    key = session.get(IncidentKey, incident_id)
    sealer = store.sealer(incident_id, key.wrapped if key else None)
    return tuple(_conduct(row, json.loads(sealer.open(row.sealed, f"finding/{row.id}"))) for row in rows)


def _conduct(row: ConductFinding, clear: dict[str, str | None]) -> Conduct:
    return Conduct(
        id=row.id,
        staff_id=row.staff_id,
        department=row.department,
        vendor=row.vendor,
        duty=row.duty,
        finding=clear["finding"] or "",
        reply=clear.get("reply"),
        consequence=row.consequence,
        action=row.action_id,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _departments(session: Session) -> dict[str, str]:
    return {row.id: row.department for row in session.exec(select(Staff))}


def _vendors(session: Session, incident_id: str) -> dict[str, VendorPart]:
    """Count what each firm had a part in: evidence handed to it, and costs it was paid for."""
    staff = set(session.exec(select(Staff.id)))
    handed = select(CustodyTransfer.taker).where(
        CustodyTransfer.incident_id == incident_id, CustodyTransfer.kind == "handed"
    )
    takers = Counter(taker for taker in session.exec(handed) if taker not in staff)
    costs = select(Cost.supplier).where(Cost.incident_id == incident_id, col(Cost.supplier).is_not(None))
    suppliers = Counter(str(supplier) for supplier in session.exec(costs))
    return {name: VendorPart(takers[name], suppliers[name]) for name in sorted({*takers, *suppliers})}


def _note(unit: Work, incident: Incident, by: str, role: str, findings: int) -> None:
    unit.record(
        "conduct:opened",
        actor=by,
        role=role,
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body={"findings": findings},
    )
