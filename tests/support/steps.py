"""A step of a real incident, as the engine would hand it to an action."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from models.database import Store
from models.facts_reading import facts_from
from models.incident import Incident
from playbooks.loader import library_text, load_playbook
from playbooks.schema import Playbook
from response.context import StepContext
from response.detection import take_signal
from response.facts import record_facts
from response.incidents import locked_incident
from response.organisation import sample_text
from response.staff import import_staff
from response.triage import reassess
from tests.support.signals import macie

# The sample bank as one that posts no report: its people submit every one by hand.
BY_HAND = re.sub(r"(?ms)^authorities:.*?(?=^staff:)", "", sample_text())


def declared(store: Store, *, drill: bool = False, desks: bool = False) -> Incident:
    """Set up the sample bank, with desks that take reports or without, and declare an incident from a finding."""
    text = sample_text() if desks else BY_HAND
    store.settings.home.joinpath("organisation.yaml").write_text(text, encoding="utf-8")
    import_staff(store, sample_text(), "organisation.yaml", by="admin-1")
    _, incident = take_signal(store, macie(), None, "detector", drill=drill)
    assert incident is not None
    return incident


def step(store: Store, incident: Incident, key: str, inputs: Mapping[str, Any] | None = None) -> StepContext:
    """Give the context of a step of the general breach plan."""
    playbook = _general_plan()
    return StepContext(store, incident, key, playbook.step(key), playbook, inputs or {}, {}, "executor-1")


@lru_cache(maxsize=1)
def _general_plan() -> Playbook:
    return load_playbook(library_text("personal-data-breach"), "personal-data-breach")


def assessed(store: Store, *, drill: bool = False, desks: bool = False, **changed: Any) -> Incident:
    """Declare an incident, confirm its facts and have the law say what is owed."""
    incident = declared(store, drill=drill, desks=desks)
    facts = facts_from({**CONFIRMED, **changed})
    with store.work() as unit:
        attached = locked_incident(unit.session, incident.id)
        record_facts(unit, attached, facts, "lead-1", "incident_lead")
        unit.session.flush()
        reassess(unit, attached, "tocsin")
    return attached


CONFIRMED: dict[str, Any] = {
    "title": "Export on an open bucket",
    "occurred_at": "2026-03-03T09:30:00+08:00",
    "detected_at": "2026-03-03T10:50:00+08:00",
    "aware_at": "2026-03-03T10:55:00+08:00",
    "determined_at": "2026-03-03T10:56:00+08:00",
    "organisation": {
        "name": "Lantern Bay Bank",
        "country": "CN",
        "establishments": ["CN", "DE"],
        "role": "controller",
        "sectors": ["bank"],
    },
    "breach": {
        "confidentiality": True,
        "integrity": False,
        "availability": False,
        "vector": "misconfiguration",
        "exfiltration": "likely",
        "published": True,
        "unintelligible": False,
    },
    "data": {"categories": ["name", "national_id", "account_number"], "identifiability": "maximum"},
    "people": {"total": 1300, "relations": ["customer"], "by_place": {"CN-31": 1000, "DE": 300}},
}
