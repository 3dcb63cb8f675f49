"""One incident for the VERIS community's count: its facts, who told of it first, and its signed cause."""

import orjson
from sqlmodel import Session, col, select

from models.accountability import RootCause
from models.action import CorrectiveAction
from models.database import Store
from models.incident import FactsVersion, Incident
from models.signal import Signal
from reports.headline import facts_in
from reports.veris import Case, veris_record
from response.plan import find_incident


def export_veris(store: Store, incident_id: str) -> bytes:
    """Write an incident as VERIS JSON with sorted keys; the same records give the same bytes.

    Raises:
        NotFoundError: there is no such incident.
    """
    with store.reading() as session:
        incident = find_incident(session, incident_id)
        version = session.get(FactsVersion, (incident.id, incident.facts_version))
        record = veris_record(facts_in(version, incident), _case(session, incident))
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(record, option=options)


def _case(session: Session, incident: Incident) -> Case:
    first = select(Signal.told_by).where(Signal.incident_id == incident.id)
    cause = session.get(RootCause, incident.id)
    actions = select(CorrectiveAction.title).where(CorrectiveAction.incident_id == incident.id)
    return Case(
        incident.id,
        incident.declared_at,
        told_by=session.exec(first.order_by(col(Signal.received_at), col(Signal.id))).first(),
        veris=cause.veris if cause else {},
        failed_control=cause.failed_control if cause else {},
        actions=tuple(session.exec(actions.order_by(col(CorrectiveAction.id)))),
        drill=incident.drill,
    )
