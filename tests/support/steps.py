"""A step of a real incident, as the engine would hand it to an action."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from models.database import Store
from models.incident import Incident
from playbooks.loader import library_text, load_playbook
from playbooks.schema import Playbook
from response.context import StepContext
from response.detection import take_signal
from response.organisation import sample_text
from response.staff import import_staff
from tests.support.signals import macie


def declared(store: Store, *, drill: bool = False) -> Incident:
    """Set up the sample bank and declare an incident from a finding."""
    store.settings.home.joinpath("organisation.yaml").write_text(sample_text(), encoding="utf-8")
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
