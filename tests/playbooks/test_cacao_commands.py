"""What an imported plan may have run by a program: approved first, once, else by a person."""

import base64
import json

import pytest

from playbooks.cacao.importing import import_cacao

START, ACTION, END, TARGET, GROUP = (
    f"{kind}--00000000-0000-4000-8000-00000000000{number}"
    for number, kind in enumerate(("start", "action", "end", "http-api", "group"))
)
PLACE = {"type": "http-api", "name": "Edge Firewall", "address": {}}
BLOCK = {"type": "http-api", "command": "POST /block HTTP/1.1", "headers": {"Accept": ["application/json"]}}


def document(*commands, target=None, **step):
    return {
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": "playbook--00000000-0000-4000-8000-000000000042",
        "name": "Block a machine",
        "created_by": "identity--00000000-0000-4000-8000-000000000099",
        "created": "2026-03-03T09:00:00.000Z",
        "modified": "2026-03-03T09:00:00.000Z",
        "workflow_start": START,
        "playbook_variables": {"__address__": {"type": "string", "value": "203.0.113.7"}},
        "agent_definitions": {GROUP: {"type": "group", "name": "Team"}},
        "target_definitions": {TARGET: target or PLACE},
        "workflow": {
            START: {"type": "start", "on_completion": ACTION},
            ACTION: {
                "type": "action",
                "name": "Block it",
                "commands": list(commands),
                "agent": GROUP,
                "targets": [TARGET],
                "on_completion": END,
                **step,
            },
            END: {"type": "end"},
        },
    }


def imported(*commands, **other):
    return import_cacao(json.dumps(document(*commands, **other)), "theirs.json")


def test_cacao_import_has_commands_planned_approved_run_once_and_looked_at():
    back = imported(BLOCK)
    workflow = back.runnable().workflow
    plan = workflow["block_it"]
    assert (plan.action, plan.inputs["connector"], plan.inputs["target"]) == (
        "containment.plan",
        "edge-firewall",
        "edge-firewall",
    )
    assert json.loads(plan.inputs["commands"]) == [{**BLOCK, "content": None}]
    path = [plan]
    while path[-1].type != "end":
        path.append(workflow[path[-1].on_success or path[-1].on_completion])
    assert [step.action for step in path[:-1]] == [
        "containment.plan",
        "approval",
        "containment.execute",
        "manual.task",
    ]
    assert {step.on_failure for step in path[:3]} == {"block_it_by_hand"}


@pytest.mark.parametrize("kind", ["http-api", "ssh", "bash", "openc2-http"])
def test_cacao_import_takes_each_kind_of_command_and_decodes_it(kind):
    coded = base64.b64encode(b"do this").decode()
    back = imported({"type": kind, "command_b64": coded})
    (command,) = json.loads(back.playbook.workflow["block_it"].inputs["commands"])
    assert (command["type"], command["command"]) == (kind, "do this")


def test_cacao_import_hands_variables_over_apart_from_the_command():
    inputs = (
        imported({"type": "ssh", "command": "block __address__:value"}).playbook.workflow["block_it"].inputs
    )
    assert inputs["values"] == ["address={{address}}"]
    assert "__address__:value" in inputs["commands"]


@pytest.mark.parametrize(
    "other",
    [
        {"commands": (BLOCK, {"type": "manual", "command": "call them"})},
        {"commands": ({"type": "sigma", "command": "x"},)},
        {"commands": ({"type": "ssh", "command": "block __nowhere__:value"},)},
        {"commands": ({"type": "ssh", "command_b64": "%%"},)},
        {"commands": (BLOCK,), "targets": [GROUP]},
        {"commands": (BLOCK,), "target": {**PLACE, "address": {"dname": ["a.example", "b.example"]}}},
    ],
    ids=["manual among them", "unknown kind", "unknown variable", "unreadable", "a person", "two places"],
)  # fmt: skip
def test_cacao_import_leaves_to_people_what_no_program_can_run(other):
    commands = other.pop("commands")
    assert imported(*commands, **other).playbook.workflow["block_it"].action == "manual.task"
