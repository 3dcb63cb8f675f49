"""Forms of manual steps: what they refuse, and that a refusal keeps nothing."""

from types import SimpleNamespace

import pytest

from models.database import Store
from models.errors import InvalidInputError, RefusedError
from models.incident import FactsVersion
from playbooks.catalogue import ACTIONS
from response.actions import LOCAL, OUTSIDE
from response.forms import FORMS, confirm_facts, confirm_people
from response.plan import find_incident


def context(store: Store, incident_id: str) -> SimpleNamespace:
    with store.reading() as session:
        return SimpleNamespace(incident=find_incident(session, incident_id), key="confirm_facts")


def test_every_action_of_the_catalogue_is_done_by_one_function() -> None:
    by_kind = {kind: {a.name for a in ACTIONS.values() if a.kind == kind} for kind in ("automatic", "manual")}
    assert {*LOCAL, *OUTSIDE} == by_kind["automatic"]
    asked_of_people = {"containment.execute", "containment.revert"}  # where a connector can't do it
    assert set(FORMS) == by_kind["manual"] | asked_of_people
    assert set(LOCAL) & set(OUTSIDE) == set()


def test_facts_without_the_moment_of_awareness_are_refused(store: Store, incident_id: str) -> None:
    def confirm() -> None:
        with store.work() as unit:
            confirm_facts(unit, context(store, incident_id), b"title: A breach", "lead-1")

    with pytest.raises(InvalidInputError, match="since when the organisation is aware") as refusal:
        confirm()
    assert refusal.value.where == "aware_at"
    with store.reading() as session:
        assert session.get(FactsVersion, (incident_id, 1)) is None


def test_facts_with_it_become_the_next_version(store: Store, incident_id: str) -> None:
    form = b"title: A breach\naware_at: 2026-03-03T03:00:00+00:00"
    with store.work() as unit:
        given = SimpleNamespace(incident=find_incident(unit.session, incident_id), key="confirm_facts")
        assert confirm_facts(unit, given, form, "lead-1") == {"facts_version": 1}
    with store.reading() as session:
        assert session.get(FactsVersion, (incident_id, 1)).recorded_by == "lead-1"


def test_people_are_not_confirmed_before_they_were_imported(store: Store, incident_id: str) -> None:
    def confirm() -> None:
        with store.work() as unit:
            confirm_people(unit, context(store, incident_id), b"", "care-1")

    with pytest.raises(RefusedError, match="No affected people were imported"):
        confirm()
