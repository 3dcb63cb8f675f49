"""What a report of one incident says, before any language or layout: plain values with what they rest on.

`seqs` everywhere are the sequence numbers of the ledger entries behind a figure. None means unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.count import Count
from reports.view_doings import Act, Answering, Cause, Corrective, DecisionView, FilingView
from reports.view_exercise import Exercise
from reports.view_finances import NO_FINANCES, Finances
from reports.view_terms import ByLanguage, Seqs


@dataclass(frozen=True)
class ChannelCoverage:
    """One campaign on one channel: how many notices stand where (words of `DeliveryStatus`)."""

    campaign: str
    message: str
    channel: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class LawTold:
    """How many of those whom one rule wants told were told; `unreached` have no contact that works."""

    rule: str
    citation: str
    certain: bool
    people: int
    told: int
    unreached: int


@dataclass(frozen=True)
class EnquiryFigures:
    """Enquiries and complaints about the notices: how many of each kind, and how many wait for an answer."""

    kinds: Mapping[str, int]
    answered: int
    waiting: int
    overdue: int


@dataclass(frozen=True)
class NoticeCoverage:
    """Who was told, counted in people; filled by `response` from the register of notices.

    `people` counts each affected person once, by where the best of their notices stands. `told` is how many
    of them a channel accepted or delivered for. None means that nobody counted.
    """

    channels: tuple[ChannelCoverage, ...] = ()
    affected: int | None = None
    told: int | None = None
    balance_exact: bool | None = None
    people: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    first_at: datetime | None = None
    last_at: datetime | None = None
    laws: tuple[LawTold, ...] = ()
    enquiries: EnquiryFigures | None = None  # None: there were none


NO_COVERAGE = NoticeCoverage()


@dataclass(frozen=True)
class Severity:
    """Severity with its parts (ENISA 2013: SE = DPC x EI + CB)."""

    level: str | None = None
    method: str | None = None
    score: float | None = None
    dpc: float | None = None
    ei: float | None = None
    cb: float | None = None


@dataclass(frozen=True)
class Reason:
    """Why triage decided as it did, with the facts it looked at."""

    decision: str
    because: str | ByLanguage
    facts: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class OpenQuestion:
    """A fact nobody knows yet, and which decisions it would change."""

    fact: str
    would_change: tuple[str, ...]


@dataclass(frozen=True)
class Headline:
    """What happened and how bad it is."""

    facts_version: int
    moments: Mapping[str, datetime | None]
    nature: Mapping[str, Any]
    categories: tuple[str, ...] | None
    people: Count | None
    by_place: tuple[tuple[str, Count], ...] | None
    loss: float | None
    currency: str | None
    severity: Severity
    risk: str | None
    decisions: Mapping[str, str]
    reasons: tuple[Reason, ...]
    open_questions: tuple[OpenQuestion, ...]
    seqs: Seqs
    triage_seqs: Seqs


@dataclass(frozen=True)
class Span:
    """Time between two moments, such as from occurrence to detection; None while one is unknown."""

    kind: str
    seconds: float | None


@dataclass(frozen=True)
class Duty:
    """One duty with its clock. `margin` is seconds left at the deadline (negative: over it).

    `certain` is False while the facts leave open whether the law asks for it at all.
    """

    id: str
    rule: str
    jurisdiction: str
    stage: str
    recipient: str
    recipient_local: str | None
    zone: str | None
    citation: str
    verified: bool
    status: str
    certain: bool
    clock: str | None
    starts_at: datetime | None
    due_at: datetime | None
    met_at: datetime | None
    met_by: str | None
    margin: float | None
    because: str
    unknowns: tuple[str, ...]
    decided_by: str | None
    reason: str | None
    seqs: Seqs


@dataclass(frozen=True)
class Moment:
    """One thing that happened. `kind` names the sentence, `what` fills it in."""

    at: datetime
    kind: str
    phase: str | None
    what: Mapping[str, Any]
    seqs: Seqs = ()


@dataclass(frozen=True)
class PhaseSpan:
    """When work on a phase began and ended, from its steps; `ended_at` None while some step is not done."""

    phase: str
    began_at: datetime
    ended_at: datetime | None
    steps: int
    done: int
    failed: int


@dataclass(frozen=True)
class Timeline:
    """Moments in order. `left_out` counts those beyond what a report lists, from the middle of the list."""

    moments: tuple[Moment, ...]
    left_out: int
    phases: tuple[PhaseSpan, ...]


@dataclass(frozen=True)
class Record:
    """The ledger behind the report: its size and signed head, and this incident's own entries."""

    size: int
    root: str | None
    note: str | None
    entries: int
    altered: Seqs
    first_seq: int | None
    last_seq: int | None
    by_subject: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class IncidentReport:
    """Everything the report of one incident says, as of `at`."""

    incident_id: str
    title: str
    organisation: str | None
    zone: str | None
    drill: bool
    scenario: str | None
    status: str
    playbook: str
    playbook_name: ByLanguage
    playbook_hash: str
    at: datetime
    declared_at: datetime
    closed_at: datetime | None
    headline: Headline
    spans: tuple[Span, ...]
    duties: tuple[Duty, ...]
    timeline: Timeline
    acts: tuple[Act, ...]
    coverage: NoticeCoverage
    coverage_seqs: Seqs
    filings: tuple[FilingView, ...]
    decisions: tuple[DecisionView, ...]
    cause: Cause | None
    actions: tuple[Corrective, ...]
    answering: tuple[Answering, ...]
    conduct: tuple[tuple[str, int], ...]
    conduct_seqs: Seqs
    record: Record
    finances: Finances = NO_FINANCES
    exercise: Exercise | None = None  # a scored drill's
    names: Mapping[str, str] = field(default_factory=dict)
