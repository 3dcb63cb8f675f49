"""Conditions: what each leaf says, and that filling an unknown never turns a definite answer over."""

from copy import deepcopy
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import InvalidInputError
from models.facts_reading import facts_from
from regulations.context import Context
from regulations.loader import load_law
from regulations.predicates import Compiler
from regulations.results import Outcome, Unknown
from tests.regulations.test_duties import assessment

AT = datetime(2026, 3, 4, tzinfo=UTC)


def outcome(condition: dict[str, Any], facts: dict[str, Any], risk: str = "risk") -> Outcome:
    compiled = Compiler({"hurt": {"fact": "breach.integrity", "is": True}}).compile(condition)
    assess = lambda _facts: assessment(risk)  # noqa: E731
    grades = {"cac": SimpleNamespace(possible=("major", "general"), reasons=(), unknowns=())}
    return compiled(Context(facts_from({"title": "x", **facts}), AT, assess, lambda _facts: grades))


YES: dict[str, Any] = {"fact": "breach.confidentiality", "is": True}
NO: dict[str, Any] = {"fact": "breach.integrity", "is": True}
OPEN: dict[str, Any] = {"fact": "breach.malicious", "is": True}
FACTS = {"breach": {"confidentiality": True, "integrity": False}}


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({"all": [YES, YES]}, True),
        ({"all": [YES, OPEN]}, None),
        ({"all": [OPEN, NO]}, False),
        ({"any": [NO, NO]}, False),
        ({"any": [NO, OPEN]}, None),
        ({"any": [OPEN, YES]}, True),
        ({"not": YES}, False),
        ({"not": NO}, True),
        ({"not": OPEN}, None),
        ({"term": "hurt"}, False),
    ],
)
def test_conditions_follow_kleene(condition: dict[str, Any], verdict: bool | None) -> None:
    assert outcome(condition, FACTS).verdict is verdict


@pytest.mark.parametrize(
    ("condition", "facts", "verdict"),
    [
        ({"fact": "breach.vector", "in": ["theft", "loss"]}, {"breach": {"vector": "loss"}}, True),
        ({"fact": "breach.vector", "in": ["theft", "loss"]}, {}, None),
        ({"fact": "breach.exfiltration", "is": "likely"}, {"breach": {"exfiltration": "unknown"}}, None),
        ({"fact": "people.total", "at_least": 500}, {"people": {"total": {"at_least": 500}}}, True),
        ({"fact": "people.total", "at_least": 500}, {"people": {"total": {"at_least": 400}}}, None),
        ({"fact": "people.total", "more_than": 500}, {"people": {"total": 500}}, False),
        ({"fact": "people.total", "fewer_than": 500}, {"people": {"total": {"at_most": 499}}}, True),
        ({"fact": "breach.outage_minutes", "at_least": 240}, {"breach": {"outage_minutes": 239.5}}, False),
        ({"known": "ransom_paid_at"}, {}, False),
        ({"known": "classified_at.dora"}, {"classified_at": {"dora": "2026-03-03T04:00:00Z"}}, True),
        ({"sector": ["bank"]}, {"organisation": {"sectors": ["bank", "insurer"]}}, True),
        ({"sector": ["bank"]}, {"organisation": {"sectors": []}}, False),
        ({"trait": ["dora_entity"]}, {}, None),
        ({"data": ["health"]}, {"data": {"categories": ["name"]}}, False),
        ({"role": ["controller"]}, {"organisation": {"role": "processor"}}, False),
        ({"people_in": ["EEA"]}, {"people": {"by_place": {"NO": 1}}}, True),
        ({"people_in": ["US-CA"], "more_than": 500}, {"people": {"by_place": {"US-CA": 500}}}, False),
        ({"people_in": ["US-CA"]}, {"people": {"by_place": {"US": 500}}}, None),
        ({"established_in": ["UK"]}, {"organisation": {"country": "GB"}}, True),
        ({"main_in": ["CN"]}, {"organisation": {"country": "CN-44"}}, True),
        ({"risk": {"at_least": "risk"}}, {}, True),
        ({"risk": {"at_least": "high_risk"}}, {}, False),
        ({"grading": {"cac": ["major", "general", "x"]}}, {}, True),
        ({"grading": {"cac": ["major"]}}, {}, None),
        ({"grading": {"cac": ["particularly_major"]}}, {}, False),
        ({"grading": {"nfra": ["major"]}}, {"regimes": {"nfra": {"grade": "major"}}}, True),
        (
            {"filed": "eu-gdpr-33-authority"},
            {"filed": {"eu-gdpr-33-authority": "2026-03-03T00:00:00Z"}},
            True,
        ),
        (
            {"filed": "eu-gdpr-33-authority"},
            {"filed": {"eu-gdpr-33-authority": "2026-03-05T00:00:00Z"}},
            False,
        ),
        (
            {"filed_elsewhere": ["au-cps234"]},
            {"filed": {"eu-gdpr-33-authority": "2026-03-03T00:00:00Z"}},
            True,
        ),
        ({"filed_elsewhere": ["au-cps234"]}, {"filed": {"au-cps234-72h": "2026-03-03T00:00:00Z"}}, False),
        ({"ask": "regimes.x.y", "question": "Is it?"}, {"regimes": {"x": {"y": False}}}, False),
        ({"ask": "regimes.x.y", "question": "Is it?"}, {}, None),
        ({"always": False}, {}, False),
    ],
)
def test_leaf_says(condition: dict[str, Any], facts: dict[str, Any], verdict: bool | None) -> None:
    assert outcome(condition, facts).verdict is verdict


def test_open_condition_names_what_would_settle_it_and_nothing_that_is_settled() -> None:
    found = outcome({"all": [YES, OPEN, {"ask": "regimes.x.y", "question": "Is it?"}]}, FACTS)
    assert found.unknowns == (Unknown("breach.malicious"), Unknown("regimes.x.y", "Is it?"))
    assert found.facts == ("breach.confidentiality", "breach.malicious", "regimes.x.y")


def test_undecided_risk_is_open_and_hands_on_its_own_unknowns() -> None:
    found = outcome({"risk": {"at_least": "risk"}}, {}, risk="undecided")
    assert (found.verdict, found.unknowns) == (None, (Unknown("breach.malicious"),))


@pytest.mark.parametrize(
    ("organisation", "people", "verdict"),
    [
        ({"country": "CN", "establishments": ["CN", "DE"]}, {"by_place": {"DE": 1}}, True),
        ({"country": "DE", "establishments": ["DE"]}, {"by_place": {"US": 1}}, True),
        ({"country": "CN", "establishments": ["CN", "DE"]}, {"by_place": {"CN": 1}}, None),
        ({"country": "CN", "establishments": ["CN"]}, {"by_place": {"CN": 1}}, False),
        ({"country": "CN", "establishments": ["CN"]}, {}, None),
    ],
)
def test_reach_is_by_people_or_main_establishment(
    organisation: dict[str, Any], people: dict[str, Any], verdict: bool | None
) -> None:
    assert outcome({"reaches": ["EEA"]}, {"organisation": organisation, "people": people}).verdict is verdict


@pytest.mark.parametrize("answer", [True, False])
def test_reach_of_a_branch_is_settled_by_the_fact_it_asks_for(answer: bool) -> None:
    branch = {
        "organisation": {"country": "CN", "establishments": ["CN", "SG"]},
        "people": {"by_place": {"CN": 1}},
    }
    [asked] = outcome({"reaches": ["SG"]}, branch).unknowns
    assert asked.fact == "regimes.reach.SG"
    assert outcome({"reaches": ["SG"]}, {**branch, "regimes": {"reach": {"SG": answer}}}).verdict is answer


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"some": []},
        {"all": []},
        {"term": "nowhere"},
        {"fact": "breach.exfiltrated", "is": True},
        {"fact": "breach.vector", "like": "x"},
        {"people_in": ["Atlantis"]},
        {"ask": "breach.vector", "question": "?"},
        {"risk": {"at_least": "huge"}},
    ],
)
def test_condition_that_is_not_understood_is_refused(condition: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        Compiler().compile(condition)


def test_terms_may_not_go_round_in_circles() -> None:
    with pytest.raises(InvalidInputError, match="defined by itself"):
        Compiler({"a": {"not": {"term": "b"}}, "b": {"not": {"term": "a"}}}).compile({"term": "a"})


BOOLS = st.booleans()
PLACES = ["CN-44", "DE", "US-CA", "US-NY", "SG", "GB", "JP"]


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Facts in which everything is known."""
    by_place = draw(st.dictionaries(st.sampled_from(PLACES), st.integers(0, 1200), min_size=1))
    country = draw(st.sampled_from(["CN", "DE", "US-NY", "SG"]))
    keys = ("confidentiality", "integrity", "availability", "malicious", "published", "unintelligible")
    return {
        "organisation": {
            "country": country,
            "establishments": [country, *draw(st.lists(st.sampled_from(["GB", "JP", "US-NY"]), max_size=2))],
            "role": draw(st.sampled_from(["controller", "processor"])),
            "sectors": draw(st.lists(st.sampled_from(["bank", "insurer", "telecom", "health_provider"]))),
            "traits": draw(
                st.lists(st.sampled_from(["dora_entity", "critical_infrastructure", "listed_us"]))
            ),
        },
        "breach": {
            **{key: draw(BOOLS) for key in (*keys, "key_compromised")},
            "vector": draw(st.sampled_from(["ransomware", "hacking", "misdelivery", "loss"])),
            "actor": draw(st.sampled_from(["external", "insider", "none"])),
            "exfiltration": draw(st.sampled_from(["excluded", "unlikely", "likely", "confirmed"])),
            "service_impact": draw(st.sampled_from(["none", "minor", "moderate", "major"])),
            "outage_minutes": draw(st.integers(0, 600)),
        },
        "data": {
            "categories": draw(st.lists(st.sampled_from(["name", "national_id", "account_number", "health"])))
        },
        "people": {
            "total": sum(by_place.values()),
            "by_place": by_place,
            "relations": draw(st.lists(st.sampled_from(["customer", "pupil"]))),
            "minors": draw(BOOLS),
            "vulnerable": draw(BOOLS),
        },
    }


def _sometimes_known(source: Any) -> bool:
    """`known` answers whether a moment is recorded: it is meant to change when one is."""
    return "'known'" in repr(source) or "extortion" in repr(source)


def _conditions() -> list[Any]:
    found = {}
    for loaded in load_law().rules:
        for condition in (loaded.applies, loaded.when, loaded.unless):
            if condition is not None and not _sometimes_known(condition.source):
                found[condition.index] = condition
    return list(found.values())


@settings(max_examples=60, deadline=None)
@given(documents(), st.data())
def test_filling_an_unknown_never_contradicts_a_definite_answer(
    whole: dict[str, Any], data: st.DataObject
) -> None:
    partial = deepcopy(whole)
    paths = [(section, key) for section, keys in whole.items() for key in keys]
    for section, key in data.draw(st.lists(st.sampled_from(paths), unique=True, max_size=12)):
        partial[section][key] = None
    risk = lambda _facts: assessment("risk")  # noqa: E731
    grade = lambda _facts: {}  # noqa: E731
    before = Context(facts_from({"title": "x", **partial}), AT, risk, grade)
    after = Context(facts_from({"title": "x", **whole}), AT, risk, grade)
    for condition in _conditions():
        first, then = condition(before).verdict, condition(after).verdict
        assert first is None or first is then, condition.source
