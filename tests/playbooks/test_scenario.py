"""Scenarios: read with file and line, filled with this run's moments, checked against their playbook."""

from datetime import UTC, datetime

import pytest

from models.errors import InvalidInputError, NotFoundError
from playbooks.loader import library, library_text, load_playbook
from playbooks.scenario import filled, load_scenario, merged, scenario_text, scenarios
from playbooks.scenario_checks import check_against, check_scenario

START = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)


def test_marks_become_moments_and_this_run_s_mark() -> None:
    given = {"at": "{{ago:PT90M}}", "id": ["macie-{{run}}"], "count": 3}
    assert filled(given, START, "a1") == {"at": "2026-03-03T01:30:00Z", "id": ["macie-a1"], "count": 3}


@pytest.mark.parametrize("name", scenarios())
def test_shipped_scenario_answers_only_steps_of_its_playbook(name: str) -> None:
    text = scenario_text(name)
    scenario = load_scenario(text, name)
    check_against(scenario, load_playbook(library_text(scenario.playbook), scenario.playbook), text, name)


def test_answer_to_a_step_that_is_not_there_is_refused_with_its_line() -> None:
    text = scenario_text("open-bucket").replace("  confirm_facts:\n", "  no_such_step:\n")
    line = text.splitlines().index("  no_such_step:") + 1
    playbook = load_playbook(library_text("personal-data-breach"), "p")
    with pytest.raises(InvalidInputError) as refusal:
        check_against(load_scenario(text, "s.yaml"), playbook, text, "s.yaml")
    assert refusal.value.where.startswith(f"s.yaml:{line}") or refusal.value.where.startswith(
        f"s.yaml:{line + 1}"
    )


def test_unknown_key_is_refused_with_its_line() -> None:
    text = scenario_text("open-bucket") + "\nsurprise: 1\n"
    with pytest.raises(InvalidInputError, match="surprise"):
        load_scenario(text, "s.yaml")


def test_unknown_scenario_names_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match="open-bucket"):
        scenario_text("no-such")


SCENARIO = """schema: tocsin/scenario/1
id: small
name: {en: Small, zh: 小}
story: {en: Small., zh: 小。}
playbook: personal-data-breach
uses: common
lasts: P10D
people: 5
signal: {form: told, told_by: employee, payload: {told: x}}
answers:
  confirm_facts:
    - {by: lead-1, verdict: answer, based_on: facts, form: {title: A test}, at: PT1H}
  approve_notice:
    - {by: dpo-1, verdict: approve, at: PT2H}
    - {by: comms-1, verdict: approve, at: PT3H}
  open_duties:
    - {by: legal-1, verdict: answer, at: P2D}
  accountability:
    - {by: audit-1, verdict: answer, at: P3D}
"""
LAST = "  accountability:\n    - {by: audit-1, verdict: answer, at: P3D}\n"
CALL = "  - {at: PT1H, to: legal, name: {en: A call, zh: 来电}, message: {en: Hello., zh: 你好。}}\n"


def line_of(text: str, start: str) -> int:
    """Give the line (from 1) that begins so."""
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.lstrip(" -{").startswith(start))


def test_small_scenario_is_sound() -> None:
    found = check_scenario(SCENARIO + "injects:\n" + CALL, "s.yaml")
    assert (found.id, found.injects[0].to, found.participants["legal"]) == (
        "small",
        "legal",
        ["legal-1", "legal-2"],
    )


@pytest.mark.parametrize(
    ("was", "becomes", "said", "begins"),
    [
        ("playbook: personal", "playbook: no-such", "no playbook", "playbook:"),
        ("  confirm_facts:", "  no_step:", "no step 'no_step'", "no_step:"),
        ("uses: common", "uses: nothing", "no part called", "uses:"),
        ("by: dpo-1", "by: nobody-1", "plays no role", "by: nobody-1"),
        ("at: PT3H", "at: P11D", "after the end", "by: comms-1"),
        ("based_on: facts", "based_on: no-form", "no form", "by: lead-1"),
        ("at: PT1H}", "at: -PT1H}", "not a duration", "by: lead-1"),
        ("at: PT1H}", "at: PT1H, at: PT2H}", "written twice", "by: lead-1"),
        ("A test}", "A test, breach: {vectr: x}}", "breach.vectr: unknown key", "by: lead-1"),
        ("A test}", "A test, breach: {vector: magic}}", "not an allowed word", "by: lead-1"),
        ("at: PT1H}", "at: PT1H, after: approve_final}", "comes only after it", "by: lead-1"),
        (LAST, "", "0 of 1 in the script answer accountability", "answers:"),
        ("at: PT1H}", "at: PT1H, after: no_step}", "no step 'no_step'", "by: lead-1"),
        ("at: PT1H}", "at: P1M}", "not a duration", "by: lead-1"),
    ],
)
def test_bad_scenario_is_refused_with_file_and_line(was: str, becomes: str, said: str, begins: str) -> None:
    text = SCENARIO.replace(was, becomes)
    with pytest.raises(InvalidInputError, match=said) as refusal:
        check_scenario(text, "s.yaml")
    assert refusal.value.where == f"s.yaml:{line_of(text, begins)}"


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("injects:\n" + CALL.replace("PT1H", "P11D"), "comes after the end"),
        ("injects:\n" + CALL.replace(", message: {en: Hello., zh: 你好。}", ""), "an inject is one of"),
        (
            "injects:\n" + CALL.replace("message: {en: Hello., zh: 你好。}", "absent: {who: x, lasts: PT1H}"),
            "no role",
        ),
        (
            "injects:\n" + CALL.replace("message: {en: Hello., zh: 你好。}", "rumour: {en: x, zh: y}"),
            "rumour",
        ),
        ("injects:\n" + CALL.replace("PT1H", "-PT1H"), "not a duration"),
        (
            "injects:\n" + CALL.replace("message: {en: Hello., zh: 你好。}", "facts: {people: {totl: 5}}"),
            "people.totl: unknown key",
        ),
        ("expectations:\n  - {step: no_step, by: PT1H, owner: legal}\n", "no step"),
        ("expectations:\n  - {decision: assess, by: PT1H, owner: legal}\n", "asks nobody"),
        ("expectations:\n  - {decision: contain_by_hand, by: PT1H, owner: legal}\n", "Nobody in the script"),
        ("expectations:\n  - {decision: approve_notice, by: PT150M, owner: legal}\n", "only after PT150M"),
        ("expectations:\n  - {duty: no-such-rule, by: PT1H, owner: legal}\n", "no duty of the rule"),
        ("expectations:\n  - {step: record, by: P11D, owner: legal}\n", "after the end"),
        ("expectations:\n  - {step: record, by: PT1H, owner: administrator}\n", "Nobody plays administrator"),
        ("expectations:\n  - {by: PT1H, owner: legal}\n", "one of step, decision, duty"),
    ],
)
def test_inject_or_expectation_that_cannot_be_is_refused_on_its_line(added: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as refusal:
        check_scenario(SCENARIO + added, "s.yaml")
    assert refusal.value.where == f"s.yaml:{len((SCENARIO + added).splitlines())}"


def test_role_without_a_participant_is_refused() -> None:
    text = SCENARIO.replace("uses: common", "participants: {incident_lead: [lead-1], legal: [legal-1]}")
    with pytest.raises(InvalidInputError, match="no participant plays it") as refusal:
        check_scenario(text, "s.yaml")
    assert refusal.value.where == f"s.yaml:{line_of(text, 'participants')}"


def test_every_plan_of_the_library_has_a_scenario() -> None:
    assert {load_scenario(scenario_text(name), name).playbook for name in scenarios()} == set(library())


def test_form_lies_over_what_it_is_based_on() -> None:
    assert merged({"a": {"b": 1, "c": [1, 2]}, "d": 4}, {"a": {"c": [3]}, "e": 5}) == {
        "a": {"b": 1, "c": [3]},
        "d": 4,
        "e": 5,
    }
