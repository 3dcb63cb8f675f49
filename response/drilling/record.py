"""What every part of a drill needs of its records: its row, its scenario's digest, its clock, an entry about it."""

import copy
import hashlib
from collections.abc import Mapping
from datetime import datetime

from models.clock import FlyingClock
from models.database import Store, Work
from models.drill import Drill
from models.errors import NotFoundError, TocsinError
from models.vocabulary import Role
from playbooks.scenario import Scenario, scenario_text
from response.context import TOCSIN

UNFINISHED = frozenset({"running", "stopped"})


class DrillStoppedError(TocsinError):
    """A drill came to a question that its script does not answer, or to a failed step."""


def find_drill(store: Store, incident_id: str) -> Drill:
    """Give a drill's row.

    Raises:
        NotFoundError: there is no such drill.
    """
    with store.reading() as session:
        drill = session.get(Drill, incident_id)
    if drill is None:
        raise NotFoundError(
            f"There is no drill {incident_id[:40]}.",
            remedy="`tocsin drill history` shows those that were run.",
        )
    return drill


def flying_store(store: Store, at: datetime | None) -> tuple[Store, FlyingClock]:
    """Give the same home seen through a clock of its own, which begins at a moment or now."""
    clock = FlyingClock(at)
    flying = copy.copy(store)
    flying.clock = clock
    return flying, clock


def scenario_digest(scenario: Scenario) -> str:
    """Name a scenario's exact text, with what it shares with others, by its SHA-256."""
    return hashlib.sha256((scenario_text(scenario.id) + scenario.model_dump_json()).encode()).hexdigest()


def note_drill(
    unit: Work, tag: str, incident_id: str, body: Mapping[str, str | int], by: str = TOCSIN
) -> None:
    """Enter something about a drill in the ledger, marked as one."""
    unit.record(tag, actor=by, role=Role.INCIDENT_LEAD, incident_id=incident_id, drill=True, body=dict(body))
