import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import InvalidInputError, NotFoundError, TocsinError
from models.vocabulary import Phase, Role
from playbooks.loader import content_hash, library, library_text, load_playbook, self_contained
from playbooks.planner import plan_next
from tests.playbooks.plans import composite, done, plan_of, task

SOUND = (Path(__file__).parent / "sound.yaml").read_text(encoding="utf-8")
END = composite("end")


def refused(text):
    with pytest.raises(InvalidInputError) as caught:
        load_playbook(text, "plan.yaml")
    return caught.value


def changed(old, new):
    assert old in SOUND
    return refused(SOUND.replace(old, new, 1))


def line_of(text):
    return next(n for n, line in enumerate(SOUND.splitlines(), 1) if text in line)


def test_loader_names_line_and_nearest_of_an_unknown_action():
    error = changed("action: containment.execute", "action: containment.exekute")
    assert error.where == f"plan.yaml:{line_of('action: containment.execute')}"
    assert error.what == "Step execute names the unknown action 'containment.exekute'."
    assert error.expected == "a known action; the nearest is containment.execute"


FAULTS = [
    (
        "    owner: legal",
        "    ownr: legal",
        "    owner: legal",
        "The key workflow.draft.ownr is not known.",
        "owner",
    ),
    ("phase: detect", "phase: detekt", "phase: detect", "workflow.record.phase: input should be", "detect"),
    (
        "on_completion: execute",
        "on_completion: exe",
        "on_completion: execute",
        "Step plan leads to 'exe'",
        "execute",
    ),
    ("undo: revert", "undo: rewert", "undo: revert", "Step execute leads to 'rewert'", "revert"),
    (
        "{campaign: prepare}",
        "{campaign: prepar}",
        "campaign: prepare",
        "Step deliver leads to 'prepar'",
        "prepare",
    ),
    ("[submit]", "[submitt]", "met_by", "The clock eu-gdpr-33-authority is met by 'submitt'", "submit"),
    ("_start: start", "_start: strt", "workflow_start", "workflow_start names 'strt', which is not", "start"),
    ("PT72H", "72h", "within: PT72H", "clocks.0.within: '72h' is not a duration", ""),
    ("!= 'no'", "!=", "condition: tell", "workflow.must_tell.condition: the condition has the end", ""),
    (
        "    on_true: prepare\n",
        "",
        "  must_tell:",
        "workflow.must_tell: a step of type if-condition needs on_true.",
        "",
    ),
    (
        "{type: end,",
        "{type: end, on_true: close,",
        "branch_end: {",
        "workflow.branch_end: a step of type end has no",
        "",
    ),
    (
        "on_success: submit",
        "on_completion: submit",
        "  approve_filing:",
        "workflow.approve_filing: on_completion",
        "",
    ),
    ("en: Start, zh: 开始", "en: Start", "  start: {", "The key workflow.start.name.zh is missing.", ""),
]


@pytest.mark.parametrize(("old", "new", "at", "what", "nearest"), FAULTS)
def test_loader_names_the_line_of_a_fault(old, new, at, what, nearest):
    error = changed(old, new)
    assert error.what.startswith(what)
    assert error.expected.endswith(nearest)
    assert error.where == f"plan.yaml:{line_of(at)}"


def test_loader_says_how_many_faults_follow_the_first():
    error = refused(SOUND.replace("owner: legal", "ownr: legal"))
    assert error.what == "The key workflow.draft.ownr is not known. (2 more faults follow.)"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "The file is empty."),
        ("[1, 2]", "This is not a playbook."),
        ("schema: tocsin/playbook/9", "The format 'tocsin/playbook/9' is not known."),
        ("a: 1\na: 2", "The key 'a' is written twice."),
        ("a: &x 1\nb: *x", "Anchors and aliases (& and *) are not taken."),
        ("a: !!python/object/apply:os.system [ls]", "This is not a playbook"),
        ("a: !python/name:os.system x", "The tag '!python/name:os.system' is not taken."),
        ("[" * 5000, "The file is nested too deep."),
        ("{a: " * 5000, "The file is nested too deep."),
        ("- a\n" * 60_000, "The file has too many values."),
        ("x" * 1_000_001, "The file is too big."),
        ("a: [", "This is not YAML"),
        ("a: \x00", "This is not readable text"),
        ("? [a]\n: b", "A key must be plain text."),
    ],
)
def test_loader_refuses_what_is_no_playbook(text, what):
    error = refused(text)
    assert what.rstrip(".") in error.what or "The format 'None'" in error.what
    assert error.where.startswith("plan.yaml")


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200) | st.recursive(st.text() | st.integers() | st.none(), st.lists).map(json.dumps))
def test_loader_never_fails_otherwise_than_by_refusing(text):
    with pytest.raises(TocsinError):
        load_playbook(text, "plan.yaml")


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(SOUND) - 1), st.integers(0, 40), st.text(max_size=5))
def test_loader_reads_or_refuses_any_damaged_plan(at, length, inserted):
    with suppress(TocsinError):
        assert load_playbook(SOUND[:at] + inserted + SOUND[at + length :], "plan.yaml").workflow


def test_loader_keeps_yes_and_dates_as_text():
    cases = composite(
        "switch-condition", switch="facts.x", cases={"yes": "end", "2026-03-03": "end", "default": "end"}
    )
    assert set(plan_of({"pick": cases, "end": END}).workflow["pick"].cases) == {
        "yes",
        "2026-03-03",
        "default",
    }


def test_content_hash_is_of_the_content_and_not_of_its_looks():
    again = "# a comment\n" + SOUND.replace("{en: Start, zh: 开始}", "{zh: 开始, en: 'Start'}")
    assert content_hash(again) == content_hash(SOUND)
    assert content_hash(SOUND.replace("PT72H", "PT71H")) != content_hash(SOUND)


def test_library_names_the_plans_that_are_there_when_asked_for_another():
    with pytest.raises(NotFoundError) as caught:
        library_text("personal-data-breech")
    assert caught.value.expected == f"one of {', '.join(library())}"
    assert caught.value.remedy == "Did you mean personal-data-breach?"


@pytest.mark.parametrize("name", ["../secrets", "", "personal-data-breach.yaml", "x" * 5000])
def test_library_refuses_names_that_are_no_plan(name):
    with pytest.raises(NotFoundError):
        library_text(name)


@pytest.mark.parametrize("name", library())
def test_library_plans_carry_all_they_call(name):
    text = library_text(name)
    playbook = load_playbook(text, name)
    assert playbook.id == name
    assert self_contained(text, name) == text


def calling(playbook, after):
    return composite("playbook-action", playbook=playbook, on_completion=after)


def called(**keys):
    part = SOUND.replace("id: sound", "id: inner")
    steps = {
        "call": {
            "type": "playbook-action",
            "name": {"en": "Call", "zh": "调用"},
            "playbook": "inner",
            "on_completion": "after",
        },
        "after": task(on_completion="end"),
        "end": END,
    }
    return plan_of(steps, carried={"inner": part}, **keys)


def test_a_called_plan_stands_in_the_place_of_the_call():
    playbook = called()
    assert plan_next(playbook, {}).ready == ("call.record",)
    assert plan_next(playbook, done("call.record")).ready == ("call.plan", "call.facts")
    assert playbook.workflow["call.execute"].inputs == {"plan": "call.plan"}
    assert [clock.met_by for clock in playbook.clocks] == [["call.submit"]]
    assert playbook.roles == [
        "responder",
        "incident_lead",
        "data_protection_officer",
        "legal",
        "communications",
    ]


def test_a_plan_goes_on_when_the_plan_it_called_is_over():
    playbook = called(variables={"target": {"type": "string", "default": "store"}})
    results = {}
    while (plan := plan_next(playbook, results)).ready != ("after",):
        results |= done(*plan.ready, **{"call.assess": {"tell_individuals": "no"}})
    assert "call.close" in plan.done


def test_a_call_fills_in_what_the_called_plan_asks_for():
    part = SOUND.replace("id: sound", "id: inner").replace("message: breach-notice", "message: '{{message}}'")
    call = {
        "type": "playbook-action",
        "name": {"en": "Call", "zh": "调用"},
        "playbook": "inner",
        "on_completion": "end",
    }
    playbook = plan_of(
        {"call": {**call, "with": {"message": "phishing-notice"}}, "end": END}, carried={"inner": part}
    )
    assert playbook.workflow["call.prepare"].inputs == {"message": "phishing-notice"}


def test_a_plan_that_calls_itself_is_refused():
    call = {
        "type": "playbook-action",
        "name": {"en": "Call", "zh": "调用"},
        "playbook": "small",
        "on_completion": "end",
    }
    with pytest.raises(InvalidInputError, match="calls itself"):
        plan_of({"call": call, "end": END}, carried={"small": "x"})


def test_a_call_to_a_plan_that_is_not_carried_is_refused():
    call = {
        "type": "playbook-action",
        "name": {"en": "Call", "zh": "调用"},
        "playbook": "other",
        "on_completion": "end",
    }
    with pytest.raises(InvalidInputError, match="'other', which is not carried"):
        plan_of({"call": call, "end": END})


def test_the_words_of_the_format_are_those_of_the_models():
    from typing import get_args

    from playbooks import words

    assert set(get_args(words.Phase)) == {phase.value for phase in Phase}
    assert set(get_args(words.Role)) == {role.value for role in Role}
