"""Triage turns the newest facts into severity, risk and obligations with clocks, and records what changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlmodel import Session, select

from models.canonical import canonical_json
from models.database import Work
from models.incident import FactsVersion, Incident
from models.obligation import Obligation
from models.vocabulary import ObligationStatus
from regulations.citations import citation_in_chinese
from regulations.duties import evaluate_duties
from regulations.duty import Duty
from regulations.loader import Law, load_law
from regulations.triage import triage
from response.context import TOCSIN, StepContext, StepOutcome
from response.duties import must_tell
from response.facts import latest_facts
from response.supplements import supplements_needed

# Stages of law that are duties of one incident; yearly reports, drills and an authority's own duties are not.
STAGES = frozenset({"initial", "interim", "final", "individuals", "internal", "record", "assessment"})
FINAL = frozenset({ObligationStatus.MET, ObligationStatus.LATE, ObligationStatus.WAIVED})
STATUS_OF_ANSWER = {"not_started": ObligationStatus.NOT_STARTED}


@dataclass(frozen=True)
class Change:
    """What a new version of the facts, or of the law, changed about one duty."""

    obligation_id: str
    what: str  # opened, clock_moved, started, fallen_away, reopened, law_changed
    earlier_hash: str | None = None  # of the version of the rule that held before, when that changed


def assess(unit: Work, context: StepContext) -> StepOutcome:
    """Run triage and the law on the newest facts; the step `triage.assess`."""
    return StepOutcome(values=reassess(unit, context.incident, TOCSIN))


def reassess(unit: Work, incident: Incident, actor: str, law: Law | None = None) -> dict[str, Any]:
    """Evaluate severity, risk and every duty again, bring the obligations up to date and say what changed.

    What is not required is recorded as well, with its reasons; and, once a version, which reports and notices
    the newest facts have overtaken.
    """
    law, facts = law or load_law(), latest_facts(unit.session, incident)
    answer = triage(facts).to_json()
    duties = [
        duty for duty in evaluate_duties(facts, at=unit.clock(), rules=law, all=True) if duty.stage in STAGES
    ]
    changes, not_required = renew_obligations(unit, incident, duties)
    version = unit.session.get_one(FactsVersion, (incident.id, incident.facts_version))
    is_new = version.triage is None
    version.triage, version.risk = {**answer, "not_required": not_required}, answer["risk"]
    version.severity = answer["severity"]["level"]
    unit.session.add(version)
    values = {
        "facts_version": incident.facts_version,
        "severity": answer["severity"]["level"],
        "risk": answer["risk"],
        "tell_authority": must_tell("authority", answer["decisions"]["authority"], duties),
        "tell_individuals": must_tell("individuals", answer["decisions"]["individuals"], duties),
    }
    _enter(unit, incident, "triage:assessed", actor, "responder", {**values, "changes": len(changes)})
    digest = sha256(canonical_json(not_required)).hexdigest()
    reasons = {"rules": len(not_required), "sha256": digest, "law_sha256": law.content_hash}
    _enter(unit, incident, "obligation:not_required", TOCSIN, "legal", reasons)
    if is_new:
        _note_outdated(unit, incident)
    return values


def _note_outdated(unit: Work, incident: Incident) -> None:
    unit.session.flush()
    for each in supplements_needed(unit.session, incident.id):
        body = {each.kind: each.id, "made_from": each.made_from, "changed_facts": list(each.changed_facts)}
        _enter(unit, incident, f"{each.kind}:outdated", TOCSIN, "legal", body)


def _enter(unit: Work, incident: Incident, tag: str, actor: str, role: str, body: dict[str, Any]) -> None:
    unit.record(
        tag,
        actor=actor,
        role=role,
        incident_id=incident.id,
        facts_version=incident.facts_version,
        drill=incident.drill,
        body=body,
    )


def renew_obligations(
    unit: Work, incident: Incident, duties: Iterable[Duty]
) -> tuple[list[Change], dict[str, str]]:
    """Bring an incident's obligations in line with the law's answer to its newest facts.

    Gives what changed, and why each rule that was looked at and never owed is not required, by rule.
    """
    known = obligations_by_id(unit.session, incident.id)
    changes, not_required = [], {}
    for duty in duties:
        if duty.status == "not_required" and f"{incident.id}/{duty.rule}" not in known:
            not_required[duty.rule] = duty.because
            continue
        change = _renew(unit, incident, duty, known)
        if change is not None:
            changes.append(change)
            _note(unit, incident, change, duty)
    return changes, not_required


def obligations_by_id(session: Session, incident_id: str) -> dict[str, Obligation]:
    """Give an incident's obligations by id."""
    rows = session.exec(select(Obligation).where(Obligation.incident_id == incident_id))
    return {row.id: row for row in rows}


def _renew(unit: Work, incident: Incident, duty: Duty, known: Mapping[str, Obligation]) -> Change | None:
    obligation_id = f"{incident.id}/{duty.rule}"
    row = known.get(obligation_id)
    if row is None:
        if duty.status == "filed":
            return None
        unit.session.add(_opened(incident, duty, obligation_id))
        return Change(obligation_id, "opened")
    if row.status in FINAL and not (_is_owed(row) and duty.due_at != row.due_at):
        return None
    before, earlier_hash = (row.status, row.due_at), row.rule_hash
    if duty.status == "not_required":
        row.status, row.reason = ObligationStatus.FALLEN_AWAY, duty.because
        row.rule_hash = duty.rule_hash
    else:
        _refresh(row, duty)
    row.facts_version = incident.facts_version
    unit.session.add(row)
    newer = earlier_hash if earlier_hash != row.rule_hash else None
    if before != (row.status, row.due_at):
        return Change(obligation_id, _difference(before, row), newer)
    return Change(obligation_id, "law_changed", newer) if newer else None


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
    said = {"zone": duty.zone, "tells": list(duty.tells), "citation_local": citation_in_chinese(duty.source)}
    row.detail = {**row.detail, **said}


def _difference(before: tuple[str, Any], row: Obligation) -> str:
    if row.status == ObligationStatus.FALLEN_AWAY:
        return "fallen_away"
    if before[0] == ObligationStatus.FALLEN_AWAY:
        return "reopened"
    return "started" if before[0] == ObligationStatus.NOT_STARTED else "clock_moved"


def _note(unit: Work, incident: Incident, change: Change, duty: Duty) -> None:
    due_at = duty.due_at.isoformat() if duty.due_at else None
    body = {"obligation": change.obligation_id, "rule_hash": duty.rule_hash, "due_at": due_at}
    earlier = {"earlier_rule_hash": change.earlier_hash} if change.earlier_hash else {}
    _enter(unit, incident, f"obligation:{change.what}", TOCSIN, "legal", body | earlier)
