"""Faults that hide: through a switch, a sub-playbook, a branch beside, a loop, another approval, another word."""

from pathlib import Path

import pytest

from playbooks.lint import lint_text
from playbooks.loader import library_text

SOUND = (Path(__file__).parent / "sound.yaml").read_text(encoding="utf-8")
LAST = "  branch_end: {type: end"
TASK = """  {id}:
    type: action
    name: {{en: {en}, zh: {zh}}}
    phase: notify
    action: manual.task
    instructions: {{en: Do., zh: 做。}}
    timeout: PT1H
    owner: legal
    raci: {{responsible: [legal], accountable: legal}}
    on_completion: {then}
"""
APPROVAL = """  {id}:
    type: action
    name: {{en: Approve something else, zh: 批准其他事项}}
    phase: contain
    action: approval
    owner: legal
    raci: {{responsible: [legal], accountable: legal}}
    approval:
      roles: [legal]
      deputies: [data_protection_officer]
      question: {{en: "Shall we?", zh: 是否？}}
      what_happens: {{en: It is done., zh: 执行。}}
      whom_it_touches: {{en: Nobody., zh: 无。}}
      how_to_undo: {{en: Not at all., zh: 无法。}}
      timeout: PT1H
      on_timeout: escalate
    on_success: {then}
    on_failure: refused
"""
MUST_TELL = """    type: if-condition
    name: {en: "Tell people?", zh: 是否告知？}
    condition: tell_individuals != 'no'
    on_true: prepare
    on_false: branch_end"""
QUICK = """  quick:
    type: action
    name: {en: Prepare, zh: 准备}
    phase: notify
    action: notice.prepare
    with: {message: breach-notice}
    owner: communications
    raci: {responsible: [communications], accountable: data_protection_officer}
    on_completion: quick_send
  quick_send:
    type: action
    name: {en: Deliver, zh: 发送}
    phase: notify
    action: notice.deliver
    with: {campaign: quick}
    owner: communications
    raci: {responsible: [communications], accountable: data_protection_officer}
    undo: {irreversible: {en: Sent., zh: 已发出。}}
    on_completion: branch_end
"""
LOOP = """  again:
    type: while-condition
    name: {{en: Again, zh: 再次}}
    condition: {condition}
    on_true: look
    on_completion: close
"""


def changed(*changes: tuple[str, str]) -> str:
    text = SOUND
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def found(text: str, **more: object) -> list[tuple[str, str]]:
    return [(each.code, each.step) for each in lint_text(text, "plan.yaml", **more)]


def added(text: str) -> tuple[str, str]:
    return LAST, text + LAST


REFUSAL = (
    "    on_success: submit\n    on_failure: refused\n",
    "    on_success: submit\n    on_failure: claim\n",
)
HIDDEN = {
    "notices under an approval of something else": (
        [
            ("    on_true: prepare\n", "    on_true: other\n"),
            added(APPROVAL.format(id="other", then="prepare")),
            ("    on_success: deliver\n", "    on_success: again\n"),
            ("    on_completion: approve_notice\n", "    on_completion: asked_or_not\n"),
            added(
                "  asked_or_not: {type: if-condition, name: {en: 'Few?', zh: 少？}, "
                "condition: facts.breach.malicious, on_true: approve_notice, on_false: deliver}\n"
            ),
            ("    on_success: again\n", "    on_success: deliver\n"),
        ],
        [("sent-without-approval", "deliver")],
    ),
    "notices whose approval stands in the branch beside": (
        [
            ("    next_steps: [must_tell, draft]\n", "    next_steps: [must_tell, draft, beside]\n"),
            ("    on_completion: approve_notice\n", "    on_completion: deliver\n"),
            added(APPROVAL.format(id="beside", then="approve_notice")),
            ("    on_success: deliver\n", "    on_success: branch_end\n"),
        ],
        [("sent-without-approval", "deliver")],
    ),
    "notices sent by the default of a switch": (
        [
            (
                MUST_TELL,
                (
                    "    type: switch-condition\n    name: {en: 'Tell people?', zh: 是否告知？}\n"
                    "    switch: tell_individuals\n    cases: {'yes': prepare, default: quick}"
                ),
            ),
            added(QUICK),
        ],
        [("sent-without-approval", "quick_send")],
    ),
    "containment under an approval of something else": (
        [
            ("    pre_authorised: {by: incident_lead, limits: {en: One store., zh: 单个存储。}}\n", ""),
            ("    on_completion: fork\n", "    on_completion: first\n"),
            ("  fork:\n", APPROVAL.format(id="first", then="fork") + "  fork:\n"),
        ],
        [("containment-without-approval", "execute")],
    ),
    "silence that sends notices after a condition": (
        [
            ("    on_success: deliver\n", "    on_success: small\n"),
            ("      on_timeout: escalate\n", "      on_timeout: approve\n"),
            added(
                "  small: {type: if-condition, name: {en: 'Few?', zh: 少？}, "
                "condition: facts.breach.malicious, on_true: deliver, on_false: deliver}\n"
            ),
        ],
        [("silence-approves", "approve_notice")],
    ),
    "silence that submits reports": (
        [
            (
                "以后续报告更正。}\n      timeout: PT4H\n      on_timeout: escalate",
                "以后续报告更正。}\n      timeout: PT4H\n      on_timeout: approve",
            )
        ],
        [("silence-approves", "approve_filing")],
    ),
    "reported on the refusal's path": (
        [REFUSAL, added(TASK.format(id="claim", en="Authority reported to", zh="记录", then="branch_end"))],
        [("reported-without-filing", "claim")],
    ),
    "reported in other words": (
        [
            REFUSAL,
            added(TASK.format(id="claim", en="Filed with the regulator", zh="记录", then="branch_end")),
        ],
        [("reported-without-filing", "claim")],
    ),
    "reported in Chinese alone": (
        [REFUSAL, added(TASK.format(id="claim", en="Note it", zh="已提交监管机构", then="branch_end"))],
        [("reported-without-filing", "claim")],
    ),
    "told in the name of an end": (
        [
            REFUSAL,
            added(TASK.format(id="claim", en="Note it", zh="记录", then="claim_end")),
            added("  claim_end: {type: end, name: {en: Customers contacted, zh: 结束}}\n"),
        ],
        [("told-without-campaign", "claim_end")],
    ),
    "a loop whose condition is always true": (
        [
            ("    on_completion: close\n", "    on_completion: again\n"),
            (
                "  close:\n",
                LOOP.format(condition="1 == 1")
                + TASK.format(id="look", en="Look", zh="查看", then="again")
                + "  close:\n",
            ),
        ],
        [("endless-path", "again")],
    ),
    "a loop that waits for the signal to change": (
        [
            ("    on_completion: close\n", "    on_completion: again\n"),
            (
                "  close:\n",
                LOOP.format(condition="signal.target is known")
                + TASK.format(id="look", en="Look", zh="查看", then="again")
                + "  close:\n",
            ),
        ],
        [("endless-path", "again")],
    ),
    "a clock that starts at detection": (
        [("starts_at: aware_at", "starts_at: detected_at")],
        [("clock-starts-wrong", "")],
    ),
    "a clock that starts when the approval is given": (
        [("    met_by: [submit]\n", "    met_by: [submit]\n    started_by: approve_filing\n")],
        [("clock-starts-wrong", "")],
    ),
    "a variable that only another branch sets": (
        [("    condition: tell_individuals != 'no'", "    condition: delivered > 0")],
        [("variable-never-set", "must_tell")],
    ),
    "tries that use up the clock": (
        [
            (
                "    action: filing.submit\n",
                "    action: filing.submit\n    retry: {attempts: 10, delay: PT8H}\n",
            )
        ],
        [("clock-cannot-be-met", "")],
    ),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_lint_finds_the_fault_however_it_hides_and_no_other(name: str) -> None:
    changes, expected = HIDDEN[name]
    assert found(changed(*changes)) == expected


def test_lint_finds_the_fault_in_a_playbook_that_a_plan_calls_at_the_step_that_calls_it() -> None:
    text = library_text("phished-mailbox")
    text = text.replace("on_failure: reconsider_found", "on_failure: submit_found", 1)
    [finding] = [each for each in lint_text(text, "plan.yaml") if each.code == "sent-without-approval"]
    assert finding.step == "report_found.submit_found"
    assert text.splitlines()[finding.line - 1].strip() == "report_found:"


def test_lint_finds_an_approval_of_each_role_of_which_nobody_holds_one() -> None:
    text = changed(("      needed: 2\n", "      needed: 2\n      each_role: true\n"))
    staff = {"data_protection_officer": 0, "communications": 2, "legal": 1}
    assert found(text) == []
    assert found(text, staff=staff) == [("approval-nobody-can-give", "approve_notice")]


def test_lint_takes_an_approval_right_before_the_plan_of_an_act_for_one_of_it() -> None:
    text = changed(
        ("    pre_authorised: {by: incident_lead, limits: {en: One store., zh: 单个存储。}}\n", ""),
        ("    next_steps: [plan, facts]\n", "    next_steps: [first, facts]\n"),
        ("  plan:\n", APPROVAL.format(id="first", then="plan") + "  plan:\n"),
    )
    assert found(text) == []
