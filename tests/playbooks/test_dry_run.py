from pathlib import Path

import pytest

from models.errors import InvalidInputError
from playbooks.comparison import diff_playbooks
from playbooks.dry_run import dry_run
from playbooks.loader import load_playbook
from playbooks.planner import StepResult
from playbooks.rehearsal import run_tests
from tests.playbooks.plans import composite, plan_of, task

SOUND_TEXT = (Path(__file__).parent / "sound.yaml").read_text(encoding="utf-8")
SOUND = load_playbook(SOUND_TEXT, "sound.yaml")
FACTS = {"signal": {"target": "store-1"}}


def test_dry_run_takes_the_good_course_and_says_what_it_assumed():
    trace = dry_run(SOUND, FACTS, {"assess": {"tell_individuals": "no"}})
    assert trace.steps == (
        "record", "plan", "execute", "verify", "facts", "assess", "draft", "approve_filing", "submit", "close",
    )  # fmt: skip
    assert [line.key for line in trace.lines if not line.assumed] == ["assess"]
    assert trace.plan.finished


def test_dry_run_replaces_every_effect_by_what_it_would_do():
    trace = dry_run(SOUND, FACTS, {"assess": {"tell_individuals": "no"}})
    said = {line.key: line.would() for line in trace.lines}
    assert said["plan"] == (
        "would do containment.plan (connector=storage-access, capability=block_public_access, target=store-1)"
    )
    assert said["approve_filing"] == "would ask 1 of legal: Send them?"
    assert said["facts"] == "would wait for incident_lead"
    chinese = {line.key: line.would("zh") for line in trace.lines}
    assert chinese["approve_filing"] == "将征求 1 人批准（legal）：是否提交？"


def test_dry_run_writes_a_trace_to_read():
    lines = (
        dry_run(SOUND, FACTS, {"assess": {"tell_individuals": "no"}, "approve_filing": "waiting"})
        .text()
        .splitlines()
    )
    assert lines[0] == "  1  detect    record: Record [done, assumed]"
    assert lines[-2:] == ["     must_tell → false", "not finished; waiting: approve_filing"]


def test_dry_run_follows_a_refusal():
    trace = dry_run(SOUND, FACTS, {"approve_notice": "refused", "assess": {"tell_individuals": "yes"}})
    assert "refused" in trace.steps
    assert "deliver" not in trace.steps


def test_dry_run_refuses_answers_to_no_step_and_in_no_known_word():
    with pytest.raises(
        InvalidInputError, match=r"'approve_notise', which is not a step.*nearest is approve_notice"
    ):
        dry_run(SOUND, FACTS, {"approve_notise": "approved"})
    with pytest.raises(InvalidInputError, match="'perhaps' is not known"):
        dry_run(SOUND, FACTS, {"approve_notice": "perhaps"})


def test_dry_run_takes_an_answer_for_one_round_of_a_loop():
    playbook = plan_of(
        {
            "w": composite("while-condition", condition="go", on_true="ask", on_completion="end"),
            "ask": task(on_completion="w"),
            "end": composite("end"),
        },
        variables={"go": {"type": "boolean", "default": True}},
    )
    assert dry_run(playbook, None, {"ask#3": {"go": False}}).steps == ("ask", "ask#2", "ask#3")


def outcome(case):
    text = f"schema: tocsin/playbook-test/1\ncases:\n  - name: a case\n    facts: {{signal: {{target: s}}}}\n{case}"
    (found,) = run_tests(SOUND, text, "sound.test.yaml")
    assert found.where == "sound.test.yaml:3"
    return found.difference


@pytest.mark.parametrize(
    ("case", "difference"),
    [
        ("    in_order: [record, plan, close]", ""),
        ("    in_order: [close, plan]", "plan did not come in this order."),
        ("    in_order: [revert]", "revert did not come."),
        ("    never: [submit]", "submit was not to run, but did."),
        ("    never: [nothing]", "The case names nothing, which is not a step of the plan."),
        ("    decided: {must_tell: 'false'}", "must_tell was decided true, not false."),
        ("    steps: [record, facts]", "Step 2 is plan, not facts."),
        ("    steps: [record]", "plan is one step more than the course."),
        ("    in_order: [record]\n    finished: false", "The plan finished: True."),
        ("    in_order: [record]\n    waiting: [facts]", "waiting are [], not ['facts']."),
        (
            "    in_order: [record]\n    answers: {facts: maybe}",
            "step facts: The answer 'maybe' is not known.",
        ),
    ],
)
def test_playbook_tests_name_the_first_difference(case, difference):
    given = case if "answers" in case else f"{case}\n    answers: {{assess: {{tell_individuals: 'yes'}}}}"
    assert outcome(given).startswith(difference)
    assert bool(outcome(given)) is bool(difference)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("schema: tocsin/playbook-test/1\ncases: []", ":2"),
        ("schema: tocsin/playbook-test/1\ncases:\n  - name: x", ":3"),
        ("schema: tocsin/playbook-test/1\ncases:\n  - name: x\n    nevr: [a]", ":4"),
    ],
)
def test_playbook_tests_refuse_a_file_that_is_none(text, where):
    with pytest.raises(InvalidInputError) as caught:
        run_tests(SOUND, text, "t.yaml")
    assert caught.value.where == f"t.yaml{where}"


def test_diff_of_a_plan_with_itself_is_nothing():
    assert diff_playbooks(SOUND, SOUND) == ()


def test_diff_shows_what_a_newer_version_changes_and_marks_what_already_ran():
    newer = SOUND_TEXT.replace("version: 1.0.0", "version: 1.1.0").replace("timeout: PT2H", "timeout: PT1H")
    newer = newer.replace("  revert:\n", "  undo_it:\n").replace("undo: revert", "undo: undo_it")
    found = diff_playbooks(SOUND, load_playbook(newer, "newer.yaml"), {"facts": StepResult("done")})
    assert [str(difference) for difference in found] == [
        "changed version: '1.0.0' → '1.1.0'",
        "changed workflow.execute.undo: 'revert' → 'undo_it'",
        "removed workflow.revert",
        "changed workflow.facts.timeout: 'PT2H' → 'PT1H' (this step has already run)",
        "added workflow.undo_it",
    ]
