from pathlib import Path

import pytest

from models.errors import InvalidInputError, RefusedError
from playbooks.amendment import amended_text
from playbooks.comparison import diff_playbooks
from playbooks.lint import lint_text
from playbooks.loader import content_hash, library_text, load_playbook
from playbooks.planner import plan_next
from playbooks.schema import Step
from tests.playbooks.plans import done

SOUND = (Path(__file__).parent / "sound.yaml").read_text(encoding="utf-8")
CALL = Step(
    type="action",
    name={"en": "Call the branch", "zh": "致电网点"},
    phase="triage",
    action="manual.task",
    instructions={"en": "Ask what they saw.", "zh": "询问所见情况。"},
    owner="responder",
    timeout="PT1H",
    raci={"responsible": ["business"], "accountable": "incident_lead"},
)


def test_added_step_comes_between_a_step_and_what_followed():
    text = amended_text(SOUND, "x", "call_branch", "facts", CALL)
    playbook = load_playbook(text, "x")
    assert plan_next(playbook, done("record", "facts")).ready == ("plan", "call_branch")
    assert plan_next(playbook, done("record", "facts", "call_branch")).ready == ("plan", "assess")
    assert lint_text(text, "x") == ()


def test_added_step_is_a_version_of_its_own_shown_as_a_difference():
    text = amended_text(SOUND, "x", "call_branch", "facts", CALL)
    assert content_hash(text) != content_hash(SOUND)
    changes = [str(change) for change in diff_playbooks(load_playbook(SOUND, "x"), load_playbook(text, "x"))]
    assert changes == [
        "changed workflow.facts.on_completion: 'assess' → 'call_branch'",
        "added workflow.call_branch",
    ]


def test_steps_are_added_one_after_the_other_even_inside_a_called_plan():
    text = library_text("exposed-storage")
    text = amended_text(text, "x", "call_branch", "tell.people", CALL)
    text = amended_text(text, "x", "call_again", "call_branch", CALL)
    workflow = load_playbook(text, "x").workflow
    assert workflow["tell.people"].on_completion == "call_branch"
    assert workflow["call_branch"].on_completion == "call_again"
    assert workflow["call_again"].on_completion == "tell.prepare_notice"


@pytest.mark.parametrize("after", ["nowhere", "must_tell", "closed"])
def test_step_is_not_added_where_nothing_can_follow(after):
    with pytest.raises(InvalidInputError, match="cannot come after"):
        amended_text(SOUND, "x", "call_branch", after, CALL)


def test_step_is_not_added_under_a_taken_id_nor_when_it_would_act_by_itself():
    with pytest.raises(RefusedError, match="already has a step facts"):
        amended_text(SOUND, "x", "facts", "record", CALL)
    with pytest.raises(RefusedError, match=r"does notice\.deliver"):
        amended_text(SOUND, "x", "send", "facts", CALL.model_copy(update={"action": "notice.deliver"}))
