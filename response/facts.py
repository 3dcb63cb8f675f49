"""Versions of what is known: each is kept, none is changed, and every decision names the one it used."""

from typing import Any

from sqlmodel import Session

from models.database import Work
from models.errors import NotFoundError
from models.facts import Facts, facts_hash
from models.incident import FactsVersion, Incident


def record_facts(unit: Work, incident: Incident, facts: Facts, by: str, role: str) -> int:
    """Store the next version unless nothing changed; gives the version now in force.

    Reports that were made stay on record although newer facts do not list them: missing is unknown, not undone.
    """
    latest = unit.session.get(FactsVersion, (incident.id, incident.facts_version))
    facts = _with_reports_made(facts, latest)
    digest = facts_hash(facts)
    if latest is not None and latest.content_hash == digest:
        return latest.version
    incident.facts_version += 1
    incident.title = facts.title
    unit.session.add(incident)
    unit.session.add(
        FactsVersion(
            incident_id=incident.id,
            version=incident.facts_version,
            document=facts.canonical(),
            content_hash=digest,
            recorded_at=unit.clock(),
            recorded_by=by,
        )
    )
    unit.record(
        "facts:recorded",
        actor=by,
        role=role,
        incident_id=incident.id,
        facts_version=incident.facts_version,
        drill=incident.drill,
        body={"sha256": digest},
    )
    return incident.facts_version


def _with_reports_made(facts: Facts, latest: FactsVersion | None) -> Facts:
    made = Facts.model_validate(latest.document).filed if latest is not None else {}
    given = {rule: at for rule, at in facts.filed.items() if at is not None}
    return facts.model_copy(update={"filed": {**facts.filed, **made, **given}}) if made else facts


def latest_document(session: Session, incident: Incident) -> dict[str, Any]:
    """Give the newest facts document; empty before the first version."""
    row = session.get(FactsVersion, (incident.id, incident.facts_version))
    return row.document if row else {}


def latest_facts(session: Session, incident: Incident) -> Facts:
    """Give the newest facts.

    Raises:
        NotFoundError: nothing was recorded yet.
    """
    document = latest_document(session, incident)
    if not document:
        raise NotFoundError(
            f"Nothing is known of {incident.id} yet.", remedy=f"Run `tocsin facts set {incident.id} FACTS`."
        )
    return Facts.model_validate(document)
