"""Triage turns the newest facts into severity, risk and obligations with clocks, and records what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from models.database import Work
from models.facts import Facts
from models.incident import FactsVersion, Incident
from models.obligation import Obligation
from models.vocabulary import ObligationStatus
from regulations.duties import evaluate_duties
from regulations.duty import Duty
from regulations.triage import triage
from response.context import TOCSIN, StepContext, StepOutcome
from response.facts import latest_facts

# Stages of law that are duties of one incident; yearly reports, drills and an authority's own duties are not.
STAGES = frozenset({"initial", "interim", "final", "individuals", "internal", "record", "assessment"})
FINAL = frozenset({ObligationStatus.MET, ObligationStatus.LATE, ObligationStatus.WAIVED})
STATUS_OF_ANSWER = {"not_started": ObligationStatus.NOT_STARTED}


@dataclass(frozen=True)
class Change:
    """What a new version of the facts changed about one duty."""

    obligation_id: str
    what: str  # opened, clock_moved, started, fallen_away, reopened


def assess(unit: Work, context: StepContext) -> StepOutcome:
    """Run triage and the law on the newest facts; the step `triage.assess`."""
    return StepOutcome(values=reassess(unit, context.incident, TOCSIN))


def reassess(unit: Work, incident: Incident, actor: str) -> dict[str, Any]:
    """Evaluate severity, risk and every duty again, bring the obligations up to date and say what changed."""
    facts = latest_facts(unit.session, incident)
    answer = triage(facts).to_json()
    version = unit.session.get(FactsVersion, (incident.id, incident.facts_version))
    if version is not None:
        version.triage, version.risk = answer, answer["risk"]
        version.severity = answer["severity"]["level"]
        unit.session.add(version)
    changes = renew_obligations(unit, incident, facts)
    values = {
        "facts_version": incident.facts_version,
        "severity": answer["severity"]["level"],
        "risk": answer["risk"],
        "tell_authority": answer["decisions"]["authority"],
        "tell_individuals": answer["decisions"]["individuals"],
    }
    unit.record(
        "triage:assessed",
        actor=actor,
        role="responder",
        incident_id=incident.id,
        facts_version=incident.facts_version,
        drill=incident.drill,
        body={**values, "changes": len(changes)},
    )
    return values


def renew_obligations(unit: Work, incident: Incident, facts: Facts) -> list[Change]:
    """Bring an incident's obligations in line with the law's answer to its newest facts."""
    known = obligations_by_id(unit.session, incident.id)
    duties = evaluate_duties(facts, at=unit.clock(), all=True)
    changes = []
    for duty in duties:
        if duty.stage not in STAGES:
            continue
        change = _renew(unit, incident, duty, known)
        if change is not None:
            changes.append(change)
            _note(unit, incident, change, duty)
    return changes


def obligations_by_id(session: Session, incident_id: str) -> dict[str, Obligation]:
    """Give an incident's obligations by id."""
    rows = session.exec(select(Obligation).where(Obligation.incident_id == incident_id))
    return {row.id: row for row in rows}


def _renew(unit: Work, incident: Incident, duty: Duty, known: Mapping[str, Obligation]) -> Change | None:
    obligation_id = f"{incident.id}/{duty.rule}"
    row = known.get(obligation_id)
    if row is None:
        if duty.status in {"not_required", "filed"}:
            return None
        unit.session.add(_opened(incident, duty, obligation_id))
        return Change(obligation_id, "opened")
    if row.status in FINAL and not (_is_owed(row) and duty.due_at != row.due_at):
        return None
    before = (row.status, row.due_at)
    if duty.status == "not_required":
        row.status, row.reason = ObligationStatus.FALLEN_AWAY, duty.because
    else:
        _refresh(row, duty)
    row.facts_version = incident.facts_version
    unit.session.add(row)
    return Change(obligation_id, _difference(before, row)) if before != (row.status, row.due_at) else None


def _is_owed(row: Obligation) -> bool:
    """Tell a duty that is late and still unmet, whose clock new facts may move, from one that was met late."""
    return row.status == ObligationStatus.LATE and row.met_at is None


def _opened(incident: Incident, duty: Duty, obligation_id: str) -> Obligation:
    row = Obligation(
        id=obligation_id,
        incident_id=incident.id,
        rule=duty.rule,
        rule_hash=duty.rule_hash,
        jurisdiction=duty.jurisdiction,
        stage=duty.stage,
        recipient=duty.recipient,
        recipient_local=duty.recipient_local,
        citation=duty.citation,
        verified=duty.verified,
        answer=duty.status,
        facts_version=incident.facts_version,
    )
    _refresh(row, duty)
    return row


def _refresh(row: Obligation, duty: Duty) -> None:
    row.answer = duty.status
    row.status = STATUS_OF_ANSWER.get(duty.status, ObligationStatus.OPEN)
    row.clock, row.starts_at, row.due_at = duty.clock, duty.starts_at, duty.due_at
    row.because, row.rule_hash = duty.because, duty.rule_hash
    row.unknowns = [unknown.question or unknown.fact for unknown in duty.unknowns]
    row.detail = {**row.detail, "zone": duty.zone, "tells": list(duty.tells)}


def _difference(before: tuple[str, Any], row: Obligation) -> str:
    if row.status == ObligationStatus.FALLEN_AWAY:
        return "fallen_away"
    if before[0] == ObligationStatus.FALLEN_AWAY:
        return "reopened"
    return "started" if before[0] == ObligationStatus.NOT_STARTED else "clock_moved"


def _note(unit: Work, incident: Incident, change: Change, duty: Duty) -> None:
    unit.record(
        f"obligation:{change.what}",
        actor=TOCSIN,
        role="legal",
        incident_id=incident.id,
        facts_version=incident.facts_version,
        drill=incident.drill,
        body={
            "obligation": change.obligation_id,
            "rule_hash": duty.rule_hash,
            "due_at": duty.due_at.isoformat() if duty.due_at else None,
        },
    )
