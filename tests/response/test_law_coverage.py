"""Coverage of each law: a person counts under the rules of their own place and data, wherever they stand."""

from pathlib import Path

import pytest
from sqlalchemy import update

from models.database import Store
from models.incident import Incident
from notifications.audience import DELIVERY
from notifications.campaign import prepare_campaign
from notifications.import_people import import_people
from response.telling.coverage import coverage_of
from response.telling.disclosure import notice_details
from response.telling.law_coverage import LawCoverage, law_coverage
from tests.support.steps import assessed

GDPR, PIPL = "eu-gdpr-34-individuals", "cn-pipl-57-individuals"


@pytest.fixture
def incident(store: Store, tmp_path: Path) -> Incident:
    """Six in Germany (two told, one bounced, one without address), two in China (one told), all in one campaign."""
    found = assessed(store)
    rows = (
        [f"{n},p{n}@mail.example,DE" for n in range(5)]
        + ["9,,DE"]
        + [f"c{n},c{n}@mail.example,CN-31" for n in range(2)]
    )
    people = tmp_path / "people.csv"
    people.write_text("id,email,place\n" + "\n".join(rows) + "\n")
    import_people(store, found.id, people)
    with store.work() as unit:
        prepare_campaign(unit, found, "breach-notice", notice_details(store, unit.session, found))
        for number, status in ((1, "sent"), (2, "delivered"), (3, "bounced"), (7, "sent")):
            unit.session.execute(update(DELIVERY).where(DELIVERY.c.person == number).values(status=status))
    return found


def covered(store: Store, incident: Incident) -> dict[str, LawCoverage]:
    with store.reading() as session:
        return {each.rule: each for each in law_coverage(session, incident.id, store.clock())}


def test_each_law_counts_its_own_people(store: Store, incident: Incident) -> None:
    found = covered(store, incident)
    germany, china = found[GDPR], found[PIPL]
    assert (germany.people, germany.told, germany.unreached, germany.waiting) == (6, 2, 2, 2)
    # A bank in China owes it under PIPL to whoever is concerned, also abroad.
    assert (china.people, china.told, china.unreached, china.waiting) == (8, 3, 2, 3)
    assert (germany.to_json()["percent"], china.to_json()["percent"]) == (33.33, 37.5)


def test_report_shows_what_each_law_is_told(store: Store, incident: Incident) -> None:
    with store.reading() as session:
        laws = {each.rule: each for each in coverage_of(session, incident.id, store.clock()).laws}
    assert (laws[GDPR].people, laws[GDPR].told, laws[GDPR].unreached) == (6, 2, 2)


def test_incident_of_which_nothing_is_known_has_no_law_to_count(store: Store) -> None:
    with store.reading() as session:
        assert law_coverage(session, "INC-2026-0099", store.clock()) == ()
