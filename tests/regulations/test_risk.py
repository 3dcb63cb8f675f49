"""The risk decision: published and own cases, unknown facts, presumptions that yield, and monotony."""

from importlib.resources import files
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings

from models.facts import Facts
from regulations.risk import RiskAssessment, assess_risk
from tests.regulations.partial_facts import Known, agree, facts_of, one_fact_more, partial_facts

CASES: list[dict[str, Any]] = [
    case
    for entry in sorted(files("regulations").joinpath("cases/triage").iterdir(), key=lambda entry: entry.name)
    for case in yaml.safe_load(entry.read_text("utf-8"))["cases"]
]
WORDS = {True: "yes", False: "no", None: "depends"}


def decided(assessment: RiskAssessment) -> dict[str, str]:
    return {"authority": WORDS[assessment.is_risk], "individuals": WORDS[assessment.is_high]}


def named(assessment: RiskAssessment, decision: str) -> set[str]:
    return {unknown.fact for unknown in assessment.unknowns if decision in unknown.would_change}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case_is_decided_as_the_guidelines_reason(case: dict[str, Any]) -> None:
    assert decided(assess_risk(Facts.model_validate(case["facts"]))) == case["decisions"]


def test_every_published_example_has_a_case() -> None:
    numbers = [case["number"] for case in CASES if "number" in case]
    assert sorted(numbers) == sorted([*range(1, 19), *range(1, 11)])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case_gives_a_reason_with_a_source_for_each_decision(case: dict[str, Any]) -> None:
    reasons = assess_risk(Facts.model_validate(case["facts"])).reasons
    assert {reason.decision for reason in reasons} == {"authority", "individuals"}
    assert all(reason.because and reason.source for reason in reasons)


def test_risk_word_is_the_only_one_left_or_undecided() -> None:
    nothing = assess_risk(Facts(title="Nothing known"))
    assert (nothing.risk, nothing.possible) == ("undecided", ("none", "risk", "high_risk"))
    mail = assess_risk(facts_of({"breach.confidentiality": True, "breach.recipients.number": 1000}))
    assert (mail.risk, mail.possible, mail.is_risk) == ("undecided", ("risk", "high_risk"), True)


LOST: Known = {
    "breach.confidentiality": True,
    "breach.integrity": False,
    "breach.availability": False,
    "breach.malicious": True,
    "breach.published": False,
    "breach.key_compromised": False,
    "data.categories": ["name", "national_id"],
    "data.identifiability": "maximum",
}


def test_unknown_encryption_leaves_telling_people_open_and_says_so() -> None:
    found = assess_risk(facts_of(LOST))
    assert (found.is_risk, found.is_high) == (True, None)
    assert found.presumed == ("breach.unintelligible",)
    assert "breach.unintelligible" in named(found, "individuals")


@pytest.mark.parametrize(("sealed", "expected"), [(True, "none"), (False, "high_risk")])
def test_presumption_yields_to_the_fact(sealed: bool, expected: str) -> None:
    assert assess_risk(facts_of({**LOST, "breach.unintelligible": sealed})).risk == expected


def test_known_decision_has_no_unknowns() -> None:
    assert assess_risk(facts_of({**LOST, "breach.unintelligible": False})).unknowns == ()


def test_range_of_people_decides_only_beyond_the_bound() -> None:
    base: Known = {
        **LOST,
        "breach.unintelligible": False,
        "breach.vector": "hacking",
        "data.categories": ["name", "income"],
        "people.vulnerable": False,
    }
    counts = ({"at_least": 9_000}, {"at_least": 10_000}, {"at_most": 9_999})
    assert [assess_risk(facts_of({**base, "people.total": count})).is_high for count in counts] == [
        None,
        True,
        False,
    ]


def test_stated_trust_in_unknown_recipients_is_not_believed() -> None:
    claimed: Known = {
        **LOST,
        "breach.malicious": False,
        "breach.unintelligible": False,
        "breach.recipients.known": False,
    }
    vouched = {"breach.recipients.trusted": True, "breach.recipients.deletion_confirmed": True}
    assert assess_risk(facts_of({**claimed, **vouched})).risk == "high_risk"


def test_hospital_attack_of_unknown_length_is_taken_to_last() -> None:
    attacked: Known = {
        "organisation.sectors": ["health_provider"],
        "breach.availability": True,
        "breach.malicious": True,
    }
    assert assess_risk(facts_of(attacked)).risk == "high_risk"
    assert assess_risk(facts_of({**attacked, "breach.restored_after_hours": 0.3})).is_high is None


STOLEN: Known = {**LOST, "breach.unintelligible": False}


def test_measures_taken_since_end_the_duty_to_tell_people_but_not_the_report() -> None:
    found = assess_risk(facts_of({**STOLEN, "regimes.gdpr.subsequent_measures": True}))
    assert (found.risk, found.is_risk, found.is_high) == ("risk", True, False)
    assert "GDPR Art. 34(3)(b)" in {reason.source for reason in found.reasons}


def test_disproportionate_effort_turns_letters_into_a_public_communication() -> None:
    found = assess_risk(facts_of({**STOLEN, "regimes.gdpr.disproportionate_effort": True}))
    assert found.risk == "high_risk"
    assert "GDPR Art. 34(3)(c)" in {reason.source for reason in found.reasons}


@given(one_fact_more())
@settings(max_examples=150, deadline=None)
def test_one_more_fact_changes_a_definite_answer_only_if_it_was_named(
    drawn: tuple[Known, str, Known],
) -> None:
    known, path, more = drawn
    assume(agree(more))
    before, after = assess_risk(facts_of(known)), assess_risk(facts_of(more))
    for decision in ("authority", "individuals"):
        if path not in named(before, decision) and decided(before)[decision] != "depends":
            assert decided(after)[decision] == decided(before)[decision]


@given(one_fact_more())
@settings(max_examples=150, deadline=None)
def test_answer_without_presumption_is_final(drawn: tuple[Known, str, Known]) -> None:
    known, _, more = drawn
    assume(agree(more))
    before, after = assess_risk(facts_of(known)), assess_risk(facts_of(more))
    if before.risk != "undecided" and not before.presumed and not before.unknowns:
        assert after.risk == before.risk


@given(partial_facts())
@settings(max_examples=120, deadline=None)
def test_high_risk_is_a_risk_and_open_answers_name_what_is_open(known: Known) -> None:
    found = assess_risk(facts_of(known))
    assert not (found.is_high and not found.is_risk)
    for decision, answer in decided(found).items():
        assert answer != "depends" or named(found, decision)
    assert not {unknown.fact for unknown in found.unknowns} & known.keys()
