"""Foreign records as facts: unknowns and ranges kept, losses named, and no crash on dirt."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import InvalidInputError
from models.facts import Facts, fact_at
from regulations.facts_import.drafts import count_of
from regulations.facts_import.reading import facts_from

LAPTOP: dict[str, Any] = {
    "incident_id": "A-1",
    "action": {"physical": {"variety": ["Theft"]}},
    "actor": {"external": {"motive": ["Unknown"]}},
    "attribute": {
        "availability": {"variety": ["Loss"], "duration": {"unit": "Days", "value": 3}},
        "confidentiality": {
            "data": [{"variety": "Medical", "amount": 900}],
            "data_disclosure": "Potentially",
            "data_total": 700,
            "data_victim": ["Patient", "Unknown"],
            "state": ["Stored unencrypted"],
        },
    },
    "timeline": {"incident": {"year": 2011, "month": 2, "day": 31}},
    "victim": {"country": ["US"], "state": "CA", "industry": "621111"},
}


def at(facts: Facts, *paths: str) -> list[Any]:
    return [fact_at(facts, path) for path in paths]


def test_veris_record_becomes_facts() -> None:
    facts, _ = facts_from("veris", LAPTOP)
    assert at(facts, "organisation.country", "organisation.sectors") == ["US-CA", ("health_provider",)]
    assert at(facts, "breach.vector", "breach.malicious", "breach.actor") == ["theft", True, "external"]
    assert at(facts, "breach.availability", "breach.restored_after_hours") == [True, 72.0]
    assert at(facts, "data.categories", "people.relations") == [("health",), ("patient",)]
    assert fact_at(facts, "breach.unintelligible") is False


def test_veris_doubt_stays_unknown_and_contradiction_becomes_a_range() -> None:
    facts, notes = facts_from("veris", LAPTOP)
    assert at(facts, "breach.confidentiality", "breach.integrity", "occurred_at") == [None, None, None]
    assert facts.people.records is not None
    assert (facts.people.records.least, facts.people.records.most) == (700, 900)
    assert facts.people.total is not None
    assert (facts.people.total.least, facts.people.total.most) == (0, 900)
    assert any(note.startswith("timeline.incident: a day that is not complete") for note in notes)
    assert any("Potentially" in note for note in notes)


def test_veris_personal_data_of_no_stated_kind_stays_unknown() -> None:
    record = {"attribute": {"confidentiality": {"data": [{"variety": "Personal"}], "data_disclosure": "Yes"}}}
    facts, notes = facts_from("veris", record)
    assert at(facts, "breach.confidentiality", "data.categories") == [True, None]
    assert notes == ("attribute.confidentiality.data: Personal says no kind of personal data",)


@pytest.mark.parametrize(
    ("action", "vector", "malicious"),
    [
        ({"error": {"variety": ["Misdelivery"]}}, "misdelivery", False),
        ({"error": {"variety": ["Publishing error"]}}, "web_exposure", False),
        ({"hacking": {}, "malware": {"variety": ["Ransomware"]}}, "ransomware", True),
        ({"social": {"variety": ["Phishing"]}, "hacking": {}}, "phishing", True),
        ({"misuse": {"variety": ["Privilege abuse"]}}, "insider", None),
        ({"environmental": {"variety": ["Power failure"]}}, "outage", False),
        ({"unknown": {}}, None, None),
    ],
)
def test_veris_action_becomes_vector_and_intent(
    action: dict[str, Any], vector: str | None, malicious: bool | None
) -> None:
    facts, _ = facts_from("veris", {"action": action})
    assert at(facts, "breach.vector", "breach.malicious") == [vector, malicious]


def test_notice_counts_residents_as_a_lower_bound() -> None:
    record = {"id": "wa:1", "company": "Acme", "state": "WA", "source_type": "state_ag", "affected": 514}
    facts, _ = facts_from("notice", {**record, "breach_date": "1/2/2026 - 1/5/2026"})
    assert facts.people.total is not None
    assert (facts.people.total.least, facts.people.total.most) == (514, None)
    assert facts.people.by_place is not None
    assert list(facts.people.by_place) == ["US-WA"]
    assert fact_at(facts, "occurred_at") is None


def test_filing_that_is_not_item_105_says_nothing_of_a_breach() -> None:
    facts, notes = facts_from(
        "notice", {"id": "x", "state": "NY", "source_type": "sec", "is_item_105": False}
    )
    assert at(facts, "breach.confidentiality", "organisation.country") == [None, "US-NY"]
    assert notes == ("items: not item 1.05; words in the text alone do not make a breach",)


def test_listed_breach_counts_accounts_and_reads_hashes() -> None:
    record = {
        "Name": "Shop",
        "Title": "Shop",
        "PwnCount": 5000,
        "DataClasses": ["Email addresses", "Passwords", "Credit card CVV", "Favourite colours"],
        "Description": "<p>Held as salted MD5 hashes</p>",
        "IsVerified": True,
    }
    facts, notes = facts_from("hibp", record)
    assert fact_at(facts, "data.categories") == ("contact", "password_hash", "card_security_code", "other")
    assert at(facts, "breach.published", "breach.exfiltration") == [True, "confirmed"]
    assert "DataClasses: Favourite colours has no word; kept as other" in notes


@pytest.mark.parametrize(
    ("given_as", "expected"),
    [
        (1494, {"value": 1494}),
        ("1,494", {"value": 1494}),
        ("500+", {"at_least": 500}),
        ("more than 500", {"at_least": 501}),
        ("up to 2,000", {"at_most": 2000}),
        ("500 - 1,000", {"at_least": 500, "at_most": 1000}),
        ("about 500", None),
        ("3.5 million", None),
        ("-5", None),
        (-5, None),
        (True, None),
        (1.5, None),
        (float("nan"), None),
        (10**30, None),
        (None, None),
    ],
)
def test_count_is_read_as_written_or_not_at_all(given_as: Any, expected: dict[str, int] | None) -> None:
    assert count_of(given_as) == expected


def test_unknown_format_and_a_record_that_is_no_object_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="no format 'csv'"):
        facts_from("csv", {})
    with pytest.raises(InvalidInputError, match="not an object"):
        facts_from("veris", [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = {
    "veris": (
        "incident_id",
        "victim",
        "action",
        "actor",
        "attribute",
        "timeline",
        "impact",
        "security_incident",
    ),
    "notice": (
        "id",
        "company",
        "state",
        "affected",
        "matched",
        "industry",
        "source_type",
        "filed",
        "breach_date",
    ),
    "hibp": (
        "Name",
        "Title",
        "PwnCount",
        "DataClasses",
        "Description",
        "IsVerified",
        "IsMalware",
        "BreachDate",
    ),
}
INNER = st.sampled_from(
    [
        "confidentiality",
        "availability",
        "integrity",
        "data",
        "duration",
        "error",
        "malware",
        "hacking",
        "incident",
        "variety",
        "amount",
        "data_total",
        "country",
        "state",
        "industry",
        "unit",
        "value",
        "year",
        "overall_amount",
    ]
)
NESTED = st.recursive(JSON, lambda inner: st.dictionaries(INNER, inner, max_size=4), max_leaves=10)


@pytest.mark.parametrize("form", ["veris", "notice", "hibp"])
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_dirt_of_any_shape_gives_facts(form: Any, data: st.DataObject) -> None:
    record = {key: data.draw(NESTED) for key in data.draw(st.sets(st.sampled_from(KEYS[form])))}
    facts, notes = facts_from(form, record)
    assert isinstance(facts, Facts)
    assert all(isinstance(note, str) for note in notes)
