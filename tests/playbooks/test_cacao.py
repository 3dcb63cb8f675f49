import copy
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import RefusedError
from playbooks.cacao.conditions import from_cacao, to_cacao
from playbooks.cacao.exporting import export_cacao
from playbooks.cacao.importing import export_text, import_cacao
from playbooks.cacao.lines import lines_of, nearest_line
from playbooks.cacao.words import EXTENSION
from playbooks.condition import parse_condition
from playbooks.lint import refuse_unsound
from playbooks.loader import library, library_text, load_playbook
from playbooks.planner import plan_next
from tests.playbooks.plans import structured_plans, tangled_plans

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
SOUND = load_playbook((Path(__file__).parent / "sound.yaml").read_text(encoding="utf-8"), "sound.yaml")
IDS = {
    name: f"{name.partition('_')[0].replace('if', 'if-condition').replace('while', 'while-condition')}"
    f"--00000000-0000-4000-8000-{number:012d}"
    for number, name in enumerate(
        ["start", "action", "end", "if", "while", "action_2", "end_2", "parallel", "group"]
    )
}
IDENTITY = "identity--00000000-0000-4000-8000-000000000099"


def written(playbook):
    return playbook.model_dump(by_alias=True, exclude_defaults=True)


def act(after, **keys):
    return {
        "type": "action",
        "name": "Do it",
        "commands": [{"type": "manual", "command": "do it"}],
        "agent": IDS["group"],
        "on_completion": IDS[after],
        **keys,
    }


def foreign(**steps):
    """A small playbook of others: without our extension."""
    workflow = {
        IDS["start"]: {"type": "start", "on_completion": IDS["action"]},
        IDS["action"]: act("end"),
        IDS["end"]: {"type": "end"},
    }
    return {
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": "playbook--00000000-0000-4000-8000-000000000042",
        "name": "Block a machine",
        "playbook_types": ["investigation"],
        "created_by": IDENTITY,
        "created": "2026-03-03T09:00:00.000Z",
        "modified": "2026-03-03T09:00:00.000Z",
        "workflow_start": IDS["start"],
        "workflow": workflow | {IDS[name]: step for name, step in steps.items()},
        "agent_definitions": {IDS["group"]: {"type": "group", "name": "Operators"}},
    }


def imported(document):
    return import_cacao(json.dumps(document), "theirs.json")


def faults(document):
    return [(fault.pointer, fault.what) for fault in imported(document).faults]


@pytest.mark.parametrize("name", library())
def test_cacao_export_comes_back_as_the_same_plan(name):
    playbook = load_playbook(library_text(name), name)
    back = import_cacao(export_text(export_cacao(playbook, NOW)), f"{name}.json")
    assert back.faults == ()
    assert written(back.playbook) == written(playbook.model_copy(update={"carried": {}}))
    assert back.findings() == ()
    assert back.runnable() == back.playbook


@settings(max_examples=40, deadline=None)
@given(st.one_of(structured_plans(), tangled_plans()))
def test_cacao_export_of_any_plan_keeps_its_flow(playbook):
    back = import_cacao(export_text(export_cacao(playbook, NOW)), "x").playbook
    assert back is not None
    assert back.workflow == playbook.workflow
    assert plan_next(back, {}) == plan_next(playbook, {})


def test_cacao_export_is_the_same_each_time():
    assert export_cacao(SOUND, NOW) == export_cacao(SOUND, NOW)


def test_cacao_import_follows_a_flow_that_others_changed():
    document = export_cacao(SOUND, NOW)
    steps = {
        step["step_extensions"][EXTENSION].get("step"): key for key, step in document["workflow"].items()
    }
    document["workflow"][steps["plan"]]["on_completion"] = steps["branch_end"]
    back = imported(document)
    assert back.playbook.workflow["plan"].on_completion == "branch_end"
    unreached = {fault.pointer for fault in back.faults if fault.what == "Nothing leads to this step."}
    assert {f"/workflow/{steps[name]}" for name in ("execute", "verify", "holds", "by_hand")} <= unreached


def test_cacao_import_makes_tasks_of_what_others_wrote():
    step = act("end", timeout=90_000, out_args=["__is_closed__"])
    step["commands"].append({"type": "ssh", "command": "block it"})
    back = imported(foreign(action=step))
    assert back.faults == ()
    made = back.playbook.workflow["do_it"]
    assert (made.action, made.phase, made.timeout, list(made.form)) == (
        "manual.task",
        "triage",
        "PT90S",
        ["is_closed"],
    )
    assert made.instructions.en == "do it\nssh: block it"
    assert back.notes == ("do_it: the ssh command becomes a task for a person.",)
    assert plan_next(back.playbook, {}).ready == ("do_it",)


def test_cacao_import_reads_conditions_of_others():
    condition = {
        "type": "if-condition",
        "condition": "__state__:value = 'open' AND NOT __kind__:value IN ('a','b')",
        "on_true": IDS["action"],
        "on_completion": IDS["end_2"],
    }
    document = foreign(**{"if": condition, "end_2": {"type": "end"}})
    document["workflow"][IDS["start"]]["on_completion"] = IDS["if"]
    back = imported(document)
    assert back.faults == ()
    assert back.playbook.workflow["if_condition"].condition == "state == 'open' and not kind in ['a','b']"


SPLIT = {"type": "parallel", "next_steps": [IDS["end"]], "on_completion": IDS["end"]}
WRONG = {"type": "group", "name": "x", "address": {"ipv4": ["300.1"]}}
CHANGES = [
    ("dangling", lambda d: d["workflow"][IDS["action"]].update(on_completion=IDS["end_2"]),
     f"/workflow/{IDS['action']}/on_completion", "which is not in the workflow"),
    ("circle", lambda d: d["workflow"].update({IDS["action"]: act("action_2"), IDS["action_2"]: act("action")}),
     f"/workflow/{IDS['action']}", "go round in a circle"),
    ("unreached", lambda d: d["workflow"].update({IDS["action_2"]: act("end")}),
     f"/workflow/{IDS['action_2']}", "Nothing leads to this step"),
    ("no command", lambda d: d["workflow"][IDS["action"]].pop("commands"),
     f"/workflow/{IDS['action']}/commands", "commands is missing"),
    ("no agent", lambda d: d["agent_definitions"].clear(),
     f"/workflow/{IDS['action']}/agent", "is not defined"),
    ("version", lambda d: d.update(spec_version="1.1"), "/spec_version", "'1.1' is not taken"),
    ("start missing", lambda d: d.pop("workflow_start"), "/workflow_start", "is not an identifier"),
    ("start is no start", lambda d: d.update(workflow_start=IDS["action"]), "/workflow_start", "does not begin with"),
    ("end goes on", lambda d: d["workflow"][IDS["end"]].update(on_completion=IDS["action"]),
     f"/workflow/{IDS['end']}", "An end leads on"),
    ("no end", lambda d: (d["workflow"].pop(IDS["end"]), d["workflow"][IDS["action"]].pop("on_completion")),
     "/workflow", "The workflow has no end"),
    ("both ways", lambda d: d["workflow"][IDS["action"]].update(on_failure=IDS["end"]),
     f"/workflow/{IDS['action']}", "stands beside"),
    ("unknown type", lambda d: d["workflow"][IDS["action"]].update(type="act/ion"),
     f"/workflow/{IDS['action']}/type", "'act/ion' is not known"),
    ("timestamp", lambda d: d.update(created="yesterday"), "/created", "is not a timestamp"),
    ("workflow", lambda d: d.update(workflow=[]), "/workflow", "missing or of the wrong kind"),
    ("variable", lambda d: d.update(playbook_variables={"x": {"type": "string"}}),
     "/playbook_variables/x", "not a variable's name"),
    ("agent of another type", lambda d: d["agent_definitions"][IDS["group"]].update(type="ssh"),
     f"/agent_definitions/{IDS['group']}/type", "does not fit the id"),
    ("agent without name", lambda d: d["agent_definitions"][IDS["group"]].pop("name"),
     f"/agent_definitions/{IDS['group']}/name", "has no name"),
    ("address", lambda d: d.update(target_definitions={IDS["group"]: WRONG}),
     f"/target_definitions/{IDS['group']}/address/ipv4/0", "is no ipv4 address"),
    ("reference", lambda d: d.update(external_references=[{"url": "x"}]),
     "/external_references/0/name", "name is missing"),
    ("one branch", lambda d: d["workflow"].update({IDS["parallel"]: SPLIT}),
     f"/workflow/{IDS['parallel']}/next_steps", "fewer than two"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "pointer", "what"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_cacao_import_names_each_fault_with_its_place_and_does_not_run_it(change, pointer, what):
    document = foreign()
    change(document)
    found = faults(document)
    assert [said for place, said in found if place == pointer and what in said] != []
    with pytest.raises(RefusedError, match=r"can't be run"):
        imported(document).runnable()


def test_cacao_import_keeps_the_readable_part_of_a_faulty_document():
    document = foreign()
    document["workflow"][IDS["action"]]["on_completion"] = IDS["end_2"]
    back = imported(document)
    assert list(back.playbook.workflow) == ["start", "do_it", "end", "unreadable_end"]


def test_cacao_import_names_the_line_of_each_fault():
    document = foreign(end_2={"type": "end"})
    document["workflow"][IDS["action"]] |= {"timeout": "soon", "on_completion": IDS["while"]}
    text = json.dumps(document, indent=2)
    lines = text.splitlines()
    found = {fault.pointer: lines[fault.line - 1].strip() for fault in import_cacao(text, "x").faults}
    action = f"/workflow/{IDS['action']}"
    assert found == {
        f"{action}/timeout": '"timeout": "soon"',
        f"{action}/on_completion": f'"on_completion": "{IDS["while"]}",',
        f"/workflow/{IDS['end']}": f'"{IDS["end"]}": {{',
        f"/workflow/{IDS['end_2']}": f'"{IDS["end_2"]}": {{',
    }


def test_cacao_lines_are_those_of_every_place():
    text = '{\n"a": [\n1, {"b~/": 2},\n[3,\n4]],\n"c": "x,]}",\n"d": {}\n}'
    wanted = {"": 1, "/a": 2, "/a/0": 3, "/a/1": 3, "/a/1/b~0~1": 3, "/a/2": 4, "/a/2/0": 4, "/a/2/1": 5}
    assert lines_of(text) == wanted | {"/c": 6, "/d": 7}
    assert nearest_line(lines_of(text), "/d/missing/deep") == 7
    assert lines_of('{"a": [1,\n') == {"": 1, "/a": 1, "/a/0": 1}


def test_cacao_draft_with_faults_is_not_run_from_its_file_either():
    document = foreign()
    document["spec_version"] = "1.1"
    back = imported(document)
    with pytest.raises(RefusedError, match="draft-with-faults"):
        refuse_unsound(load_playbook(back.text, "draft.yaml"), back.text, "draft.yaml")
    mended = load_playbook(back.text, "draft.yaml").model_dump(by_alias=True, exclude_defaults=True)
    assert mended.pop("faults") == [
        "/spec_version (line 1): The version '1.1' is not taken. Expected cacao-2.0."
    ]


def test_cacao_import_reads_the_steps_of_its_first_version_into_the_draft():
    document = foreign()
    document["workflow"][IDS["action"]]["type"] = "single"
    back = imported(document)
    assert [fault.what for fault in back.faults] == ["The step type 'single' is not known."]
    assert list(back.playbook.workflow) == ["start", "do_it", "end"]


def test_cacao_draft_follows_the_lists_in_which_the_first_version_names_a_way():
    fork = {
        "type": "if-condition",
        "condition": "__a__:value = 'x'",
        "on_true": [IDS["end"]],
        "on_completion": IDS["end"],
    }
    document = foreign(**{"if": fork})
    document["workflow"][IDS["action"]]["on_completion"] = IDS["if"]
    assert imported(document).playbook.workflow["if_condition"].on_true == "end"


def test_cacao_draft_begins_at_the_only_start_where_none_is_named():
    document = foreign()
    document["workflow_start"] = "elsewhere"
    back = imported(document)
    assert back.playbook.workflow_start == "start"
    assert [fault.pointer for fault in back.faults] == ["/workflow_start", "/workflow_start"]


@pytest.mark.parametrize("kind", [[], {}, None, 7, True])
def test_cacao_import_takes_commands_of_any_type_without_a_crash(kind):
    document = foreign()
    document["workflow"][IDS["action"]]["commands"][0]["type"] = kind
    assert imported(document).faults


def test_cacao_import_takes_a_byte_order_mark():
    assert import_cacao("\ufeff" + json.dumps(foreign()), "x").faults == ()


def test_cacao_import_names_a_condition_it_cannot_read():
    document = foreign(
        **{
            "if": {
                "type": "if-condition",
                "condition": "$$$",
                "on_true": IDS["end"],
                "on_completion": IDS["end"],
            }
        }
    )
    document["workflow"][IDS["start"]]["on_completion"] = IDS["if"]
    assert (f"/workflow/{IDS['if']}/condition", "The condition '$$$' cannot be read.") in faults(document)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "3",
        "{",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"x": NaN}',
        '"\\ud800"',
        '{"a": "\\ud800"}',
        "1" * 10_000,
    ],
)
def test_cacao_import_takes_any_text_without_a_crash(text):
    back = import_cacao(text, "theirs.json")
    assert back.faults
    assert back.playbook is None


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from([*IDS.values(), "action", "end"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
PLACES = [
    (key,) for key in [*foreign(), "playbook_variables", "playbook_extensions", "workflow_exception", "priority"]
] + [
    ("workflow", step, key)
    for step in foreign()["workflow"]
    for key in ("type", "name", "on_completion", "on_success", "on_failure", "commands", "agent", "timeout", "targets",
                "next_steps", "cases", "condition", "step_variables", "step_extensions", "out_args", "description")
]  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), JUNK), min_size=1, max_size=4))
def test_cacao_import_takes_any_damage_without_a_crash(damage):
    document = foreign()
    for path, junk in damage:
        part = document
        for key in path[:-1]:
            part = part.get(key) if isinstance(part, dict) else None
        if isinstance(part, dict):
            part[path[-1]] = copy.deepcopy(junk)
    back = imported(document)
    assert back.faults or back.playbook is not None


EXPORTED = json.loads(export_text(export_cacao(SOUND, NOW)))
STEPS = list(EXPORTED["workflow"])


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(STEPS),
    st.sampled_from(["step", "name", "action", "with", "approval", "undo", "condition", "owner"]),
    JUNK,
)
def test_cacao_import_takes_any_damage_in_our_extension_without_a_crash(step, key, junk):
    document = copy.deepcopy(EXPORTED)
    document["workflow"][step]["step_extensions"][EXTENSION][key] = junk
    back = imported(document)
    assert back.faults or back.playbook is not None


@pytest.mark.parametrize(
    "condition",
    [
        "a == 'x'",
        "facts.breach.vector in ['loss', 'theft'] and not b",
        "n >= 3 or word is known",
        "x != 'in AND b'",
    ],
)
def test_cacao_conditions_come_back_as_they_went(condition):
    assert parse_condition(
        from_cacao(to_cacao(condition)).replace("facts_", "facts.").replace("breach_", "breach.")
    ) == (parse_condition(condition))
