"""What a report says of acts, filings, decisions, the cause and who answered: plain values with what they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from reports.view_terms import ByLanguage, Seqs


@dataclass(frozen=True)
class Act:
    """One containment act on one system and whether it can still be undone."""

    id: str
    connector: str
    capability: str
    target: str
    plan: Mapping[str, Any]
    status: str
    planned_at: datetime
    executed_at: datetime | None
    verified_at: datetime | None
    reverted_at: datetime | None
    expires_at: datetime | None
    undo: str  # not_executed, possible, unknown_before, undone, kept
    accepted_by: str | None
    reason: str | None
    seqs: Seqs


@dataclass(frozen=True)
class FilingView:
    """A report to an authority: where it stands, its receipt, what it could not answer."""

    id: str
    rule: str
    stage: str
    authority: Mapping[str, str]  # by language of the reader
    language: str
    status: str
    facts_version: int
    missing: Mapping[str, Mapping[str, str]]  # question: its words by language
    submitted_at: datetime | None
    submitted_by: str | None
    approved_by: str | None
    receipt_number: str | None
    content_hash: str
    seqs: Seqs


@dataclass(frozen=True)
class AnswerView:
    """What one person said."""

    staff_id: str
    role: str
    verdict: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class DecisionView:
    """A question to people and their answers."""

    id: str
    step: str
    kind: str
    question: ByLanguage
    needed: int
    roles: tuple[str, ...]
    status: str
    requested_by: str
    asked_at: datetime
    due_at: datetime | None
    decided_at: datetime | None
    answers: tuple[AnswerView, ...]
    seqs: Seqs


@dataclass(frozen=True)
class Cause:
    """The signed root cause."""

    summary: ByLanguage
    whys: tuple[ByLanguage, ...]
    factors: tuple[Mapping[str, Any], ...]
    failed_control: ByLanguage
    veris: Mapping[str, Any]
    signed_by: str
    signed_at: datetime
    seqs: Seqs
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None


@dataclass(frozen=True)
class Corrective:
    """A corrective or preventive action; `overdue` as of the report's moment."""

    id: str
    title: str
    kind: str
    owner: str
    due_on: date
    status: str
    overdue: bool
    evidence: str | None
    seqs: Seqs
    done_by: str | None = None
    done_at: datetime | None = None
    verified_by: str | None = None
    verified_at: datetime | None = None


@dataclass(frozen=True)
class Answering:
    """Who was to answer for one step and who really acted."""

    step: str
    name: ByLanguage
    phase: str
    responsible: tuple[str, ...]
    accountable: str
    consulted: tuple[str, ...]
    informed: tuple[str, ...]
    acted: tuple[str, ...]
    finished_at: datetime | None
    seqs: Seqs
