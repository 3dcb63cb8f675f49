"""The state before an act, kept as evidence before anything is changed: sealed, with its digest in the ledger."""

import hashlib
from dataclasses import dataclass

from models.database import Store, Work
from models.errors import NotFoundError
from models.evidence import Evidence
from models.incident import Incident, IncidentKey
from response.context import TOCSIN
from response.incidents import next_number


@dataclass(frozen=True)
class Kept:
    """What was kept: the evidence's id and the SHA-256 (hex) of the clear bytes."""

    evidence: str
    sha256: str


def keep_state(unit: Work, incident: Incident, whole: bytes, by: str = TOCSIN) -> Kept:
    """Seal what a system or a person said of the state before."""
    digest = hashlib.sha256(whole).hexdigest()
    key = unit.session.get(IncidentKey, incident.id)
    sealer = unit.store.sealer(incident.id, key.wrapped if key else None)
    evidence_id = f"{incident.id}/E{next_number(unit.session, f'{incident.id}/E')}"
    unit.session.add(
        Evidence(
            id=evidence_id,
            incident_id=incident.id,
            kind="state_before",
            sha256=digest,
            sealed=sealer.seal(whole, f"evidence/{evidence_id}"),
            collected_by=by,
            collected_at=unit.clock(),
        )
    )
    return Kept(evidence_id, digest)


def open_state(store: Store, evidence_id: str) -> bytes:
    """Give back what was kept; raises NotFoundError."""
    with store.reading() as session:
        row = session.get(Evidence, evidence_id)
        key = session.get(IncidentKey, row.incident_id) if row else None
    if row is None:
        raise NotFoundError(f"There is no evidence {evidence_id[:120]}.")
    sealer = store.sealer(row.incident_id, key.wrapped if key else None)
    return sealer.open(row.sealed, f"evidence/{evidence_id}")
