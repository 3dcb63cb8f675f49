"""The plan of a notice names whom it concerns, the duties it serves, and what can't be in time."""

from datetime import timedelta
from pathlib import Path

import pytest

from models.database import Store
from models.incident import Incident
from notifications.import_people import import_people
from response.telling.notice_plan import notice_plan
from tests.support.steps import assessed

PEOPLE = "id,email,phone,place,language\n" + "".join(
    f"{n},p{n}@mail.example,,{'DE' if n % 3 else 'CN-31'},\n" for n in range(30)
)


@pytest.fixture
def incident(store: Store, tmp_path: Path) -> Incident:
    found = assessed(
        store,
        data={"categories": ["name", "social_security", "account_number"], "identifiability": "maximum"},
        people={
            "total": 1300,
            "relations": ["customer"],
            "by_place": {"CN-31": 1000, "DE": 280, "US-CA": 20},
        },
    )
    people = tmp_path / "people.csv"
    people.write_text(PEOPLE + "99,,13800138000,CN-31,\n")
    import_people(store, found.id, people)
    return found


def test_plan_compares_each_duty_with_the_last_message(store: Store, incident: Incident) -> None:
    fast = notice_plan(store, incident.id, stated={"email": 10, "sms": 1})
    assert {(line.language, line.channel, line.people) for line in fast.lines} == {
        ("zh-Hans", "email", 10),
        ("de", "email", 20),
        ("zh-Hans", "sms", 1),
    }
    assert fast.forecast.last_at == fast.forecast.begins_at + timedelta(seconds=4)
    assert fast.duties
    assert (fast.in_time, fast.late) == (True, ())
    [sms] = fast.segments.values()
    assert sms[1] == "UCS-2"


def test_plan_that_comes_too_late_says_for_which_law(store: Store, incident: Incident) -> None:
    slow = notice_plan(store, incident.id, stated={"email": 0.00001, "sms": 1})
    counted = [duty.rule for duty in slow.duties if duty.due_at is not None]
    assert "us-ca-breach" in counted
    assert not slow.in_time
    assert [duty.rule for duty in slow.late] == counted
    assert slow.to_json()["in_time"] is False
