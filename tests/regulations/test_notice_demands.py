"""What single laws want of a notice: each demand belongs to a rule that tells people of its place."""

from typing import Any

import pytest
from pydantic import ValidationError

from regulations.loader import load_law
from regulations.notice_demands import (
    NoticeDemand,
    notice_demands,
    place_of_demands,
    protection_owed,
    words_asked,
)

RULES = {each.rule.id: each.rule for each in load_law().rules if "individuals" in each.rule.tells}
SOUND: dict[str, Any] = {
    "rule": "us-ct-breach",
    "place": "US-CT",
    "asks": "protection",
    "citation": "x",
    "service": "credit_monitoring",
    "months": 24,
    "exposed": ("tax_id",),
    "how": "memory",
}


def test_every_demand_belongs_to_a_rule_that_tells_people_in_its_place() -> None:
    assert [each.rule for each in notice_demands() if RULES[each.rule].place != each.place] == []


@pytest.mark.parametrize(
    ("place", "of"),
    [
        ("US-CA", "US-CA"),
        ("US", "US"),
        ("US-NY", ""),
        ("DE", ""),
        ("", ""),
        ("CA", ""),
        ("CN", "CN"),
        ("CN-44", ""),
    ],
)
def test_place_matters_where_its_law_asks_for_more(place: str, of: str) -> None:
    assert place_of_demands(place) == of


def test_months_come_from_the_law_of_the_state() -> None:
    months = {each.place: each.months for each in protection_owed("US", ["social_security"])}
    assert months == {"US-CA": 12, "US-CT": 24, "US-DC": 18, "US-DE": 12, "US-MA": 18, "US-PA": 12}


@pytest.mark.parametrize(
    ("category", "places"),
    [
        ("tax_id", ["US-CA", "US-CT", "US-DC"]),
        ("identity_document", ["US-CA", "US-PA"]),
        ("account_number", ["US-PA"]),
        ("payment_card", []),
    ],
)
def test_each_state_names_its_own_kinds_of_data(category: str, places: list[str]) -> None:
    assert [each.place for each in protection_owed("US", [category])] == places


def test_silence_is_kept_only_where_the_place_is_known() -> None:
    assert words_asked("US-MA", "silence") == {"what_happened"}
    assert words_asked("US", "silence") == frozenset()
    assert words_asked("", "statement") == frozenset()


@pytest.mark.parametrize(
    "wrong",
    [
        {"months": None},
        {"exposed": ()},
        {"of": ("police_report",)},
        {"how": "secondary"},
        {"source": "x"},
        {"asks": "silence"},
    ],
)
def test_demand_that_is_not_complete_is_refused(wrong: dict[str, Any]) -> None:
    assert NoticeDemand.model_validate(SOUND).months == 24
    with pytest.raises(ValidationError):
        NoticeDemand.model_validate(SOUND | wrong)
