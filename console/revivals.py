"""What our records say of an incident's runs: which carries it, how often it was revived, that people were called."""

from datetime import datetime

import structlog
from sqlmodel import col, func, select

from models.database import Store
from models.incident import Incident
from models.ledger import LedgerEntry
from response.context import TOCSIN
from response.deadlines import page
from response.plan import find_incident

LOG = structlog.get_logger(__name__)
REVIVED = "response:revived"


def earlier_revivals(store: Store, incident: Incident) -> tuple[datetime | None, int]:
    """Give the last revival and how many in a row brought nothing: not a step, not a batch of notices."""
    entries = select(func.max(LedgerEntry.at)).where(
        LedgerEntry.incident_id == incident.id, LedgerEntry.tag == REVIVED
    )
    with store.reading() as session:
        last = session.exec(entries).one()
        if last is None or not incident.revivals:
            return None, 0
        progress = select(LedgerEntry.seq).where(
            LedgerEntry.incident_id == incident.id,
            LedgerEntry.at > last,
            col(LedgerEntry.tag).startswith("response:").is_(False),
            col(LedgerEntry.tag).startswith("obligation:").is_(False),
            col(LedgerEntry.tag).not_in(["step:resumed", "person:paged", "person:called"]),
        )
        return last, 0 if session.exec(progress.limit(1)).first() else incident.revivals


def call_people(store: Store, incident: Incident, tag: str, why: dict[str, int]) -> None:
    """Call people about an incident that does not go on by itself, and count it as past the limit of revivals."""
    with store.work() as unit:
        row = find_incident(unit.session, incident.id)
        row.revivals = store.settings.revive_limit + 1
        unit.session.add(row)
        unit.record(tag, actor=TOCSIN, role="responder", incident_id=row.id, drill=row.drill, body=why)
        page(unit, row, tag)


def note_run(store: Store, incident: Incident, run_id: str, tries: int = 0, was: str = "") -> None:
    """Note which run carries an incident; `tries` above 0: it was revived, from the state `was`."""
    with store.work() as unit:
        row = find_incident(unit.session, incident.id)
        row.flow_run_id, row.revivals = run_id, tries
        unit.session.add(row)
        if tries:
            unit.record(
                REVIVED,
                actor=TOCSIN,
                role="responder",
                incident_id=row.id,
                drill=row.drill,
                body={"tries": tries, "was": was.lower()},
            )
    LOG.info("response run", incident=incident.id, run=run_id, tries=tries, was=was.lower())
