"""A containment that only a person can do: the plan asks, waits for their record, and goes on with it."""

import json

from sqlmodel import select

from models.action import Containment
from models.database import Store
from models.decision import Decision
from models.ledger import LedgerEntry
from models.playbook_run import StepRun
from response.decisions import answer
from response.leases import take
from response.plan import next_steps
from response.steps import run_step
from tests.response.conftest import declare

PLAN = """
schema: tocsin/playbook/1
id: small-plan
version: 1.0.0
name: {en: Small plan, zh: 小预案}
description: {en: A plan for tests, zh: 测试用预案}
roles: [incident_lead]
workflow_start: start
workflow:
  start: {type: start, name: {en: Start, zh: 开始}, on_completion: contain_plan}
  contain_plan:
    type: action
    phase: contain
    name: {en: Plan it, zh: 制定方案}
    action: containment.plan
    with: {connector: by-hand, capability: contain, target: branch-router}
    owner: incident_lead
    on_success: contain
  contain:
    type: action
    phase: contain
    name: {en: Do it, zh: 执行}
    action: containment.execute
    with: {plan: contain_plan}
    owner: incident_lead
    timeout: PT1H
    on_success: look
  look:
    type: action
    phase: contain
    name: {en: Look, zh: 核实}
    action: containment.verify
    with: {plan: contain_plan}
    owner: incident_lead
    on_success: undo
  undo:
    type: action
    phase: recover
    name: {en: Undo it, zh: 撤销}
    action: containment.revert
    with: {plan: contain_plan}
    owner: incident_lead
    on_success: ended
  ended: {type: end, name: {en: Ended, zh: 结束}}
"""


def run(store: Store, incident_id: str, *keys: str) -> None:
    for key in keys:
        assert [card.key for card in next_steps(store, incident_id).ready] == [key]
        run_step(store, incident_id, key, "executor-1")


def test_plan_waits_for_the_person_and_goes_on_with_their_record(store: Store) -> None:
    incident_id = declare(store, PLAN)
    assert take(store, incident_id, "executor-1")
    run(store, incident_id, "contain_plan", "contain")
    assert next_steps(store, incident_id).waiting == ("contain",)
    with store.reading() as session:
        asked = session.get(Decision, f"{incident_id}/contain")
    assert (asked.form, asked.roles) == ("containment.execute", ["incident_lead"])
    assert "branch-router" in asked.question["zh"]
    document = b"before: port 7 was up\nholds: true\n"
    answer(store, asked.id, "lead-1", "answer", document=document)
    run(store, incident_id, "look", "undo")
    answer(store, f"{incident_id}/undo", "lead-1", "answer", document=b"restored: true\n")
    assert next_steps(store, incident_id).finished
    with store.reading() as session:
        row = session.get(Containment, f"{incident_id}/contain_plan")
        entries = session.exec(select(LedgerEntry).order_by(LedgerEntry.seq)).all()
        looked = session.get(StepRun, (incident_id, "look"))
    assert (row.status, looked.values) == ("reverted", {"contained": True})
    assert [
        (each.tag, json.loads(each.document)["actor"])
        for each in entries
        if each.tag.startswith("containment:")
    ] == [
        ("containment:planned", "tocsin"),
        ("containment:claimed", "tocsin"),
        ("containment:executed", "lead-1"),
        ("containment:verified", "tocsin"),
        ("containment:reverted", "lead-1"),
    ]
