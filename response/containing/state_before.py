"""The state before an act, kept as evidence before anything is changed: sealed, with its digest in the ledger."""

from dataclasses import dataclass

from models.database import Store, Work
from models.errors import NotFoundError
from models.evidence import Evidence
from models.incident import Incident
from response.context import TOCSIN
from response.keeping.evidence import keep_evidence, open_evidence


@dataclass(frozen=True)
class Kept:
    """What was kept: the evidence's id and the SHA-256 (hex) of the clear bytes."""

    evidence: str
    sha256: str


def keep_state(unit: Work, incident: Incident, whole: bytes, by: str = TOCSIN) -> Kept:
    """Seal what a system or a person said of the state before."""
    row = keep_evidence(unit, incident, whole, by, kind="state_before")
    return Kept(row.id, row.sha256)


def open_state(store: Store, evidence_id: str) -> bytes:
    """Give back what was kept; raises NotFoundError."""
    with store.reading() as session:
        row = session.get(Evidence, evidence_id)
        if row is None:
            raise NotFoundError(f"There is no evidence {evidence_id[:120]}.")
        return open_evidence(store, session, row)
