"""What holds of the duties of any facts file, known or half known."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models.facts_reading import facts_from
from regulations.duties import evaluate_duties
from regulations.loader import load_law
from tests.regulations.test_predicates import documents

AT = datetime(2026, 11, 22, tzinfo=UTC)
IDS = [loaded.rule.id for loaded in load_law().rules]
MOMENTS = (
    "detected_at",
    "aware_at",
    "determined_at",
    "material_at",
    "assessed_at",
    "handled_at",
    "ransom_paid_at",
)
some_moment = st.none() | st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 - the zone comes with `timezones`
    datetime(2027, 12, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(datetime.isoformat)


@settings(max_examples=20, deadline=None)
@given(documents(), st.data())
def test_duties_are_whole_whatever_is_known(facts: dict[str, Any], data: st.DataObject) -> None:
    for section in facts.values():
        for key in data.draw(st.lists(st.sampled_from(sorted(section)), unique=True)):
            section[key] = None
    facts.update({name: data.draw(some_moment) for name in MOMENTS})
    facts["filed"] = {
        rule: data.draw(some_moment) for rule in data.draw(st.lists(st.sampled_from(IDS), max_size=5))
    }
    every = evaluate_duties(facts_from({"title": "x", **facts}), AT, all=True)
    asked = evaluate_duties(facts_from({"title": "x", **facts}), AT)

    assert {duty.rule for duty in every} == set(IDS)
    assert list(asked) == [duty for duty in every if duty.status != "not_required"]
    assert all(duty.due_at is not None for duty in asked if duty.status == "due")
    assert all(duty.unknowns for duty in asked if duty.status in {"depends", "not_started"})
    due = [duty.due_at for duty in asked if duty.due_at is not None]
    assert due == sorted(due)
