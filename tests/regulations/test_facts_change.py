"""What changed between two versions of the facts, named fact by fact."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.facts_reading import facts_from
from regulations.facts_change import changed_facts, with_facts
from tests.regulations.test_duties import BANK

CHANGES: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"title": "Another name"}, ()),
    ({"filed": {"eu-gdpr-33-authority": "2026-03-04T12:00:00Z"}}, ()),
    ({"contained_at": "2026-03-04T12:00:00Z"}, ("contained_at",)),
    ({"people": {**BANK["people"], "total": 13000}}, ("people.total",)),
    ({"people": {**BANK["people"], "by_place": {"DE": 400}}}, ("people.by_place",)),
    ({"classified_at": {"dora": "2026-03-04T12:00:00Z"}}, ("classified_at.dora",)),
    ({"regimes": {"dora": {"costs_eur": 5}}}, ("regimes.dora.costs_eur",)),
    ({"data": {"categories": ["name"]}, "loss": {"amount": 5}}, ("data.categories", "loss.amount")),
]


@pytest.mark.parametrize(("changed", "named"), CHANGES, ids=lambda value: str(value)[:40])
def test_changed_facts_are_named(changed: dict[str, Any], named: tuple[str, ...]) -> None:
    before, after = facts_from(BANK), facts_from({**BANK, **changed})
    assert changed_facts(before, after) == named
    assert changed_facts(after, before) == named


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([changed for changed, _ in CHANGES]), max_size=4))
def test_taking_over_every_change_one_by_one_ends_at_the_newer_facts(several: list[dict[str, Any]]) -> None:
    before, after = (
        facts_from(BANK),
        facts_from({key: value for part in (BANK, *several) for key, value in part.items()}),
    )
    moved = with_facts(before, changed_facts(before, after), after)
    assert changed_facts(moved, after) == ()
