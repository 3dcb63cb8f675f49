"""Declaring an incident: its number, its key and the exact plan it will run, in one unit of work."""

from dataclasses import dataclass
from functools import lru_cache

from sqlmodel import Session, col, select

from models.database import Work
from models.errors import NotFoundError
from models.incident import Incident, IncidentKey, PlaybookVersion, SequenceNumber
from models.vocabulary import IncidentStatus
from playbooks.loader import content_hash, library_text


def next_number(session: Session, series: str) -> int:
    """Give the next number of a series; numbers are never given twice nor left out by a unit that failed."""
    counter = locked_series(session, series)
    counter.last += 1
    session.add(counter)
    session.flush()
    return counter.last


def locked_series(session: Session, series: str) -> SequenceNumber:
    """Hold a series until this unit of work ends: who else wants a number of it waits."""
    query = select(SequenceNumber).where(SequenceNumber.series == series).with_for_update(key_share=True)
    counter = session.exec(query.execution_options(populate_existing=True)).first()
    if counter is None:
        counter = SequenceNumber(series=series, last=0)
        session.add(counter)
        session.flush()
    return counter


@dataclass(frozen=True)
class Declarer:
    """Who declares an incident, in which role, and why."""

    actor: str
    role: str
    because: str


def declare(
    unit: Work, title: str, by: Declarer, *, playbook: str, drill: bool = False, scenario: str | None = None
) -> Incident:
    """Open an incident pinned to the present text of `playbook`; the caller's unit of work commits it."""
    year, prefix = unit.clock().year, "DRL" if drill else "INC"
    incident = Incident(
        id=f"{prefix}-{year}-{next_number(unit.session, f'{prefix}/{year}'):04d}",
        title=title,
        drill=drill,
        scenario=scenario,
        playbook=playbook,
        playbook_hash=_pin(unit, playbook),
        declared_at=unit.clock(),
    )
    unit.session.add(incident)
    unit.session.flush()
    wrapped = unit.store.organisation_key.new_incident_key(incident.id)
    unit.session.add(IncidentKey(incident_id=incident.id, wrapped=wrapped))
    unit.record(
        "incident:declared",
        actor=by.actor,
        role=by.role,
        incident_id=incident.id,
        drill=drill,
        body={"playbook": playbook, "playbook_hash": incident.playbook_hash, "because": by.because},
    )
    return incident


@lru_cache(maxsize=64)
def _shipped(name: str) -> tuple[str, str]:
    text = library_text(name)
    return text, content_hash(text)


def _pin(unit: Work, name: str) -> str:
    return pin_text(unit, name, *_shipped(name))


def pin_text(unit: Work, name: str, text: str, digest: str = "") -> str:
    """Keep the exact text of a plan under the hash of its content, and give that hash."""
    digest = digest or content_hash(text)
    if unit.session.get(PlaybookVersion, digest) is None:
        unit.session.add(PlaybookVersion(content_hash=digest, name=name, text=text, stored_at=unit.clock()))
        unit.session.flush()
    return digest


def pinned_version(session: Session, incident: Incident) -> PlaybookVersion:
    """Give the exact text of the plan this incident runs; raises NotFoundError."""
    version = session.get(PlaybookVersion, incident.playbook_hash)
    if version is None:
        raise NotFoundError("The playbook this incident is pinned to is gone.", where=incident.playbook_hash)
    return version


def open_incidents(session: Session, drill: bool) -> list[Incident]:
    """List the incidents that are open, the newest first; drills and real ones never mix."""
    query = (
        select(Incident)
        .where(Incident.status == IncidentStatus.OPEN, Incident.drill == drill)
        .order_by(col(Incident.declared_at).desc(), col(Incident.id).desc())
    )
    return list(session.exec(query))


def locked_incident(session: Session, incident_id: str) -> Incident:
    """Give an incident, locked for this unit of work; raises NotFoundError."""
    incident = session.exec(
        select(Incident).where(Incident.id == incident_id).with_for_update(key_share=True)
    ).first()
    if incident is None:
        raise NotFoundError(
            f"There is no incident {incident_id[:40]}.", remedy="`tocsin incident list` shows the known ones."
        )
    return incident
