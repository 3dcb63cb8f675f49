"""Opening connectors for acts of ours, with what people recorded of the acts they did by hand."""

from sqlmodel import col, select

from models.action import Containment
from models.database import Store
from models.incident import Incident
from models.vocabulary import ContainmentStatus
from response.connectors.contract import Connector, HandRecord
from response.connectors.opening import connector
from response.containing.state_before import open_state


class RowBook:
    """Finds people's records in the rows of containments."""

    def __init__(self, store: Store) -> None:
        """Keep the store."""
        self._store = store

    def find(self, connector: str, capability: str, target: str) -> HandRecord | None:
        """Give what was recorded of the newest act that did not fail; None while nobody recorded it."""
        query = (
            select(Containment)
            .where(
                Containment.connector == connector,
                Containment.capability == capability,
                Containment.status != ContainmentStatus.FAILED,
            )
            .order_by(col(Containment.planned_at).desc(), col(Containment.id).desc())
        )
        with self._store.reading() as session:
            row = next((each for each in session.exec(query) if each.target == target), None)
        if row is None or row.by_hand is None:
            return None
        before = open_state(self._store, row.by_hand["evidence"])
        return HandRecord(before, row.by_hand["holds"], row.by_hand.get("undone", False))


def acting(store: Store, row: Containment, incident: Incident) -> Connector:
    """Open the connector of an act that was planned, with the commands it was planned with."""
    return connector(
        store.settings,
        row.connector,
        drill=incident.drill,
        book=RowBook(store),
        capability=row.capability,
        commands=row.plan.get("commands", ()),
    )
