"""A small plan under way, and the people who may answer its questions."""

import json

import pytest

from models.database import Store
from models.incident import Incident, IncidentKey, PlaybookVersion
from models.staff import Staff
from playbooks.loader import content_hash

SMALL_PLAN = """
schema: tocsin/playbook/1
id: small-plan
version: 1.0.0
name: {en: Small plan, zh: 小预案}
description: {en: A plan for tests, zh: 测试用预案}
roles: [incident_lead, legal, data_protection_officer, executive]
variables:
  cause: {type: string}
workflow_start: start
workflow:
  start: {type: start, name: {en: Start, zh: 开始}, on_completion: assess}
  assess:
    type: action
    phase: triage
    name: {en: Assess, zh: 评估}
    action: triage.assess
    owner: incident_lead
    retry: {attempts: 2, delay: PT5S}
    on_completion: look
  look:
    type: action
    phase: learn
    name: {en: Look into it, zh: 调查}
    action: manual.task
    instructions: {en: Say why it happened., zh: 请说明原因。}
    form:
      cause: {type: string, question: {en: Why?, zh: 为何？}}
    timeout: PT1H
    owner: incident_lead
    on_completion: agree
  agree:
    type: action
    phase: report
    name: {en: Agree, zh: 批准}
    action: approval
    owner: legal
    approval:
      roles: [legal, data_protection_officer]
      needed: 2
      deputies: [executive]
      question: {en: Shall we?, zh: 是否同意？}
      what_happens: {en: A report goes out., zh: 提交报告。}
      whom_it_touches: {en: The authority., zh: 监管机构。}
      how_to_undo: {en: It can't be undone., zh: 无法撤回。}
      timeout: PT2H
      on_timeout: refuse
    on_success: ended
    on_failure: refused
  ended: {type: end, name: {en: Agreed, zh: 已批准}}
  refused: {type: end, name: {en: Refused, zh: 已拒绝}}
"""

PEOPLE = {
    "lead-1": ["incident_lead"],
    "legal-1": ["legal"],
    "dpo-1": ["data_protection_officer"],
    "exec-1": ["executive"],
    "care-1": ["customer_service"],
}


def declare(store: Store, plan: str = SMALL_PLAN, incident_id: str = "INC-2026-0001") -> str:
    """Declare an incident that runs the given plan, without a signal."""
    digest = content_hash(plan)
    with store.work() as unit:
        unit.session.add(
            PlaybookVersion(content_hash=digest, name="small-plan", text=plan, stored_at=unit.clock())
        )
        for staff_id, roles in PEOPLE.items():
            sealed = store.organisation_key.sealer.seal(
                json.dumps({"name": staff_id}).encode(), f"staff/{staff_id}"
            )
            unit.session.add(Staff(id=staff_id, roles=roles, department="test", sealed=sealed))
        unit.session.flush()
        unit.session.add(
            Incident(
                id=incident_id,
                title="A breach",
                playbook="small-plan",
                playbook_hash=digest,
                declared_at=unit.clock(),
            )
        )
        unit.session.flush()
        wrapped = store.organisation_key.new_incident_key(incident_id)
        unit.session.add(IncidentKey(incident_id=incident_id, wrapped=wrapped))
    return incident_id


@pytest.fixture
def incident_id(store: Store) -> str:
    """Give an incident that runs the small plan."""
    return declare(store)
