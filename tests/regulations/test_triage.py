"""The contract's triage answer: its keys, its words, and that it is pure and quick."""

import json

from hypothesis import given, settings

from models.facts import Facts
from regulations.triage import triage
from tests.regulations.partial_facts import Known, facts_of, partial_facts

EXPORT: Known = {
    "organisation.country": "CN",
    "organisation.establishments": ["CN", "DE"],
    "organisation.sectors": ["bank"],
    "breach.confidentiality": True,
    "breach.integrity": False,
    "breach.availability": False,
    "breach.vector": "misconfiguration",
    "breach.exfiltration": "likely",
    "breach.published": False,
    "breach.recipients.known": False,
    "data.categories": ["name", "contact", "national_id", "account_number", "transactions"],
    "data.identifiability": "maximum",
    "people.total": 12_400,
    "people.vulnerable": False,
}


def test_answer_has_the_keys_and_words_of_the_contract() -> None:
    answer = triage(facts_of(EXPORT)).to_json()
    severity = answer["severity"]
    assert [severity[key] for key in ("method", "dpc", "ei", "cb", "score", "level")] == [
        *("enisa-2013", 3, 1.0, 0.5, 3.5, "high")
    ]
    assert answer["risk"] == "undecided"
    assert answer["decisions"] == {"document": "yes", "authority": "yes", "individuals": "depends"}
    both = ["authority", "individuals"]
    assert {"fact": "breach.unintelligible", "would_change": both, "settles": both} in answer["unknowns"]
    assert all(set(reason) == {"decision", "because", "facts", "source"} for reason in answer["reasons"])


def test_answer_settles_when_the_named_fact_is_known() -> None:
    settled = triage(facts_of({**EXPORT, "breach.unintelligible": False})).to_json()
    assert (settled["risk"], settled["decisions"]["individuals"]) == ("high_risk", "yes")
    assert [unknown for unknown in settled["unknowns"] if "individuals" in unknown["would_change"]] == []


def test_schemes_that_do_not_reach_the_organisation_are_left_out() -> None:
    at_home = facts_of({"organisation.country": "DE", "organisation.establishments": ["DE"]})
    assert set(triage(at_home).to_json()["gradings"]) == {"dora"}


def test_facts_with_only_a_title_depend_on_everything() -> None:
    answer = triage(Facts(title="Something happened")).to_json()
    assert answer["decisions"] == {"document": "yes", "authority": "depends", "individuals": "depends"}
    assert answer["severity"]["score"] is None
    assert {"breach.confidentiality", "data.categories"} <= {
        unknown["fact"] for unknown in answer["unknowns"]
    }


@given(partial_facts())
@settings(max_examples=100, deadline=None)
def test_answer_is_plain_json_and_the_same_each_time(known: Known) -> None:
    first, second = (json.dumps(triage(facts_of(known)).to_json()) for _ in range(2))
    assert first == second
