"""One report to an authority as a reader meets it: what was approved, for whom, and how far it has come."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models.errors import NotFoundError
from models.filing import Filing
from models.incident import Incident
from models.obligation import Obligation
from reports.duties import zone_of

STAFF_MARK = re.compile(r"\[\[staff:([a-z][a-z0-9-]*)/(name|email|phone)\]\]")
Names = Mapping[str, Mapping[str, str | None]]  # by staff id: name, email, phone


@dataclass(frozen=True)
class FilingReport:
    """A report to one authority. `names` opens the people it refers to, for those who may see them."""

    id: str
    incident_id: str
    drill: bool
    authority: str
    authority_local: str | None
    zone: str | None
    rule: str
    citation: str
    citation_local: str | None
    verified: bool
    due_at: datetime | None
    stage: str
    status: str
    facts_version: int
    content: Mapping[str, Any]
    missing: tuple[str, ...]
    content_hash: str
    drafted_at: datetime
    approved_at: datetime | None
    approved_by: tuple[str, ...]
    submitted_at: datetime | None
    submitted_by: str | None
    receipt_number: str | None
    names: Names = field(default_factory=dict)

    @property
    def changed_at(self) -> datetime:
        """Give the moment of its latest state, so that the same filing gives the same bytes."""
        return self.submitted_at or self.approved_at or self.drafted_at

    def opened(self, value: Any) -> Any:
        """Fill the people in, wherever a value refers to them; somebody unknown stays a reference."""
        if isinstance(value, str):
            return STAFF_MARK.sub(self._name, value)
        if isinstance(value, Mapping):
            return {name: self.opened(each) for name, each in value.items()}
        return [self.opened(each) for each in value] if isinstance(value, list | tuple) else value

    def _name(self, match: re.Match[str]) -> str:
        known = self.names.get(match[1])
        return match[0] if known is None else str(known.get(match[2]) or "")


def build_filing_report(session: Session, filing_id: str, names: Names | None = None) -> FilingReport:
    """Read one filing with the duty it is for; raises NotFoundError."""
    row = session.get(Filing, filing_id)
    duty = session.get(Obligation, row.obligation_id) if row else None
    incident = session.get(Incident, row.incident_id) if row else None
    if row is None or duty is None or incident is None:
        raise NotFoundError(
            f"There is no filing {filing_id[:120]}.", remedy="`tocsin filing list` shows them."
        )
    return FilingReport(
        id=row.id,
        incident_id=row.incident_id,
        drill=incident.drill,
        authority=row.authority,
        authority_local=duty.recipient_local,
        zone=zone_of(duty.jurisdiction, duty.detail),
        rule=row.rule,
        citation=duty.citation,
        citation_local=duty.detail.get("citation_local"),
        verified=duty.verified,
        due_at=duty.due_at,
        stage=row.stage,
        status=str(row.status),
        facts_version=row.facts_version,
        content=row.content,
        missing=tuple(row.missing),
        content_hash=row.content_hash,
        drafted_at=row.drafted_at,
        approved_at=row.approved_at,
        approved_by=tuple(row.approved_by.split(", ")) if row.approved_by else (),
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        receipt_number=row.receipt_number,
        names=names or {},
    )


def people_in(content: Any) -> set[str]:
    """List the staff ids that a report refers to."""
    if isinstance(content, str):
        return {match[1] for match in STAFF_MARK.finditer(content)}
    if isinstance(content, Mapping):
        return set().union(*map(people_in, content.values()))
    return set().union(*map(people_in, content)) if isinstance(content, list | tuple) else set()
