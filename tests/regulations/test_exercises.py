"""Duties to exercise the plan: whom they bind, what proves them, and until when a proof holds."""

from datetime import UTC, datetime, timedelta

import pytest

from models.errors import InvalidInputError
from models.facts import Organisation
from playbooks.shelf import library
from regulations.exercises import ExerciseDuty, Held, exercise_duties, read_duties, standing, standings

AT = datetime(2026, 6, 1, tzinfo=UTC)
HEAD = "schema: tocsin/exercises/1\nduties:\n"
DUTY = """  - id: test-duty
    name: {en: A test, zh: 测试}
    places: [SG]
    sectors: [bank]
    months: 12
    set_by: text
    counts: [drill, tabletop]
    plans: [payment-card-skimming]
    citation: c
    source: s
    how: memory
    verified: false
"""
(TEST_DUTY,) = read_duties(HEAD + DUTY, "x.yaml")


def bound(**known: object) -> set[str]:
    """Name the duties that bind an organisation of which this is known."""
    return {each.duty.id for each in standings(Organisation.model_validate(known), (), AT)}


def drill(days_ago: int, plan: str = "payment-card-skimming", kind: str = "drill") -> Held:
    return Held(kind, AT - timedelta(days=days_ago), f"DRL-{days_ago}", plan)


def test_duty_binds_by_place_sector_and_trait() -> None:
    in_berlin = bound(country="DE", establishments=["DE"], sectors=["bank"], traits=["dora_entity"])
    assert in_berlin == {"house-quarterly", "eu-dora-11-6", "eu-dora-24-6", "pci-dss-12-10-2"}
    in_new_york = bound(country="US-NY", establishments=["US-NY"], sectors=["bank"], traits=[])
    assert {"us-ny-500-16-d-plans", "us-ny-500-16-d-backups", "us-glba-guidelines"} <= in_new_york
    assert "us-hipaa-308-a-7-ii-d" not in in_new_york
    assert "us-ny-500-16-d-plans" not in bound(country="US-CA", establishments=["US-CA"], sectors=["bank"])


def test_what_is_not_known_of_an_organisation_is_taken_to_bind_it() -> None:
    assert "cn-csl-36-4" in bound(country="CN", establishments=["CN"])
    assert bound() == {"house-quarterly", "pci-dss-12-10-2"}


def test_standard_one_may_choose_is_listed_only_when_asked_for() -> None:
    nobody = Organisation()
    every = {each.duty.id for each in standings(nobody, (), AT, voluntary=True)}
    assert every - bound() == {"iso-22301-8-5", "iso-27001-a-5-30"}


@pytest.mark.parametrize(
    ("days", "state"), [(1, "met"), (300, "met"), (306, "due_soon"), (365, "due_soon"), (366, "overdue")]
)
def test_proof_holds_for_its_months(days: int, state: str) -> None:
    found = standing(TEST_DUTY, [drill(days), drill(900)], AT)
    assert (found.state, found.last) == (state, drill(days))


def test_only_what_counts_proves_a_duty() -> None:
    others = [drill(1, plan="vendor-breach"), drill(1, kind="restore_test"), drill(-1)]
    found = standing(TEST_DUTY, others, AT)
    assert (found.state, found.last, found.due_at) == ("no_proof", None, None)


def test_month_s_end_is_kept_within_the_shorter_month() -> None:
    quarter = TEST_DUTY.model_copy(update={"months": 3, "plans": ()})
    held = Held("drill", datetime(2026, 1, 31, 8, tzinfo=UTC), "DRL-1")
    assert standing(quarter, [held], AT).due_at == datetime(2026, 4, 30, 8, tzinfo=UTC)


@pytest.mark.parametrize("duty", exercise_duties(), ids=lambda duty: duty.id)
def test_shipped_duty_names_plans_there_are_and_says_what_it_rests_on(duty: ExerciseDuty) -> None:
    assert set(duty.plans) <= set(library())
    assert duty.citation != duty.source


def test_scripted_drill_proves_nothing_where_the_law_wants_people() -> None:
    (duty,) = [each for each in exercise_duties() if each.id == "us-ny-500-16-d-plans"]
    assert standing(duty, [drill(1)], AT).state == "no_proof"
    assert standing(duty, [drill(1, kind="tabletop")], AT).state == "met"


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("verified: false", "verified: true", "only what was read"),
        ("[SG]", "[XX]", "no place 'XX'"),
        ("months: 12", "months: 0", "greater than or equal to 1"),
        ("counts: [drill, tabletop]", "counts: []", "at least 1 item"),
        ("name: {en: A test, zh: 测试}", "name: {en: A test}", "en and zh"),
        ("how: memory", "how: hearsay", "Input should be"),
        ("    set_by: text\n", "", "Field required"),
        ("    places:", "    plasces:", "Extra inputs"),
    ],
)
def test_wrong_duty_is_refused_with_its_number(was: str, becomes: str, said: str) -> None:
    second = DUTY.replace("test-duty", "second-duty").replace(was, becomes)
    with pytest.raises(InvalidInputError, match=said) as refusal:
        read_duties(HEAD + DUTY + second, "x.yaml")
    assert refusal.value.where == "x.yaml, duty 2"


def test_file_of_another_kind_or_with_an_id_twice_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="same id"):
        read_duties(HEAD + DUTY + DUTY, "x.yaml")
    with pytest.raises(InvalidInputError, match="no file of exercise duties"):
        read_duties("schema: tocsin/law/1\n", "x.yaml")
