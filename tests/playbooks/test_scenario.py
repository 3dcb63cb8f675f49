"""Scenarios: read with file and line, filled with this run's moments, checked against their playbook."""

from datetime import UTC, datetime

import pytest

from models.errors import InvalidInputError, NotFoundError
from playbooks.loader import library_text, load_playbook
from playbooks.scenario import filled, load_scenario, scenario_text, scenarios
from playbooks.scenario_checks import check_against

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
