"""A public notice in place of notices to persons: by numbers where the law names them, by judgement elsewhere."""

import pytest
from pydantic import ValidationError

from regulations.loader import load_law
from regulations.substitutes import Substitute, substitutes


def test_every_rule_on_record_exists_and_tells_people() -> None:
    known = {loaded.rule.id for loaded in load_law().rules if "individuals" in loaded.rule.tells}
    assert set(substitutes()) - known == set()


@pytest.mark.parametrize(("unreached", "met"), [(9, False), (10, True), (11, True)])
def test_hipaa_calls_for_a_public_notice_from_ten_people_on(unreached: int, met: bool) -> None:
    said = substitutes()["us-hipaa-individuals"]
    assert (said.because(1000, unreached) is not None) is met
    assert (said.days, said.ways) == (90, ("website_or_media", "toll_free"))
    assert said.left_to_people(1000, 9) == "reach them by letter or phone or other"
    assert said.left_to_people(1000, 0) is None


@pytest.mark.parametrize(
    ("people", "unreached", "met"),
    [(1000, 0, False), (1000, 1, True), (500_000, 0, False), (500_001, 0, True)],
)
def test_illinois_counts_people_without_contact_and_people_concerned(
    people: int, unreached: int, met: bool
) -> None:
    said = substitutes()["us-il-breach"]
    assert (said.because(people, unreached) is not None) is met
    assert said.left_to_people(people, unreached) == "the cost is above 250000 USD"


def test_gdpr_leaves_the_effort_to_a_person() -> None:
    said = substitutes()["eu-gdpr-34-individuals"]
    assert said.because(10**7, 10**6) is None
    assert said.left_to_people(10**7, 10**6) == "telling each takes a disproportionate effort"


@pytest.mark.parametrize(
    ("rule", "people", "met"),
    [
        ("us-ri-breach", 50_000, False),
        ("us-ri-breach", 50_001, True),
        ("us-ms-breach", 5_001, True),
        ("us-nh-breach", 1_001, True),
    ],
)
def test_small_states_allow_a_public_notice_for_fewer_people(rule: str, people: int, met: bool) -> None:
    assert (substitutes()[rule].because(people, 0) is not None) is met


def test_what_was_read_is_named_and_what_was_not_is_left_to_counsel() -> None:
    with pytest.raises(ValidationError, match="names its source"):
        Substitute(citation="Art. 1", ways=("public",), how="primary_text")
    read = {rule for rule, said in substitutes().items() if said.how == "primary_text"}
    assert read == {
        "us-hipaa-individuals",
        "us-il-breach",
        "eu-gdpr-34-individuals",
        "jp-appi-26-individuals",
        "cn-pipl-57-individuals",
        "cn-ndsmr-11-individuals",
        "cn-minors-35",
        "sg-pdpa-26d2-individuals",
        "in-dpdp-7-1-individuals",
    }


@pytest.mark.parametrize(
    "rule", ["cn-pipl-57-individuals", "sg-pdpa-26d2-individuals", "in-dpdp-7-1-individuals"]
)
def test_law_that_names_no_public_notice_says_so_and_what_is_left(rule: str) -> None:
    said = substitutes()[rule]
    assert said.because(10**7, 10**6) is None
    left = "the law names no public notice for them; reach them by letter or phone or other"
    assert said.left_to_people(10**7, 1) == left
    assert said.left_to_people(10**7, 0) is None


def test_chinas_network_data_rules_take_a_public_notice_as_any_other_way() -> None:
    said = substitutes()["cn-ndsmr-11-individuals"]
    assert (said.ways, said.because(100, 1)) == (("public",), None)
    assert said.left_to_people(100, 1) == "the law takes a public notice as it takes a message"
    assert (
        substitutes()["cn-minors-35"].left_to_people(100, 1) == "telling each takes a disproportionate effort"
    )


def test_threshold_of_a_law_that_names_no_public_notice_is_refused() -> None:
    with pytest.raises(ValidationError):
        Substitute(citation="x", unnamed=True, lacking=1, ways=("letter",), how="memory")
