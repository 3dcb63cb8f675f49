"""What a report can be made from: the facts, and what the record of the response adds to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.facts import Facts

ByLanguage = Mapping[str, str]


@dataclass(frozen=True)
class PlannedAction:
    """One corrective or preventive action."""

    title: str
    kind: str  # corrective, preventive
    due: str  # a day, ISO 8601


@dataclass(frozen=True)
class Cause:
    """The signed root cause."""

    summary: ByLanguage
    failed_control: ByLanguage
    whys: tuple[ByLanguage, ...]
    kinds: tuple[str, ...]
    signed_at: datetime


@dataclass(frozen=True)
class Known:
    """Everything at hand when a report is drafted. Absent means nobody knows yet; people are staff ids only."""

    facts: Facts
    reference: str
    at: datetime
    stage: str
    rule: str = ""
    drill: bool = False
    due_at: datetime | None = None
    delay_reason: str | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    staff: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by role, deputies last
    measures: tuple[ByLanguage, ...] = ()
    systems: tuple[str, ...] = ()  # ids of systems that signals named
    actions: tuple[PlannedAction, ...] = ()
    cause: Cause | None = None
    severity: str | None = None
    risk: str | None = None
    tell_individuals: str | None = None
    told: int | None = None
    affected: int | None = None
    told_at: datetime | None = None
    evidence: int = 0
    responsibilities: int = 0
    findings: int = 0
    told_by: str | None = None
    earlier_receipt: str | None = None
    is_follow_up: bool = False
    grades: Mapping[str, str] = field(default_factory=dict)
