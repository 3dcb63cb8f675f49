"""What the accountability statement is made from: findings opened for those who may know, and parts counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reports.view import IncidentReport

FOLLOWED = ("training", "improvement")  # consequences that an action follows


@dataclass(frozen=True)
class Conduct:
    """One finding about a person, department or vendor, opened for those who may know. `reply` None: none on record."""

    id: str
    staff_id: str | None
    duty: str
    finding: str
    reply: str | None
    consequence: str
    decided_by: str
    decided_at: datetime
    department: str | None = None
    vendor: str | None = None
    action: str | None = None  # the corrective action that follows


@dataclass(frozen=True)
class VendorPart:
    """What a firm had a part in, counted."""

    evidence: int = 0  # pieces handed to it
    costs: int = 0  # entries of what it was paid


@dataclass(frozen=True)
class Accounts:
    """What the statement tells beyond the incident's report."""

    report: IncidentReport
    findings: tuple[Conduct, ...]
    departments: Mapping[str, str] = field(default_factory=dict)  # by staff id
    vendors: Mapping[str, VendorPart] = field(default_factory=dict)  # by handle
