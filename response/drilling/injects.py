"""What happens to a drill from outside on its clock: new facts, word from outside, a failing provider, an absence."""

import json

import httpx
from sqlmodel import select

from models.database import Store, Work
from models.drill import Drill
from models.errors import UnavailableError
from models.facts_reading import read_facts
from models.incident import Incident
from models.staff import Staff
from notifications.targets import LOOPBACK
from playbooks.scenario import Inject, filled, merged
from response.context import TOCSIN
from response.drilling.exercise import Performance
from response.facts import latest_document, record_facts
from response.plan import find_incident
from response.triage import reassess

RETRY_AFTER_SECONDS = 1


def inject_due(store: Store, performance: Performance, incident_id: str) -> tuple[int, ...]:
    """Let everything happen whose moment has come; gives the numbers of what did. Each happens once."""
    now, happened = store.clock(), []
    with store.reading() as session:
        drill = session.get_one(Drill, incident_id)
        known = bool(latest_document(session, find_incident(session, incident_id)))
    for number, inject in enumerate(performance.scenario.injects):
        waits = inject.facts is not None and not known
        if number in drill.injected or performance.moment(inject.at) > now or waits:
            continue
        if inject.outage is not None:
            _break_provider(store, inject)
        with store.work() as unit:
            _happen(unit, performance, incident_id, number, inject)
        happened.append(number)
    return tuple(happened)


def _happen(unit: Work, performance: Performance, incident_id: str, number: int, inject: Inject) -> None:
    drill = unit.session.get_one(Drill, incident_id)
    incident = find_incident(unit.session, incident_id)
    drill.injected = [*drill.injected, number]
    unit.session.add(drill)
    unit.record(
        "drill:injected",
        actor=TOCSIN,
        role=inject.to,
        incident_id=incident_id,
        facts_version=incident.facts_version or None,
        drill=True,
        body={"scenario": drill.scenario, "inject": number, "kind": _kind(inject)},
    )
    if inject.facts is not None:
        _tell_facts(unit, performance, incident, inject)


def _kind(inject: Inject) -> str:
    return next(
        kind for kind in ("facts", "message", "outage", "absent") if getattr(inject, kind) is not None
    )


def _tell_facts(unit: Work, performance: Performance, incident: Incident, inject: Inject) -> None:
    """Record what became known as the next version and work the duties out again, as a person's `facts set` does."""
    changes = filled(inject.facts, performance.start, performance.run)
    document = merged(latest_document(unit.session, incident), changes)
    facts = read_facts(json.dumps(document).encode(), where="the inject's facts")
    by = performance.scenario.participants[inject.to][0]
    record_facts(unit, incident, facts, by, inject.to)
    unit.session.flush()
    reassess(unit, incident, by)


def _break_provider(store: Store, inject: Inject) -> None:
    """Have the rehearsal provider refuse messages, through the interface that tests use."""
    assert inject.outage is not None  # noqa: S101 - the caller looked
    url = f"http://{LOOPBACK}:{store.settings.rehearsal_http_port}/rehearsal/faults"
    fault = {
        "to": "",
        "status": inject.outage.status,
        "code": 20503,
        "times": inject.outage.times,
        "retry_after": RETRY_AFTER_SECONDS,
    }
    try:
        httpx.post(url, json=fault, timeout=10, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise UnavailableError("The rehearsal provider can't be made to fail.", where=url) from error


def known_staff(store: Store) -> set[str]:
    """Name who is in the contact tree."""
    with store.reading() as session:
        return set(session.exec(select(Staff.id).where(Staff.active)))
