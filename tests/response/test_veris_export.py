"""An incident of the home in words of VERIS: facts, first teller and signed cause come from its records."""

import json

import pytest

from models.database import Store
from models.errors import NotFoundError
from response.veris_export import export_veris
from tests.support.steps import assessed


def test_incident_is_exported_with_who_told_of_it_first(store: Store) -> None:
    incident = assessed(store)
    told = json.loads(export_veris(store, incident.id))
    assert (told["incident_id"], told["summary"]) == (incident.id, "Export on an open bucket")
    assert told["discovery_method"] == {"internal": {"variety": ["Unknown"]}}
    assert told["action"] == {"error": {"variety": ["Misconfiguration"], "vector": ["Unknown"]}}
    assert "notes" not in told
    assert export_veris(store, incident.id) == export_veris(store, incident.id)


def test_drill_says_that_it_is_one(store: Store) -> None:
    incident = assessed(store, drill=True)
    assert json.loads(export_veris(store, incident.id))["notes"] == "A drill: nothing of this happened."


def test_incident_that_does_not_exist_is_refused(store: Store) -> None:
    with pytest.raises(NotFoundError):
        export_veris(store, "INC-1999-0001")
