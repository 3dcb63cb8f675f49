"""The facts file: what is read, what is refused, what a count says."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.count import Count
from models.errors import InvalidInputError, NotFoundError
from models.facts import Facts, fact_at, facts_hash
from models.facts_reading import read_facts
from models.headcount import Headcount
from models.places import is_place, nearest_place

WHOLE = """
schema: tocsin/facts/1
title: Customer export readable on a public bucket
occurred_at: 2026-03-02T22:10:00+08:00
aware_at: 2026-03-03T10:30:00+08:00
classified_at: {dora: null}
filed: {cn-nfra-69-initial-2h: 2026-03-03T11:00:00+08:00}
organisation: {country: CN, establishments: [CN, DE, NO], role: controller, sectors: [bank], traits: []}
breach: {confidentiality: true, vector: misconfiguration, exfiltration: unknown, recipients: {known: false}}
data: {categories: [name, contact, name]}
people: {total: {value: 12400}, by_place: {CN-44: 12000, DE: 380, US-CA: {at_least: 10, at_most: 20}}}
loss: {amount: null, currency: CNY}
regimes: {dora: {clients_share: 0.2}}
"""


def refusal(text: str | bytes) -> str:
    with pytest.raises(InvalidInputError) as caught:
        read_facts(text, "incident.yaml")
    return str(caught.value)


def test_facts_keep_moments_as_given() -> None:
    facts = read_facts(WHOLE)
    assert facts.aware_at is not None
    assert facts.aware_at.isoformat() == "2026-03-03T10:30:00+08:00"
    assert facts.aware_at == datetime(2026, 3, 3, 2, 30, tzinfo=UTC)


def test_facts_take_json_as_well_as_yaml() -> None:
    facts = read_facts(WHOLE)
    assert read_facts(json.dumps(facts.canonical(), indent=1)) == facts
    assert read_facts("\ufeff" + WHOLE).title == facts.title


def test_facts_need_nothing_but_a_title() -> None:
    facts = read_facts("title: Something happened\n")
    assert facts.canonical() == {"schema": "tocsin/facts/1", "title": "Something happened"}


def test_facts_hash_is_the_same_for_missing_and_null() -> None:
    nulls = "title: x\nbreach: null\npeople: {total: null}\nfiled: null\ndetected_at: null\n"
    assert facts_hash(read_facts(nulls)) == facts_hash(read_facts("title: x"))
    assert facts_hash(read_facts("title: x\nbreach: {malicious: false}")) != facts_hash(
        read_facts("title: x")
    )


def test_facts_name_norway_and_nothing_else_no() -> None:
    assert read_facts("title: x\norganisation: {country: NO}").organisation.country == "NO"
    assert "expected true, false or null" in refusal("title: x\nbreach: {malicious: no}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("organisation: {name: x}", "title: missing"),
        ("title: x\noccured_at: 2026-01-01T00:00:00Z", "occured_at: unknown key"),
        ("title: x\noccured_at: 2026-01-01T00:00:00Z", "did you mean 'occurred_at'?"),
        (
            "title: x\naware_at: 2026-01-01T00:00:00",
            "aware_at: '2026-01-01T00:00:00': time without an offset",
        ),
        ("title: x\naware_at: 2026-01-01", "time without an offset"),
        ("title: x\naware_at: soon", "not a moment"),
        (
            "title: x\nbreach: {vector: fishing}",
            "breach.vector: 'fishing' is not an allowed word; did you mean 'phishing'?",
        ),
        (
            "title: x\nbreach: {recipients: {knwon: true}}",
            "breach.recipients.knwon: unknown key with value True; did you mean 'known'?",
        ),
        ("title: x\npeople: {total: -4}", "people.total.value: -4; expected 0 or more"),
        ("title: x\npeople: {total: 2.5}", "people.total"),
        ("title: x\npeople: {total: {at_least: 9, at_most: 3}}", "at_least 9 is more than at_most 3"),
        ("title: x\npeople: {by_place: {DE: -1}}", "people.by_place.DE.value: -1; expected 0 or more"),
        ("title: x\npeople: {by_place: {UK: 3}}", "people.by_place.UK: 'UK': unknown place"),
        ("title: x\npeople: {by_place: {UK: 3}}", "did you mean GB?"),
        ("title: x\norganisation: {country: US-ZZ}", "organisation.country: 'US-ZZ': unknown place"),
        ("title: x\nloss: {amount: -1}", "loss.amount: -1; expected 0 or more"),
        ("title: x\nloss: {currency: euro}", "expected three capital letters"),
        ("title: x\nschema: tocsin/facts/2", "schema: 'tocsin/facts/2' is not an allowed word"),
        ("title: x\ntitle: y", "The key 'title' is given twice"),
        ('{"title": "x", "title": "y"}', "The key 'title' is given twice"),
        ("title: [", "incident.yaml, line"),
        ("title: &a x\nbreach: {vector: *a}", "Aliases (*name) are not allowed"),
        ("- title", "not a document with keys"),
        ("", "not a document with keys"),
        (b"title: \xff\xfe", "not UTF-8"),
    ],
)
def test_facts_refuse_with_path_value_and_what_was_expected(text: str | bytes, said: str) -> None:
    assert said in refusal(text)


def test_facts_refuse_awareness_before_occurrence_across_offsets() -> None:
    text = "title: x\noccurred_at: 2026-03-03T02:31:00Z\naware_at: 2026-03-03T10:30:00+08:00"
    assert "aware_at: 2026-03-03T10:30:00+08:00 is before occurred_at 2026-03-03T02:31:00+00:00" in refusal(
        text
    )
    same = read_facts("title: x\noccurred_at: 2026-03-03T02:30:00Z\naware_at: 2026-03-03T10:30:00+08:00")
    assert same.aware_at == same.occurred_at


def test_facts_report_every_problem_at_once() -> None:
    said = refusal("aware_at: 2026-01-01T00:00:00\npeople: {total: -4}\nbreach: {vector: fishing}\nplaces: 3")
    assert said.startswith("incident.yaml: The facts file has 5 problems:")
    assert all(path in said for path in ("title", "aware_at", "people.total", "breach.vector", "places"))


def test_facts_unfold_no_bomb() -> None:
    bomb = "a: &a [x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(20))
    assert "Aliases" in refusal(bomb)
    assert "at most 1000000 bytes" in refusal("title: " + "x" * 1_000_001)


def test_facts_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_facts(WHOLE).title = "other"  # type: ignore[misc]


def test_fact_at_reads_paths_and_takes_the_word_unknown_for_unknown() -> None:
    facts = read_facts(WHOLE)
    assert fact_at(facts, "breach.recipients.known") is False
    assert fact_at(facts, "breach.exfiltration") is None
    assert fact_at(facts, "regimes.dora.clients_share") == 0.2
    assert fact_at(facts, "regimes.cac.people") is None
    assert fact_at(facts, "filed.cn-nfra-69-initial-2h") == facts.filed["cn-nfra-69-initial-2h"]
    assert fact_at(facts, "data.categories") == ("name", "contact")
    with pytest.raises(NotFoundError):
        fact_at(facts, "breach.exfiltrated")


@pytest.mark.parametrize(
    ("count", "number", "verdict"),
    [
        (Count(value=500), 500, True),
        (Count(value=499), 500, False),
        (Count(at_least=500), 500, True),
        (Count(at_least=10), 500, None),
        (Count(at_most=499), 500, False),
        (Count(at_most=500), 500, None),
        (Count(at_least=10, at_most=499), 500, False),
        (Count(), 500, None),
        (Count(), 0, True),
    ],
)
def test_count_compares_three_valued(count: Count, number: int, verdict: bool | None) -> None:
    assert count.at_least_is(number) is verdict
    assert count.fewer_than_is(number) is (None if verdict is None else not verdict)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 60), st.data())
def test_count_never_contradicts_a_value_within_its_bounds(
    low: int, width: int, number: int, data: st.DataObject
) -> None:
    verdict = Count.between(low, low + width).at_least_is(number)
    value = data.draw(st.integers(low, low + width))
    assert verdict in (None, value >= number)


@pytest.mark.parametrize(
    ("people", "areas", "bounds"),
    [
        ("{total: 100, by_place: {DE: 100}}", ["FR"], (0, 0)),
        ("{total: 100, by_place: {DE: 60}}", ["FR"], (0, 40)),
        ("{total: 100, by_place: {DE: 60}}", ["DE"], (60, 100)),
        ("{total: {at_least: 100}, by_place: {DE: 60}}", ["FR"], (0, None)),
        ("{by_place: {DE: 60}}", ["FR"], (0, 0)),
        ("{by_place: {US: 60}}", ["US-CA"], (0, 60)),
        ("{by_place: {US-CA: 60, US: 5}}", ["US"], (65, 65)),
        ("{by_place: {US-CA: null}}", ["US-CA"], (0, None)),
        ("{total: 7}", ["US-CA"], (0, 7)),
        ("{}", ["US-CA"], (0, None)),
        ("{by_place: {CN-44: 3, CN-GD: 4}}", ["CN"], (7, 7)),
    ],
)
def test_people_are_counted_by_place_within_bounds(
    people: str, areas: list[str], bounds: tuple[int, int | None]
) -> None:
    told = read_facts(f"title: x\npeople: {people}").people
    count = Count.between(*Headcount(told.total, told.by_place).within(frozenset(areas)))
    assert (count.least, count.most) == bounds


@pytest.mark.parametrize(
    ("organisation", "areas", "verdict"),
    [
        ("{country: CN, establishments: [CN, DE]}", ["DE"], True),
        ("{country: CN, establishments: [CN]}", ["DE"], False),
        ("{country: CN}", ["CN"], True),
        ("{country: CN}", ["DE"], None),
        ("{country: US, establishments: [US]}", ["US-NY"], None),
        ("{country: US-NY, establishments: [US-NY]}", ["US"], True),
        ("{}", ["US"], None),
    ],
)
def test_organisation_says_where_it_is_established(
    organisation: str, areas: list[str], verdict: bool | None
) -> None:
    assert read_facts(f"title: x\norganisation: {organisation}").organisation.established_in(areas) is verdict


def test_places_are_countries_or_parts_of_one() -> None:
    assert all(map(is_place, ("DE", "US-NY", "CN-44", "CN-GD", "GB-SCT", "NO")))
    assert not any(map(is_place, ("UK", "de", "US-XX", "CN-99", "EU", "XX-1", "")))
    assert [nearest_place(code) for code in ("UK", "de", "us_ny", "CN-99")] == ["GB", "DE", "US-NY", "CN"]


@given(st.text(max_size=200))
def test_facts_reading_never_breaks_on_text(text: str) -> None:
    with suppress(InvalidInputError):
        assert isinstance(read_facts(text), Facts)
