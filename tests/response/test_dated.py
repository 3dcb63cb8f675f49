"""The day that a notice bears is that of the place where the organisation is."""

from datetime import date, timedelta

import pytest

from models.clock import VirtualClock
from models.database import Store
from models.facts_reading import facts_from
from models.incident import Incident
from response.facts import record_facts
from response.incidents import locked_incident
from response.telling.dated import day_at_home


def today(store: Store, incident_id: str) -> date:
    with store.reading() as session:
        return day_at_home(store, session, session.get_one(Incident, incident_id))


@pytest.mark.parametrize(
    ("country", "hours", "day"),
    [("CN", 14, 4), ("CN", 12, 3), ("DE", 20, 4), ("DE", 19, 3), ("US-CA", 28, 3), ("US-CA", 29, 4)],
)
def test_day_is_that_of_the_main_establishment_by_the_facts(
    store: Store, incident_id: str, clock: VirtualClock, country: str, hours: int, day: int
) -> None:
    with store.work() as unit:
        facts = facts_from({"title": "Export", "organisation": {"country": country}})
        record_facts(unit, locked_incident(unit.session, incident_id), facts, "lead-1", "incident_lead")
    clock.advance(timedelta(hours=hours))  # from three in the morning of the third of March, in UTC
    assert today(store, incident_id) == date(2026, 3, day)


def test_organisations_own_file_says_where_it_is_while_no_facts_do(
    store: Store, incident_id: str, clock: VirtualClock
) -> None:
    clock.advance(timedelta(hours=14))
    assert today(store, incident_id) == date(2026, 3, 3)  # nobody knows a place: UTC
    written = "schema: tocsin/organisation/1\norganisation: {country: SG}\n"
    store.settings.home.joinpath("organisation.yaml").write_text(written, encoding="utf-8")
    assert today(store, incident_id) == date(2026, 3, 4)
