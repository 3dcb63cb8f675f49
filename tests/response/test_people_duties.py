"""What is owed to each affected person: counted by the database, judged once a group, no personal data."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event

from models.database import Store
from models.errors import NotFoundError
from models.incident import Incident
from models.notice import Campaign, Delivery
from models.people import DataSubject
from response.telling.people_duties import people_duties, person_record
from tests.support.steps import assessed

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)


def person(incident: Incident, number: int, **changed: Any) -> DataSubject:
    row = {
        "place": "DE",
        "language": "de",
        "relation": "customer",
        "categories": "name,national_id",
        "has_email": True,
        "has_phone": False,
        "sealed": b"sealed",
    }
    return DataSubject(incident_id=incident.id, number=number, **{**row, **changed})


def with_people(store: Store, *people: dict[str, Any]) -> Incident:
    incident = assessed(store)
    with store.work() as unit:
        for number, changed in enumerate(people, 1):
            unit.session.add(person(incident, number, **changed))
    return incident


def test_people_who_are_alike_are_counted_together(store: Store) -> None:
    incident = with_people(store, {}, {}, {"place": "CN-44"}, {"categories": "contact,name"})
    with store.reading() as session:
        groups = {(g.place, g.categories): g for g in people_duties(session, incident.id, AT)}
    alike = groups["DE", ("name", "national_id")]
    assert (len(groups), alike.people) == (3, 2)
    fired = {duty.rule: duty.status for duty in alike.duties or ()}
    assert fired["eu-gdpr-34-individuals"] == "immediate"
    assert "us-ca-breach" not in fired
    assert "eu-gdpr-34-individuals" not in {
        d.rule for d in groups["CN-44", ("name", "national_id")].duties or ()
    }


def test_number_of_queries_does_not_grow_with_the_people(store: Store) -> None:
    incident = with_people(store, *[{"place": place} for place in ("DE", "FR", "GB", "US-NY")] * 50)
    with store.reading() as session:
        asked: list[str] = []
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        assert len(people_duties(session, incident.id, AT)) == 4
    assert len(asked) <= 4


def test_no_place_is_said_and_not_guessed(store: Store) -> None:
    incident = with_people(store, {"place": ""})
    with store.reading() as session:
        [group] = people_duties(session, incident.id, AT)
    assert group.to_json()["duties"] is None
    assert group.to_json()["unknowns"] == ["place"]


def test_person_without_data_of_their_own_has_that_of_the_incident(store: Store) -> None:
    incident = with_people(store, {"categories": ""})
    with store.reading() as session:
        [group] = people_duties(session, incident.id, AT)
    assert group.categories == ("account_number", "name", "national_id")
    assert "eu-gdpr-34-individuals" in {duty.rule for duty in group.duties or ()}


def test_record_of_a_person_names_rules_and_deliveries_and_nobody(store: Store) -> None:
    incident = with_people(store, {"place": "US-NY"}, {})
    with store.work() as unit:
        unit.session.add(
            Campaign(
                id=f"{incident.id}/N1",
                incident_id=incident.id,
                message="breach",
                template_hash="0",
                facts_version=1,
                details={},
                prepared_at=AT,
            )
        )
        unit.session.flush()
        unit.session.add(
            Delivery(campaign_id=f"{incident.id}/N1", channel="email", person=1, status="delivered")
        )
    with store.reading() as session:
        found = person_record(session, incident.id, 1, AT)
    assert (found["number"], found["place"], found["language"], found["relation"]) == (
        1,
        "US-NY",
        "de",
        "customer",
    )
    assert found["categories"] == ["name", "national_id"]
    [duty] = [duty for duty in found["duties"] if duty["rule"] == "us-ny-breach"]
    assert duty["due_at"] == "2026-04-02T04:00:00Z"
    assert duty["citation"].endswith("N.Y. Gen. Bus. Law 899-aa")
    assert [(row["channel"], row["status"]) for row in found["deliveries"]] == [("email", "delivered")]
    assert "sealed" not in json.dumps(found, default=str)


def test_person_who_is_not_there_is_refused(store: Store) -> None:
    incident = with_people(store, {})
    with store.reading() as session, pytest.raises(NotFoundError, match="person 7"):
        person_record(session, incident.id, 7, AT)
