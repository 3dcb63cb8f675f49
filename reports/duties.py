"""Duties with their clocks and the filings that answer them, as a report shows them."""

from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from models.filing import Filing
from models.obligation import Obligation
from models.vocabulary import ObligationStatus
from reports.ledger_index import LedgerIndex
from reports.view import Duty
from reports.view_doings import FilingView
from reports.words import by_language

DEPENDS = "depends"
SETTLED = frozenset(
    (
        ObligationStatus.MET,
        ObligationStatus.LATE,
        ObligationStatus.WAIVED,
        ObligationStatus.FALLEN_AWAY,
    )
)
ORDER = {
    ObligationStatus.OPEN: 0,
    ObligationStatus.LATE: 1,
    ObligationStatus.MET: 2,
    ObligationStatus.WAIVED: 3,
    ObligationStatus.NOT_STARTED: 4,
    ObligationStatus.FALLEN_AWAY: 5,
}


@cache
def _zones() -> dict[str, str]:
    text = resources.files("reports").joinpath("labels", "zones.yaml").read_text(encoding="utf-8")
    zones: dict[str, str] = yaml.safe_load(text)
    return zones


def zone_of(jurisdiction: str, detail: dict[str, Any]) -> str | None:
    """Name the time zone of a duty's recipient (IANA): the obligation's own, else its jurisdiction's."""
    given = detail.get("zone")
    zones = _zones()
    for candidate in (given, zones.get(jurisdiction), zones.get(jurisdiction.partition("-")[0])):
        if isinstance(candidate, str) and _is_zone(candidate):
            return candidate
    return None


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def duty_of(row: Obligation, at: datetime, index: LedgerIndex) -> Duty:
    """Show one obligation as of `at`."""
    return Duty(
        id=row.id,
        rule=row.rule,
        jurisdiction=row.jurisdiction,
        stage=row.stage,
        recipient=row.recipient,
        recipient_local=row.recipient_local,
        zone=zone_of(row.jurisdiction, row.detail),
        citation=row.citation,
        verified=row.verified,
        status=str(row.status),
        certain=row.answer != DEPENDS or row.status in SETTLED,
        clock=row.clock,
        starts_at=row.starts_at,
        due_at=row.due_at,
        met_at=row.met_at,
        met_by=row.met_by,
        margin=_margin(row, at),
        because=row.because,
        unknowns=tuple(row.unknowns),
        decided_by=row.decided_by,
        reason=row.reason,
        seqs=index.about("obligation", row.id),
    )


def _margin(row: Obligation, at: datetime) -> float | None:
    """Seconds left at the deadline when the duty was met, or now while it is open; negative is over it."""
    if row.due_at is None or row.status in {ObligationStatus.WAIVED, ObligationStatus.FALLEN_AWAY}:
        return None
    if row.status in {ObligationStatus.MET, ObligationStatus.LATE} and row.met_at is None:
        return None
    return (row.due_at - (row.met_at or at)).total_seconds()


def in_reading_order(duties: list[Duty]) -> tuple[Duty, ...]:
    """Put what is still open first, then by deadline."""
    return tuple(
        sorted(
            duties,
            key=lambda duty: (
                not duty.certain,
                ORDER.get(ObligationStatus(duty.status), len(ORDER)),
                duty.due_at is None,
                duty.due_at or duty.starts_at or datetime.min.replace(tzinfo=ZoneInfo("UTC")),
                duty.id,
            ),
        )
    )


def filing_of(row: Filing, duty: Obligation, index: LedgerIndex) -> FilingView:
    """Show one report to an authority."""
    asked = {field["id"]: field["label"] for field in row.content.get("fields", ())}
    return FilingView(
        id=row.id,
        rule=row.rule,
        stage=row.stage,
        authority=by_language(row.authority, duty.recipient_local),
        language=row.language,
        status=str(row.status),
        facts_version=row.facts_version,
        missing={name: asked.get(name, {"en": name.replace("_", " ")}) for name in row.missing},
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        approved_by=row.approved_by,
        receipt_number=row.receipt_number,
        content_hash=row.content_hash,
        seqs=index.about("filing", row.id),
    )
