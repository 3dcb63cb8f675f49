import re
from pathlib import Path

import pytest

from models.errors import RefusedError
from playbooks.lint import Finding, lint_playbook, lint_text, refuse_unsound
from playbooks.loader import library, library_text, load_playbook

HERE = Path(__file__).parent
SOUND = (HERE / "sound.yaml").read_text(encoding="utf-8")
BROKEN = sorted((HERE / "broken").glob("*.yaml"))


def test_lint_finds_nothing_in_a_sound_plan():
    assert lint_text(SOUND, "sound.yaml") == ()


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_lint_finds_exactly_the_marked_faults_of_a_broken_plan(path):
    text = path.read_text(encoding="utf-8")
    marked = {
        (number, code)
        for number, line in enumerate(text.splitlines(), 1)
        for code in re.findall(r"FAULT (\S+)", line)
    }
    assert {(finding.line, finding.code) for finding in lint_text(text, path.name)} == marked
    assert path.stem in {code for _, code in marked}


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_lint_refuses_to_start_a_broken_plan(path):
    text = path.read_text(encoding="utf-8")
    with pytest.raises(RefusedError, match=re.escape(path.name)):
        refuse_unsound(load_playbook(text, path.name), text, path.name)


@pytest.mark.parametrize("name", library())
def test_lint_finds_nothing_in_the_library(name):
    assert lint_text(library_text(name), f"{name}.yaml") == ()


def fault(change, to, code):
    assert change in SOUND
    text = SOUND.replace(change, to, 1)
    found = [finding for finding in lint_text(text, "plan.yaml") if finding.code == code]
    assert len(found) == 1, lint_text(text, "plan.yaml")
    return found[0]


def test_lint_says_how_long_a_plan_needs_and_what_the_clock_is():
    found = fault("within: PT72H", "within: PT12H", "clock-cannot-be-met")
    assert found.message == "The plan needs 12 h 8 min at worst, the clock eu-gdpr-33-authority is 12 h."
    assert found.line == 11


def test_lint_counts_what_is_already_used_of_a_clock():
    found = fault("within: PT72H", "within: PT72H\n    already_used: PT60H", "clock-cannot-be-met")
    assert "needs 72 h 8 min" in found.message


def test_lint_counts_the_time_sending_takes_at_the_stated_rate():
    slow = SOUND.replace("notices_per_hour: 50000", "notices_per_hour: 1000").replace(
        "[submit]", "[submit, deliver]"
    )
    (found,) = lint_text(slow, "plan.yaml")
    assert "needs 112 h 6 min" in found.message


def test_lint_names_the_step_that_may_wait_without_end():
    found = fault("    timeout: PT2H\n", "", "clock-cannot-be-met")
    assert found.message.startswith("The plan may wait without end at facts")


def test_lint_refuses_a_clock_longer_than_the_law():
    assert fault("within: PT72H", "within: P4D", "clock-too-long").line == 13


def test_lint_names_the_nearest_rule():
    assert (
        "eu-gdpr-33-authority"
        in fault("rule: eu-gdpr-33-authority", "rule: eu-gdpr-33-autority", "clock-unknown").mend
    )


def test_lint_counts_the_people_who_can_approve():
    playbook = load_playbook(SOUND, "plan.yaml")
    staff = {"data_protection_officer": 1, "communications": 0, "legal": 0}
    codes = [f.code for f in lint_playbook(playbook, SOUND, "plan.yaml", staff=staff)]
    assert codes == ["approval-nobody-can-give", "approval-nobody-can-give"]
    assert lint_playbook(playbook, SOUND, "plan.yaml", staff={**staff, "legal": 1}) == ()


def test_lint_finds_a_plan_no_person_takes_part_in():
    workflow = SOUND.index("workflow:")
    alone = SOUND[: SOUND.index("clocks:")] + "workflow_start: start\n" + SOUND[workflow:]
    alone = alone[: alone.index("  fork:")].replace("on_completion: fork", "on_completion: over")
    alone += "  over: {type: end, name: {en: Over, zh: 结束}}\n"
    assert [f.code for f in lint_text(alone, "plan.yaml")] == ["ends-without-decision"]


def test_lint_finds_a_loop_that_nothing_inside_can_change():
    ways = "on_true: prepare\n    on_completion: branch_end"
    loop = f"\n    type: while-condition\n    condition: severity == 'high'\n    {ways}"
    text = re.sub(
        r"\n    type: if-condition\n(.*\n)(.*\n){2}    on_false: branch_end", rf"{loop}\n\1", SOUND, count=1
    )
    assert "endless-path" in {f.code for f in lint_text(text, "plan.yaml")}


def test_lint_finds_deliveries_of_a_campaign_another_step_prepared():
    assert fault("with: {campaign: prepare}", "with: {campaign: plan}", "input-wrong").step == "deliver"


def test_lint_finds_reports_sent_in_a_stage_that_was_not_drafted():
    found = fault(
        "action: filing.submit\n    with: {stages: [initial]}",
        "action: filing.submit\n    with: {stages: [initial, final]}",
        "reported-without-filing",
    )
    assert found.step == "submit"


def test_lint_finds_missing_and_unknown_inputs():
    assert fault(
        "with: {message: breach-notice}\n", "with: {mesage: x, message: y}\n", "input-unknown"
    ).mend == ("Perhaps message is meant.")
    assert fault("    with: {message: breach-notice}\n", "", "input-missing").step == "prepare"


def test_lint_finds_a_fact_that_does_not_exist():
    assert (
        fault("tell_individuals != 'no'", "facts.breach.vektor == 'loss'", "unknown-fact").step == "must_tell"
    )
    assert fault("from: signal.target", "from: facts.bucket", "unknown-fact").line == 9


def test_lint_finds_steps_nobody_answers_for():
    assert fault("    owner: legal\n", "", "nobody-answers").step == "draft"
    assert fault("    owner: legal\n", "    owner: auditor\n", "nobody-answers").step == "draft"


def test_lint_finds_an_escalation_to_nobody():
    assert (
        fault("deputies: [data_protection_officer]", "deputies: [legal]", "escalates-to-nobody").step
        == "approve_filing"
    )


def test_lint_finds_irreversible_containment_that_was_only_authorised_beforehand():
    undo = "undo: {irreversible: {en: Gone., zh: 无法恢复。}}"
    assert fault("undo: revert", undo, "containment-without-approval").step == "execute"


def test_lint_turns_a_fault_of_form_into_a_finding_with_its_line():
    assert lint_text("schema: tocsin/playbook/1\nid: ]", "plan.yaml") == (
        Finding(
            2,
            "not-a-playbook",
            "plan.yaml",
            "",
            "This is not YAML: did not find expected node content.",
            "Mend the file and try again.",
        ),
    )


def test_lint_finds_connectors_and_capabilities_that_are_not_at_hand():
    playbook = load_playbook(SOUND, "plan.yaml")

    def said(connectors):
        return [
            (f.step, f.message, f.mend) for f in lint_playbook(playbook, SOUND, "x", connectors=connectors)
        ]

    assert said({"storage-access": ["block_public_access"]}) == []
    assert said({"storage-axess": []}) == [
        ("plan", "There is no connector storage-access.", "Perhaps storage-axess is meant.")
    ]
    assert said({"storage-access": ["read"]}) == [
        ("plan", "The connector storage-access cannot do block_public_access.", "It can do read.")
    ]
