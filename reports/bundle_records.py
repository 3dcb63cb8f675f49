"""The records of one incident as files of a bundle: no person's data, nothing sealed."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import LargeBinary, func
from sqlalchemy import select as core_select
from sqlmodel import Session, SQLModel, col, select

from models.accountability import ConductFinding, Report, Responsibility, RootCause
from models.action import Containment, CorrectiveAction
from models.claim import Claim, ClaimVerdict
from models.clock import iso_utc
from models.cost import Cost
from models.decision import Answer, Decision
from models.evidence import CustodyTransfer, Evidence, LegalHold
from models.filing import Filing
from models.incident import FactsVersion, Incident, PlaybookVersion
from models.money import Money, totals
from models.notice import Campaign, Delivery
from models.obligation import Obligation
from models.people import PeopleImport
from models.playbook_run import StepRun
from models.recovery import Recovery
from models.signal import Signal

File = tuple[str, bytes]

MASKED = frozenset(("person", "amount", "accepted", "paid"))
# One file each, rows in the order of their key. Sealed columns are left out of every one.
TABLES: tuple[type[SQLModel], ...] = (
    Signal, StepRun, Decision, Obligation, Filing, Containment, CorrectiveAction, Evidence, CustodyTransfer,
    LegalHold, Campaign, PeopleImport, RootCause, Responsibility, Report, Cost,
)  # fmt: skip


def record_files(session: Session, incident: Incident) -> Iterator[File]:
    """Give the files that hold the records of an incident."""
    yield "incident.json", _json(_row(incident))
    playbook = session.get_one(PlaybookVersion, incident.playbook_hash)
    yield "playbook.yaml", playbook.text.encode()
    for version in _rows(session, FactsVersion, incident.id):
        yield f"facts/{version['version']:04}.json", _json(version)
    for table in TABLES:
        rows = _rows(session, table, incident.id)
        yield f"records/{table.__tablename__}.json", _json(rows)
    yield "records/answer.json", _json(_answers(session, incident.id))
    yield "records/delivery_counts.json", _json(_delivery_counts(session, incident.id))
    yield "records/claim.json", _json(_claims(session, incident.id))
    yield "records/claim_verdict.json", _json(_claim_verdicts(session, incident.id))
    yield "records/recovery.json", _json(_recoveries(session, incident.id))
    yield "records/claim_totals.json", _json(_claim_totals(session, incident.id))
    conduct = select(func.count()).select_from(ConductFinding)
    confidential = session.exec(conduct.where(ConductFinding.incident_id == incident.id)).one()
    yield "records/confidential.json", _json({"conduct_findings": confidential})


def _rows(session: Session, table: type[SQLModel], incident_id: str) -> list[dict[str, Any]]:
    columns = table.__table__.columns  # type: ignore[attr-defined]
    keys = list(table.__table__.primary_key.columns)  # type: ignore[attr-defined]
    # Sealed columns are not even read: evidence may be large.
    told = [column for column in columns if not isinstance(column.type, LargeBinary)]
    found = session.connection().execute(core_select(*told).where(columns["incident_id"] == incident_id))
    rows = ({name: _value(value) for name, value in row.items()} for row in found.mappings())
    return sorted(rows, key=lambda row: [_sortable(row[key.name]) for key in keys])


def _sortable(value: Any) -> Any:
    # Sorted here, not by the database: each database sorts text in its own way.
    return value if isinstance(value, int) else str(value)


def _row(row: SQLModel) -> dict[str, Any]:
    columns = row.__table__.columns  # type: ignore[attr-defined]
    return {
        column.name: _value(getattr(row, column.name))
        for column in columns
        if not isinstance(column.type, LargeBinary)
    }


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso_utc(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def _answers(session: Session, incident_id: str) -> list[dict[str, Any]]:
    query = select(Answer).join(Decision, col(Decision.id) == col(Answer.decision_id))
    rows = map(_row, session.exec(query.where(Decision.incident_id == incident_id)))
    return sorted(rows, key=lambda row: (row["decision_id"], row["staff_id"]))


def _claims(session: Session, incident_id: str) -> list[dict[str, Any]]:
    """Show claims without whose they are and of how much: somebody's loss is personal."""
    rows = _rows(session, Claim, incident_id)
    return [{name: value for name, value in row.items() if name not in MASKED} for row in rows]


def _recoveries(session: Session, incident_id: str) -> list[dict[str, Any]]:
    """Show what came back; of a claim without the amount, as the claim itself."""
    rows = _rows(session, Recovery, incident_id)
    return [
        {name: value for name, value in row.items() if row["claim_id"] is None or name not in MASKED}
        for row in rows
    ]


def _claim_verdicts(session: Session, incident_id: str) -> list[dict[str, Any]]:
    query = select(ClaimVerdict).join(Claim, col(Claim.id) == col(ClaimVerdict.claim_id))
    rows = map(_row, session.exec(query.where(Claim.incident_id == incident_id)))
    shown = ({name: value for name, value in row.items() if name not in MASKED} for row in rows)
    return sorted(shown, key=lambda row: (row["claim_id"], row["number"]))


def _claim_totals(session: Session, incident_id: str) -> dict[str, dict[str, str]]:
    """Sum claims up by currency; an auditor compares them with the payments."""
    rows = session.exec(select(Claim).where(Claim.incident_id == incident_id)).all()
    named = {
        name: [(getattr(row, name), str(row.currency)) for row in rows]
        for name in ("amount", "accepted", "paid")
    }
    return {
        name: {each.currency: f"{each.amount:f}" for each in _sums(amounts)}
        for name, amounts in named.items()
    }


def _sums(amounts: Iterable[tuple[Decimal | None, str]]) -> tuple[Money, ...]:
    return totals(Money(amount, currency) for amount, currency in amounts if amount is not None)


def _delivery_counts(session: Session, incident_id: str) -> list[dict[str, Any]]:
    kinds = [col(Delivery.campaign_id), col(Delivery.channel), col(Delivery.status), col(Delivery.current)]
    query = core_select(*kinds, func.count()).join(Campaign, col(Campaign.id) == col(Delivery.campaign_id))
    grouped = query.where(col(Campaign.incident_id) == incident_id).group_by(*kinds)
    counted = session.connection().execute(grouped)
    names = ("campaign_id", "channel", "status", "current", "count")
    return [dict(zip(names, row, strict=True)) for row in sorted(map(tuple, counted))]


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
