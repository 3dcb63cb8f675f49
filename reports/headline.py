"""What happened and how bad it is, read from the newest facts and what triage made of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.count import Count
from models.facts import Facts, in_utc
from models.facts_reading import facts_from
from models.incident import FactsVersion, Incident
from reports.ledger_index import LedgerIndex
from reports.view import Headline, OpenQuestion, Reason, Severity, Span

MOMENTS = (
    "occurred_at",
    "detected_at",
    "aware_at",
    "determined_at",
    "material_at",
    "assessed_at",
    "ransom_paid_at",
    "contained_at",
    "handled_at",
)
NATURE = (
    "vector",
    "actor",
    "malicious",
    "confidentiality",
    "integrity",
    "availability",
    "exfiltration",
    "published",
    "ongoing",
    "unintelligible",
    "service_impact",
)


def facts_in(version: FactsVersion | None, incident: Incident) -> Facts:
    """Read the facts of a version; an incident without any has only its title."""
    return facts_from(version.document) if version else Facts(title=incident.title)


def headline_of(facts: Facts, version: FactsVersion | None, index: LedgerIndex) -> Headline:
    """Sum up one version of the facts with its triage."""
    triage: Mapping[str, Any] = (version.triage or {}) if version else {}
    number = version.version if version else 0
    places = facts.people.by_place
    return Headline(
        facts_version=number,
        moments={name: in_utc(getattr(facts, name)) for name in MOMENTS},
        nature={name: getattr(facts.breach, name) for name in NATURE},
        categories=facts.data.categories,
        people=facts.people.total,
        by_place=_by_place(places) if places is not None else None,
        loss=facts.loss.amount,
        currency=facts.loss.currency,
        severity=_severity(triage.get("severity"), version),
        risk=(version.risk if version else None) or triage.get("risk"),
        decisions=dict(triage.get("decisions") or {}),
        reasons=tuple(_reason(each) for each in triage.get("reasons") or ()),
        open_questions=tuple(
            OpenQuestion(each["fact"], tuple(each.get("would_change") or ()))
            for each in triage.get("unknowns") or ()
        ),
        seqs=index.of_facts(number),
        triage_seqs=_triage_seqs(index, number),
    )


def _by_place(places: Mapping[str, Count | None]) -> tuple[tuple[str, Count], ...]:
    rows = ((place, count or Count()) for place, count in places.items())
    return tuple(sorted(rows, key=lambda row: (-row[1].least, row[0])))


def _severity(given: Mapping[str, Any] | None, version: FactsVersion | None) -> Severity:
    given = given or {}
    level = given.get("level") or (version.severity if version else None)
    return Severity(level=level, **{name: given.get(name) for name in ("method", "score", "dpc", "ei", "cb")})


def _reason(given: Mapping[str, Any]) -> Reason:
    return Reason(
        decision=str(given.get("decision", "")),
        because=given.get("because", ""),
        facts=tuple(given.get("facts") or ()),
        source=str(given.get("source", "")),
    )


def _triage_seqs(index: LedgerIndex, number: int) -> tuple[int, ...]:
    return tuple(
        entry.seq
        for entry in index.entries
        if entry.tag.startswith("triage:") and entry.facts_version == number
    )


def spans_of(
    incident: Incident,
    moments: Mapping[str, datetime | None],
    first_notice: datetime | None,
    first_filing: datetime | None,
) -> tuple[Span, ...]:
    """Measure how long it took to detect, declare, contain, tell people, tell authorities and close."""
    detected, aware = moments["detected_at"], moments["aware_at"]
    return (
        _span("detect", moments["occurred_at"], detected),
        _span("acknowledge", detected, incident.declared_at),
        _span("contain", detected, moments["contained_at"]),
        _span("notify", aware, first_notice),
        _span("authority", aware, first_filing),
        _span("close", incident.declared_at, incident.closed_at),
    )


def _span(kind: str, start: datetime | None, end: datetime | None) -> Span:
    known = start is not None and end is not None
    return Span(kind, (end - start).total_seconds() if known and start and end else None)
