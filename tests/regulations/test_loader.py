"""Law files: what loads, and how a wrong one is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from models.errors import InvalidInputError
from models.facts_reading import facts_from
from regulations.duties import evaluate_duties
from regulations.loader import Law, load_law, read_law
from regulations.plain_yaml import read_plain

AT = datetime(2026, 3, 4, tzinfo=UTC)
TERMS = "terms:\n  hurt: {fact: breach.confidentiality, is: true}\n"
LAW: dict[str, Any] = {
    "law": "xx-act",
    "name": {"en": "Example Act"},
    "place": "SG",
    "zone": "Asia/Singapore",
    "calendar": "SG",
    "obliged": "everybody",
    "applies": {"always": True},
    "in_force": {"since": "2020-01-01"},
    "status": "in_force",
    "verified": True,
    "verified_how": "primary_text",
    "reviewed": "2026-11-22",
    "source": "made up for a test",
}
RULE: dict[str, Any] = {
    "id": "xx-act-1",
    "stage": "initial",
    "tells": ["authority"],
    "citation": "s. 1",
    "trigger": "Something happened.",
    "when": {"term": "hurt"},
    "clock": "aware_at",
    "deadline": {"value": 3, "unit": "hours"},
    "recipient": {"en": "Somebody"},
}


def law_of(*rules: dict[str, Any], **head: Any) -> Law:
    text = yaml.safe_dump({**LAW, **head, "rules": list(rules)}, sort_keys=False)
    law = read_law([("terms.yaml", TERMS), ("sg/act.yaml", text)])
    assert law.rules
    return law


def refusal(*rules: dict[str, Any], **head: Any) -> str:
    with pytest.raises(InvalidInputError) as caught:
        law_of(*rules, **head)
    return str(caught.value)


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in RULE.items() if name != key}


def test_law_file_lends_what_it_says_once_to_its_rules() -> None:
    [loaded] = law_of(RULE).rules
    assert (loaded.rule.place, loaded.rule.obliged, loaded.citation) == (
        "SG",
        "everybody",
        "Example Act, s. 1",
    )
    assert loaded.rule.clock.moments == ("aware_at",)


def test_rule_without_a_citation_does_not_load() -> None:
    assert refusal(without("citation")).startswith(
        "sg/act.yaml, xx-act-1: The rule is not complete: citation"
    )
    assert "citation" in refusal({**RULE, "citation": ""})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"deadlin": 3}, "deadlin: Extra inputs"),
        ({"stage": "first"}, "stage"),
        ({"when": {"term": "nowhere"}}, "The term 'nowhere' is not defined"),
        ({"when": {"fact": "breach.exfiltrated", "is": True}}, "There is no fact 'breach.exfiltrated'"),
        ({"deadline": {"unit": "hours"}}, "hours needs a value"),
        ({"deadline": {"value": 3, "unit": "immediate"}}, "immediate needs no value"),
        (
            {
                "deadline": {
                    "value": 3,
                    "unit": "hours",
                    "latest_of": [{"of": "aware_at", "value": 1, "unit": "hours"}],
                }
            },
            "exactly one of",
        ),
        ({"verified": None}, "verified"),
    ],
)
def test_wrong_rule_is_refused_by_file_and_rule(change: dict[str, Any], said: str) -> None:
    text = refusal({**RULE, **change})
    assert text.startswith("sg/act.yaml, xx-act-1: ")
    assert said in text


def test_law_file_ends_with_its_rules() -> None:
    text = yaml.safe_dump({**LAW, "rules": [RULE], "zzz": 1}, sort_keys=False)
    with pytest.raises(InvalidInputError, match="zzz stands after the rules"):
        _ = read_law([("terms.yaml", TERMS), ("sg/act.yaml", text)]).rules
    with pytest.raises(InvalidInputError, match="has no rules"):
        read_law([("sg/act.yaml", "law: xx-act\n")])


def test_rule_that_stands_in_two_files_is_refused() -> None:
    text = yaml.safe_dump({**LAW, "rules": [RULE]}, sort_keys=False)
    law = read_law([("terms.yaml", TERMS), ("a.yaml", text), ("b.yaml", text)])
    with pytest.raises(InvalidInputError, match=r"stands in a\.yaml as well"):
        _ = law.rules


def test_rules_of_a_file_are_read_only_when_its_scope_may_hold() -> None:
    broken = yaml.safe_dump(
        {**LAW, "scope": {"people_in": ["JP"]}, "rules": [{"id": "xx-act-1"}]}, sort_keys=False
    )
    law = read_law([("terms.yaml", TERMS), ("jp/act.yaml", broken)])
    nobody = facts_from({"title": "x", "people": {"by_place": {"SG": 1}}})
    assert evaluate_duties(nobody, AT, rules=law) == ()
    somebody = facts_from({"title": "x", "people": {"by_place": {"JP": 1}}})
    with pytest.raises(InvalidInputError, match=r"jp/act\.yaml, xx-act-1"):
        evaluate_duties(somebody, AT, rules=law)


def test_versions_of_one_rule_may_not_overlap() -> None:
    old = {**RULE, "in_force": {"since": "2020-01-01", "until": "2024-12-31"}}
    assert len(law_of(old, {**RULE, "in_force": {"since": "2025-01-01"}}).versions("xx-act-1")) == 2
    assert "in force on the same day" in refusal(old, {**RULE, "in_force": {"since": "2024-12-31"}})


def test_law_of_tocsin_loads_once() -> None:
    assert load_law() is load_law()


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [", "x.yaml, line"), ("a: 1\na: 2", "A key is given twice"), ("- a", "not a document with keys")],
)
def test_plain_yaml_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        read_plain(text, "x.yaml")


def test_plain_yaml_guesses_no_types() -> None:
    text = "on: yes\ncountry: NO\nday: 2026-01-01\nat: 10:30\nn: 72\nz: 007\nq: '72'\nt: true\nnone: null\nempty:\n"
    assert read_plain(text, "x.yaml") == {
        "on": "yes",
        "country": "NO",
        "day": "2026-01-01",
        "at": "10:30",
        "n": 72,
        "z": "007",
        "q": "72",
        "t": True,
        "none": None,
        "empty": None,
    }
