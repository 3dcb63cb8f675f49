"""A stage for the engine: a plan with every kind of step, and actions that only count what they did.

Flow processes of a staged home are forked by this module (`python -m tests.support.stage`), which puts the
counting actions in place of the real ones: engine, records, leases and questions are the real ones.
"""

import json
import os
import time

from sqlmodel import select

from models.database import Store, Work
from models.incident import Incident, IncidentKey, Lease, PlaybookVersion, SequenceNumber
from models.playbook_run import StepRun
from models.staff import Staff
from playbooks.loader import content_hash
from response import actions
from response.context import StepContext, StepOutcome
from response.decisions import answer
from response.questions import open_decisions

BATCHES = 4
LOCAL = ("record", "assess", "contain_plan", "prepare", "handled", "compiled", "close")
OUTSIDE = ("contain_execute", "contain_verify", "deliver", "report")
TITLE = "Export found open, told by wang.xiaoming@bank.example 13800138000"

PLAN = """
schema: tocsin/playbook/1
id: staged
version: 1.0.0
name: {en: Staged, zh: 演示}
description: {en: A plan for tests of the engine, zh: 引擎测试用预案}
roles: [responder, incident_lead, legal]
workflow_start: start
workflow:
  start: {type: start, name: {en: Start, zh: 开始}, on_completion: record}
  record: {type: action, phase: detect, name: {en: Record what is known, zh: 记录}, action: detection.record,
    owner: responder, on_completion: first}
  first: {type: parallel, phase: triage, name: {en: Side by side, zh: 并行}, next_steps: [assess, contain_plan],
    on_completion: look}
  assess: {type: action, phase: triage, name: {en: Assess, zh: 评估}, action: triage.assess, owner: responder,
    on_completion: assessed}
  assessed: {type: end, name: {en: Assessed, zh: 已评估}}
  contain_plan: {type: action, phase: contain, name: {en: Plan to close it, zh: 制定方案}, action: containment.plan,
    with: {connector: storage-access, capability: block_public_access, target: bucket}, owner: responder,
    on_completion: contain_execute}
  contain_execute: {type: action, phase: contain, name: {en: Close it, zh: 关闭}, action: containment.execute,
    with: {plan: contain_plan}, owner: responder, on_completion: contain_verify}
  contain_verify: {type: action, phase: contain, name: {en: See that it is closed, zh: 核实},
    action: containment.verify, with: {plan: contain_plan}, owner: responder, on_completion: contained_end}
  contained_end: {type: end, name: {en: Contained, zh: 已遏制}}
  look: {type: action, phase: learn, name: {en: Look into it, zh: 调查}, action: manual.task,
    instructions: {en: Say that you looked., zh: 请确认。}, owner: incident_lead, on_completion: prepare}
  prepare: {type: action, phase: notify, name: {en: Prepare notices, zh: 准备通知}, action: notice.prepare,
    with: {message: breach}, owner: responder, on_completion: agree}
  agree:
    type: action
    phase: notify
    name: {en: Agree to tell people, zh: 批准}
    action: approval
    owner: legal
    approval:
      roles: [legal]
      needed: 1
      deputies: []
      question: {en: "Shall we tell them?", zh: 是否通知？}
      what_happens: {en: Notices go out., zh: 发出通知。}
      whom_it_touches: {en: Customers., zh: 客户。}
      how_to_undo: {en: Not at all., zh: 无法撤回。}
      timeout: PT2H
      on_timeout: refuse
    on_success: deliver
    on_failure: refused
  refused: {type: end, name: {en: Refused, zh: 已拒绝}}
  deliver: {type: action, phase: notify, name: {en: Tell people, zh: 通知}, action: notice.deliver,
    with: {campaign: prepare}, owner: responder, on_completion: handled}
  handled: {type: action, phase: recover, name: {en: Mark as handled, zh: 标记}, action: closure.handled,
    owner: responder, on_completion: compiled}
  compiled: {type: action, phase: account, name: {en: Who did what, zh: 问责}, action: accountability.compile,
    owner: responder, on_completion: report}
  report: {type: action, phase: account, name: {en: Write the report, zh: 报告}, action: report.compile,
    owner: responder, on_completion: close}
  close: {type: action, phase: account, name: {en: Close, zh: 结案}, action: closure.close, owner: responder,
    on_completion: ended}
  ended: {type: end, name: {en: Closed, zh: 已结案}}
"""


def declare_staged(
    store: Store, incident_id: str, *, drill: bool = False, plan: str = PLAN, status: str = "open"
) -> str:
    """Declare an incident that runs the staged plan; its title carries what must never reach the engine."""
    digest = content_hash(plan)
    with store.work() as unit:
        if unit.session.get(PlaybookVersion, digest) is None:
            unit.session.add(
                PlaybookVersion(content_hash=digest, name="staged", text=plan, stored_at=unit.clock())
            )
        for staff_id, role in (("lead-1", "incident_lead"), ("legal-1", "legal")):
            if unit.session.get(Staff, staff_id) is None:
                sealed = store.organisation_key.sealer.seal(
                    json.dumps({"name": staff_id}).encode(), f"staff/{staff_id}"
                )
                unit.session.add(Staff(id=staff_id, roles=[role], department="test", sealed=sealed))
            unit.session.flush()
        unit.session.add(
            Incident(
                id=incident_id,
                title=TITLE,
                drill=drill,
                status=status,
                playbook="staged",
                playbook_hash=digest,
                declared_at=unit.clock(),
            )
        )
        unit.session.flush()
        wrapped = store.organisation_key.new_incident_key(incident_id)
        unit.session.add(IncidentKey(incident_id=incident_id, wrapped=wrapped))
    return incident_id


def answer_open(store: Store, incident_id: str) -> int:
    """Answer whatever is asked; gives how many questions that were."""
    with store.reading() as session:
        questions = open_decisions(session, incident_id)
    for question in questions:
        by, verdict, form = (
            ("lead-1", "answer", b"{}") if question.kind == "manual" else ("legal-1", "approve", None)
        )
        answer(store, question.id, by, verdict, document=form)
    return len(questions)


def found(store: Store, incident_id: str) -> Incident:
    """Give the incident's row."""
    with store.reading() as session:
        return session.get_one(Incident, incident_id)


def lease_of(store: Store, incident_id: str) -> Lease | None:
    """Give the incident's lease."""
    with store.reading() as session:
        return session.get(Lease, incident_id)


def is_closed(store: Store, incident_id: str) -> bool:
    """Tell whether the plan has come to its end."""
    return found(store, incident_id).status == "closed"


def effects(store: Store, incident_id: str) -> dict[str, int]:
    """Count what each step's action did, by step; a delivery counts each batch."""
    prefix = f"effect/{incident_id}/"
    with store.reading() as session:
        rows = session.exec(select(SequenceNumber)).all()
    inside = {row.series.removeprefix(prefix): row.last for row in rows if row.series.startswith(prefix)}
    outside = [path.read_text() for path in (store.settings.home / "world" / incident_id).glob("*")]
    return inside | {key: outside.count(key) for key in set(outside)}


def local(unit: Work, context: StepContext) -> StepOutcome:
    """Count in our own records, slowly enough to be killed in the middle."""
    series = f"effect/{context.incident.id}/{context.key}"
    row = unit.session.get(SequenceNumber, series) or SequenceNumber(series=series)
    row.last += 1
    unit.session.add(row)
    unit.session.flush()
    time.sleep(_delay())
    if context.step.action == "closure.close":
        context.incident.status, context.incident.closed_at = "closed", unit.clock()
        unit.session.add(context.incident)
    return StepOutcome(values={"severity": "high"})


def outside(context: StepContext) -> StepOutcome:
    """Leave one mark in the world, claimed first, as an action that repeats nothing does."""
    with context.store.reading() as session:
        done = session.get_one(StepRun, (context.incident.id, context.key)).batches
    world = context.store.settings.home / "world" / context.incident.id
    world.mkdir(parents=True, exist_ok=True)
    mark = world / f"{context.key}.{done}"
    time.sleep(_delay())
    if not mark.exists():
        draft = mark.with_name(f".{mark.name}.{os.getpid()}")
        draft.write_text(context.key)
        draft.rename(mark)
    time.sleep(_delay())
    if context.step.action != "notice.deliver":
        return StepOutcome(values={"contained": True})
    return StepOutcome(values={"delivered": done + 1}, more=done + 1 < BATCHES, progress=(done + 1) / BATCHES)


def _delay() -> float:
    return float(os.environ.get("TOCSIN_STAGE_SECONDS", "0.05"))


def set_stage() -> None:
    """Put the counting actions in place of the real ones, in this process."""
    for name in actions.LOCAL:
        actions.LOCAL[name] = local
    for name in actions.OUTSIDE:
        actions.OUTSIDE[name] = outside


if __name__ == "__main__":
    from flows.warm import main

    set_stage()
    main()
