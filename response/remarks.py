"""Reasons in people's own words: they may name anybody, so they are kept sealed and the ledger gets a digest."""

from sqlmodel import Session, select

from models.crypto import Sealer
from models.database import Store, Work
from models.errors import InvalidInputError
from models.incident import IncidentKey
from models.remark import Remark


def keep_remark(unit: Work, incident_id: str | None, subject: str, text: str, by: str) -> str:
    """Keep a reason sealed with the incident's key (the organisation's where there is none); gives its digest.

    Raises:
        InvalidInputError: the reason is empty.
    """
    words = text.strip()
    if not words:
        raise InvalidInputError("This needs its reason.", where=subject, remedy="Say why with --reason.")
    sealer = _sealer(unit.store, unit.session, incident_id)
    digest = sealer.lookup(f"remark/{words}").hex()
    row = Remark(
        incident_id=incident_id,
        subject=subject,
        by=by,
        digest=digest,
        sealed=sealer.seal(words.encode(), _place(incident_id, subject)),
        written_at=unit.clock(),
    )
    unit.session.add(row)
    return digest


def read_remarks(store: Store, incident_id: str | None, subject: str) -> list[str]:
    """Read the reasons given about one thing that were not erased, the oldest first.

    Raises:
        RefusedError: the incident's key is gone.
    """
    query = select(Remark).where(Remark.incident_id == incident_id, Remark.subject == subject)
    with store.reading() as session:
        sealer = _sealer(store, session, incident_id)
        rows = session.exec(query.order_by(Remark.id)).all()  # type: ignore[arg-type]
        return [sealer.open(row.sealed, _place(incident_id, subject)).decode() for row in rows if row.sealed]


def _sealer(store: Store, session: Session, incident_id: str | None) -> Sealer:
    if incident_id is None:
        return store.organisation_key.sealer
    key = session.get(IncidentKey, incident_id)
    return store.sealer(incident_id, key.wrapped if key else None)


def _place(incident_id: str | None, subject: str) -> str:
    return f"remark/{incident_id or ''}/{subject}"
