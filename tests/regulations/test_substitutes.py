"""A public notice in place of notices to persons: by numbers where the law names them, by judgement elsewhere."""

import pytest

from regulations.loader import load_law
from regulations.substitutes import substitutes


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
