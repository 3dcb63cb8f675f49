"""Duties to people by group: each person's own place, data and relation count."""

from datetime import UTC, datetime
from typing import Any

import pytest

from models.errors import InvalidInputError
from models.facts_reading import facts_from
from regulations.persons import PersonDuty, PersonGroup, group_duties
from tests.regulations.test_duties import BANK, assessment, graded

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
ID = frozenset({"name", "national_id"})


def by_data(facts: Any) -> Any:
    return assessment("high_risk" if "national_id" in facts.data.categories else "none")


def told(place: str, categories: frozenset[Any] = ID, relation: Any = "customer") -> dict[str, PersonDuty]:
    group = PersonGroup(place, relation, categories)
    [duties] = group_duties(facts_from(BANK), [group], AT, assess=by_data, grade=graded()).values()
    return {duty.rule: duty for duty in duties}


def test_person_is_told_under_the_law_of_their_place() -> None:
    assert told("DE")["eu-gdpr-34-individuals"].status == "immediate"
    assert told("US-CA")["us-ca-breach"].due_at == datetime(2026, 4, 2, 7, tzinfo=UTC)
    assert told("CN-44")["cn-pipl-57-individuals"].status == "immediate"
    assert "us-ca-breach" not in told("DE")
    assert "eu-gdpr-34-individuals" not in told("US-CA")
    assert "uk-gdpr-34-individuals" not in told("CN-44")


def test_person_is_told_for_their_own_data() -> None:
    harmless = told("DE", frozenset({"name"}))
    assert "eu-gdpr-34-individuals" not in harmless
    assert "us-ca-breach" not in told("US-CA", frozenset({"contact"}))


def test_person_served_in_their_place_leaves_the_main_establishments_law_open() -> None:
    assert told("DE")["cn-pipl-57-individuals"].status == "depends"
    assert told("JP")["cn-pipl-57-individuals"].status == "immediate"


def test_record_of_a_person_names_rule_version_limit_and_reason() -> None:
    duty = told("US-NY")["us-ny-breach"]
    assert (duty.status, duty.jurisdiction, duty.verified) == ("due", "US-NY", True)
    assert len(duty.rule_hash) == 64
    assert duty.because.startswith("Personal information of residents of New York")
    assert duty.citation.endswith("N.Y. Gen. Bus. Law 899-aa")


def test_people_who_are_alike_are_judged_once() -> None:
    asked: list[Any] = []

    def assess(facts: Any) -> Any:
        asked.append(facts.data.categories)
        return by_data(facts)

    groups = [PersonGroup(place, "customer", ID) for place in ("DE", "FR", "GB", "DE")] * 1000
    found = group_duties(facts_from(BANK), groups, AT, assess=assess, grade=graded())
    assert len(found) == 3
    assert len(asked) == 1


def test_state_not_known_leaves_every_states_law_open() -> None:
    states = [duty for rule, duty in told("US").items() if rule.endswith("-breach")]
    assert len(states) == 52 - 6  # six states leave out a bank established in the country
    assert {duty.status for duty in states} == {"depends"}


def test_person_in_no_place_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="GB"):
        told("UK")
