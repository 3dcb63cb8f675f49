"""How ready the house is, as a number that is earned: each part rests on something that was done and is on record.

A part that nobody did counts nothing, however well things look on paper.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session

from models.database import Store
from response.preparedness.papers import law_reviewed, texts_approved
from response.preparedness.part import Part
from response.preparedness.people import approvers, contact_tree
from response.preparedness.practice import exercise_duties, last_drill, restore_test, sending_rate

MEASURES: tuple[Callable[[Store, Session], Part], ...] = (
    contact_tree,
    approvers,
    last_drill,
    exercise_duties,
    restore_test,
    texts_approved,
    law_reviewed,
    sending_rate,
)


@dataclass(frozen=True)
class Readiness:
    """The number, 0 to 100, and its parts."""

    points: int
    parts: tuple[Part, ...]

    def to_json(self) -> dict[str, Any]:
        """Give plain JSON values."""
        return {"points": self.points, "parts": [asdict(part) for part in self.parts]}


def readiness(store: Store) -> Readiness:
    """Work the number out from the records as they stand now."""
    with store.reading() as session:
        parts = tuple(measure(store, session) for measure in MEASURES)
    return Readiness(round(100 * sum(p.earned for p in parts) / sum(p.weight for p in parts)), parts)
