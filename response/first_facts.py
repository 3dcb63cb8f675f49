"""The first version of the facts: what the signals and the organisation's own file settle, and nothing more."""

from datetime import datetime
from typing import Any

from sqlmodel import col, select

from models.database import Work
from models.facts import Facts
from models.facts_reading import facts_from
from models.incident import Incident
from models.signal import Signal
from response.organisation import organisation_of
from response.signals.reading import SignalReading, read_signal


def first_facts(unit: Work, incident: Incident) -> Facts:
    """Derive what an incident's signals settle, the earliest signal first."""
    query = (
        select(Signal)
        .where(Signal.incident_id == incident.id)
        .order_by(col(Signal.received_at), col(Signal.id))
    )
    signals = list(unit.session.exec(query))
    document: dict[str, Any] = {"schema": "tocsin/facts/1", "title": incident.title[:500]}
    document["detected_at"] = _earliest(unit, incident, signals).isoformat()
    known = organisation_of(unit.store.settings.home).organisation.as_facts()
    document["organisation"] = known.model_dump(mode="json", exclude_none=True)
    for signal in signals:
        for path, value in reading_of(unit, signal).facts.items():
            _settle(document, path, value)
    return facts_from(document, f"the signals of {incident.id}")


def _earliest(unit: Work, incident: Incident, signals: list[Signal]) -> datetime:
    """Say when it was first seen: a detector's own moment, unless its clock runs ahead of ours."""
    moments = [incident.declared_at]
    for signal in signals:
        seen = reading_of(unit, signal).seen_at
        moments.append(min(seen, signal.received_at) if seen else signal.received_at)
    return min(moments)


def _settle(document: dict[str, Any], path: str, value: Any) -> None:
    *sections, name = path.split(".")
    place = document
    for section in sections:
        place = place.setdefault(section, {})
    if isinstance(value, list):
        place[name] = list(dict.fromkeys([*place.get(name, []), *value]))
    else:
        place.setdefault(name, value)


def reading_of(unit: Work, signal: Signal) -> SignalReading:
    """Read a kept signal again from its sealed bytes."""
    payload = unit.store.organisation_key.sealer.open(signal.payload, f"signal/{signal.id}")
    return read_signal(payload, None if signal.form == "unknown" else signal.form)
