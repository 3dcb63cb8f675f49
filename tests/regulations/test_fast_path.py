"""The compiled conditions, judged once and shared, answer as a plain reading of the same YAML does."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models.facts_reading import facts_from
from models.headcount import Headcount
from regulations.context import Context
from regulations.duties import evaluate_duties
from regulations.judging import judged
from regulations.loader import load_law
from regulations.plain_yaml import read_plain
from regulations.predicates import Condition
from tests.regulations.plain_reference import Plain, bounds_within
from tests.regulations.test_predicates import documents

AT = datetime(2026, 11, 22, tzinfo=UTC)
TERMS = read_plain(files("regulations").joinpath("law", "terms.yaml").read_text("utf-8"), "terms.yaml")[
    "terms"
]
IDS = sorted({loaded.rule.id for loaded in load_law().rules})


def conditions() -> Iterator[Condition]:
    """Give every condition of the law that some rule asks first."""
    for loaded in load_law().rules:
        asked = (loaded.applies, loaded.when, loaded.unless, loaded.no_relief, *loaded.instead)
        yield from (condition for condition in asked if condition is not None)


def questions(source: Any) -> set[str]:
    """Return the paths that a condition asks below `regimes`."""
    inner = source.values() if isinstance(source, dict) else source if isinstance(source, list) else ()
    own = {source["ask"]} if isinstance(source, dict) and "ask" in source else set()
    return own.union(*map(questions, inner))


ASKED = sorted(set[str]().union(*(questions(condition.source) for condition in conditions())))
COUNTS = st.integers(0, 1200) | st.builds(
    lambda least, more: {"at_least": least, "at_most": least + more}, st.integers(0, 600), st.integers(0, 600)
)
MOMENTS = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - the zone comes with `timezones`
    datetime(2026, 12, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(datetime.isoformat)


@st.composite
def half_known(draw: st.DrawFn) -> dict[str, Any]:
    """Draw facts of which any part may be unknown, with answers to some questions and some reports filed."""
    facts = draw(documents())
    for section in facts.values():
        for key in draw(st.lists(st.sampled_from(sorted(section)), unique=True)):
            section[key] = None
    people = facts["people"]
    people["total"] = draw(st.none() | COUNTS)
    if people["by_place"] is not None:
        names = st.sampled_from(["CN-44", "CN", "DE", "US-CA", "US-NY", "US", "SG", "GB", "JP"])
        people["by_place"] = draw(st.dictionaries(names, st.none() | COUNTS, max_size=5))
    for path in draw(st.lists(st.sampled_from(ASKED), unique=True, max_size=20)):
        _, regime, name = path.split(".")
        facts.setdefault("regimes", {}).setdefault(regime, {})[name] = draw(
            st.sampled_from([True, False, "x"])
        )
    facts["filed"] = draw(st.dictionaries(st.sampled_from(IDS), st.none() | MOMENTS, max_size=4))
    return {"title": "Drawn", **facts}


@settings(max_examples=40)
@given(half_known())
def test_conditions_of_the_law_are_judged_as_the_plain_reading_does(document: dict[str, Any]) -> None:
    context = Context(facts_from(document), AT)
    plain = Plain(Context(facts_from(document), AT), TERMS)
    for condition in conditions():
        assert condition(context).verdict is plain.judge(condition.source), condition.source


@settings(max_examples=100)
@given(
    half_known(), st.frozensets(st.sampled_from(["CN", "CN-44", "US", "US-CA", "US-TX", "DE", "FR", "SG"]))
)
def test_people_are_counted_as_one_place_at_a_time_does(
    document: dict[str, Any], areas: frozenset[str]
) -> None:
    facts = facts_from(document)
    counted = Headcount(facts.people.total, facts.people.by_place).within(areas)
    assert tuple(counted) == bounds_within(facts, areas)


@settings(max_examples=15)
@given(half_known())
def test_rules_judged_together_answer_as_each_judged_alone(document: dict[str, Any]) -> None:
    facts = facts_from(document)
    alone = [judged(versions, Context(facts, AT)) for versions in load_law().by_rule]
    assert {duty.rule: duty.to_json() for duty in evaluate_duties(facts, AT, all=True)} == {
        duty.rule: duty.to_json() for duty in alone if duty is not None
    }
