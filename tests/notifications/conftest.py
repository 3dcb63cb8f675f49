"""An incident with its key, and a file of people for it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.database import Store
from models.incident import Incident, IncidentKey, PlaybookVersion

INCIDENT = "INC-2026-0001"


def add_incident(store: Store, incident_id: str = INCIDENT, drill: bool = False) -> str:
    with store.work() as unit:
        if unit.session.get(PlaybookVersion, "0" * 64) is None:
            version = PlaybookVersion(content_hash="0" * 64, name="test", text="", stored_at=unit.clock())
            unit.session.add(version)
            unit.session.flush()
        unit.session.add(
            Incident(
                id=incident_id,
                title="Export left open",
                drill=drill,
                playbook="test",
                playbook_hash="0" * 64,
                facts_version=1,
                declared_at=unit.clock(),
            )
        )
        unit.session.flush()
        wrapped = store.organisation_key.new_incident_key(incident_id)
        unit.session.add(IncidentKey(incident_id=incident_id, wrapped=wrapped))
    return incident_id


@pytest.fixture
def incident_id(store: Store) -> str:
    return add_incident(store)


@pytest.fixture
def people_file(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str, encoding: str = "utf-8", name: str = "people.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write
