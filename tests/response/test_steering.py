"""A person steers a campaign: the plan's step parks while it is paused and goes on when somebody says so."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from models.clock import VirtualClock
from models.database import Store, Work
from models.decision import Answer, Decision
from models.errors import InvalidInputError, RefusedError
from models.facts_reading import facts_from
from models.incident import Incident
from models.ledger import LedgerEntry
from models.playbook_run import StepRun
from models.staff import Staff
from models.vocabulary import StepStatus
from notifications.campaign import approve_campaign, get_campaign, prepare_campaign
from notifications.channels.rehearsal.servers import running
from notifications.import_people import import_people
from notifications.texts.notice_text import NoticeDetails
from playbooks.planner import StepResult
from response import leases
from response.context import StepContext
from response.facts import record_facts
from response.incidents import locked_incident
from response.plan import next_steps
from response.steps import run_step
from response.telling.disclosure import deliver, deliver_campaign
from response.telling.parking import park_while_paused
from response.telling.steering import (
    approve_notices,
    cancel_notices,
    pause_notices,
    prepare_more,
    resume_notices,
)
from tests.response.conftest import declare
from tests.support.steps import BY_HAND, CONFIRMED, assessed, step

KEY = "deliver_notice"
GATE = "approve_notice"
STEERS, MAY_NOT = "comms-1", "audit-1"


@pytest.fixture
def delivery(store: Store, tmp_path: Path) -> StepContext:
    """Give the step that delivers an approved campaign, begun by its executor."""
    incident = assessed(store)
    people = tmp_path / "people.csv"
    people.write_text("id,email,place\n" + "".join(f"{n},p{n}@mail.example,DE\n" for n in range(5)))
    import_people(store, incident.id, people)
    said = NoticeDetails("Example Bank", incident.id, "help@bank.example")
    with store.work() as unit:
        campaign_id = prepare_campaign(unit, incident, "breach-notice", said).id
        approve_campaign(unit, campaign_id, ("comms-1", "dpo-1"))
        row = StepRun(incident_id=incident.id, step=KEY, phase="notify", action="notice.deliver", status="running",
                      executor="executor-1", started_at=unit.clock())  # fmt: skip
        unit.session.add(row)
    prepared = StepResult("done", values={"campaign": campaign_id})
    context = step(store, incident, KEY, {"campaign": "prepare"})
    return StepContext(**{**vars(context), "results": {"prepare": prepared}})


def campaign_id(context: StepContext) -> str:
    return f"{context.incident.id}/N1"


def status(context: StepContext) -> str:
    with context.store.reading() as session:
        return session.get_one(StepRun, (context.incident.id, KEY)).status


def steer(context: StepContext, act, *more: str) -> None:  # type: ignore[no-untyped-def]
    with context.store.work() as unit:
        act(unit, campaign_id(context), STEERS, *more)


def test_step_of_a_paused_campaign_parks_and_resuming_lets_it_run(delivery: StepContext) -> None:
    steer(delivery, pause_notices, "the wording is checked")
    outcome = deliver(delivery)
    assert (outcome.parked, outcome.more, status(delivery)) == (True, True, StepStatus.WAITING)
    steer(delivery, resume_notices)
    assert status(delivery) == StepStatus.RUNNING
    with running(delivery.store.settings.home) as servers:
        delivery.store.settings.rehearsal_smtp_port = servers.smtp_port
        done = deliver(delivery)
    assert (done.more, done.values) == (False, {"delivered": 5, "undelivered": 0})


def test_campaign_resumed_while_its_step_parks_is_not_left_waiting(delivery: StepContext) -> None:
    steer(delivery, pause_notices, "the wording is checked")
    steer(delivery, resume_notices)
    assert not park_while_paused(delivery, campaign_id(delivery))
    assert status(delivery) == StepStatus.RUNNING


def test_cancelling_is_final_and_keeps_reason_and_person(delivery: StepContext) -> None:
    steer(delivery, pause_notices, "the list is wrong")
    deliver(delivery)
    steer(delivery, cancel_notices, "the list was wrong")
    assert status(delivery) == StepStatus.RUNNING
    assert deliver(delivery).values == {"delivered": 0, "undelivered": 5}
    for act, more in ((resume_notices, ()), (cancel_notices, ("again",)), (pause_notices, ("again",))):
        with pytest.raises(RefusedError):
            steer(delivery, act, *more)
    with delivery.store.reading() as session:
        [document] = session.exec(select(LedgerEntry.document).where(LedgerEntry.tag == "campaign:cancelled"))
        kept = get_campaign(session, campaign_id(delivery))
    assert (json.loads(document)["actor"], kept.stopped_because) == (STEERS, "the list was wrong")


def test_steering_takes_a_reason_and_a_role(delivery: StepContext) -> None:
    with pytest.raises(InvalidInputError, match="reason"):
        steer(delivery, pause_notices, " ")
    with delivery.store.work() as unit, pytest.raises(RefusedError, match="may not"):
        pause_notices(unit, campaign_id(delivery), MAY_NOT, "because")


def approve_at_gate(unit: Work, incident: Incident, people: Sequence[str]) -> None:
    """Approve at the plan's gate before it tells people."""
    gate = f"{incident.id}/{GATE}"
    unit.session.add(
        Decision(id=gate, incident_id=incident.id, step=GATE, kind="approval", question={}, roles=[], status="approved",
                 requested_by="tocsin", asked_at=unit.clock())
    )  # fmt: skip
    unit.session.flush()
    for who in people:
        said = Answer(
            decision_id=gate, staff_id=who, role="legal", verdict="approve", answered_at=unit.clock()
        )
        unit.session.add(said)


def test_people_whom_a_cancelled_campaign_left_untold_are_told_by_another(delivery: StepContext) -> None:
    steer(delivery, cancel_notices, "the wording was wrong")
    store, incident_id = delivery.store, delivery.incident.id
    with store.work() as unit:
        more = prepare_more(unit, incident_id, STEERS, "breach-notice").id
    for who, status_after in (("dpo-1", "prepared"), ("exec-1", "approved")):
        with store.work() as unit:
            assert approve_notices(unit, more, who).status == status_after
    with running(store.settings.home) as servers:
        store.settings.rehearsal_smtp_port = servers.smtp_port
        assert deliver_campaign(store, more).values == {"delivered": 5, "undelivered": 0}
    with store.reading() as session:
        kept = get_campaign(session, more)
    assert (kept.requested_by, kept.approved_by) == (STEERS, ["dpo-1", "exec-1"])


def test_notice_bears_the_day_of_the_organisation_on_which_it_was_approved(
    delivery: StepContext, clock: VirtualClock
) -> None:
    steer(delivery, cancel_notices, "the wording was wrong")
    clock.advance(timedelta(hours=14))  # 17:00 in UTC, one in the morning of the next day in Shanghai
    with delivery.store.work() as unit:
        more = prepare_more(unit, delivery.incident.id, STEERS, "breach-notice").id
        for who in ("dpo-1", "exec-1"):
            approved = approve_notices(unit, more, who)
        assert approved.details["dated_on"] == "2026-03-04"


def test_plans_own_notice_bears_the_day_of_the_organisation_too(
    delivery: StepContext, clock: VirtualClock
) -> None:
    steer(delivery, cancel_notices, "the wording was wrong")
    clock.advance(timedelta(hours=14))
    store, incident = delivery.store, delivery.incident
    with store.work() as unit:
        more = prepare_more(unit, incident.id, STEERS, "breach-notice").id
        approve_at_gate(unit, incident, ("dpo-1", "legal-1"))
    results = {"prepare_notice": StepResult("done", values={"campaign": more}), GATE: StepResult("done")}
    inputs = {"campaign": "prepare_notice"}
    with running(store.settings.home) as servers:
        store.settings.rehearsal_smtp_port = servers.smtp_port
        deliver(StepContext(**{**vars(delivery), "inputs": inputs, "results": results}))
    with store.reading() as session:
        assert get_campaign(session, more).details["dated_on"] == "2026-03-04"


def test_second_campaign_takes_two_others_and_the_plans_own_gate_is_kept(delivery: StepContext) -> None:
    steer(delivery, cancel_notices, "the wording was wrong")
    store = delivery.store
    with store.work() as unit:
        more = prepare_more(unit, delivery.incident.id, STEERS, "breach-notice").id
    with store.work() as unit:
        approve_notices(unit, more, "dpo-1")
    for who in (STEERS, "dpo-1", "care-1"):  # who asked, who approved already, who may not
        with store.work() as unit, pytest.raises(RefusedError):
            approve_notices(unit, more, who)
    with store.work() as unit:
        unit.session.get_one(StepRun, (delivery.incident.id, KEY)).values = {"campaign": more}
    with store.work() as unit, pytest.raises(RefusedError, match="plan asks"):
        approve_notices(unit, more, "exec-1")


TELLING_PLAN = """
schema: tocsin/playbook/1
id: small-plan
version: 1.0.0
name: {en: Tell people, zh: 告知个人}
description: {en: A plan for tests, zh: 测试用预案}
roles: [communications]
workflow_start: start
workflow:
  start: {type: start, name: {en: Start, zh: 开始}, on_completion: prepare}
  prepare:
    type: action
    phase: notify
    name: {en: Prepare, zh: 准备}
    action: notice.prepare
    with: {message: breach-notice}
    owner: communications
    on_completion: deliver
  deliver:
    type: action
    phase: notify
    name: {en: Tell, zh: 告知}
    action: notice.deliver
    with: {campaign: prepare}
    owner: communications
    on_completion: ended
  ended: {type: end, name: {en: Told, zh: 已告知}}
"""


def test_plan_of_a_paused_campaign_waits_and_is_ready_once_it_is_resumed(
    store: Store, tmp_path: Path
) -> None:
    incident_id = declare(store, TELLING_PLAN)
    with store.work() as unit:
        incident = locked_incident(unit.session, incident_id)
        record_facts(unit, incident, facts_from(CONFIRMED), "lead-1", "incident_lead")
        sealed = store.organisation_key.sealer.seal(b'{"name": "x"}', f"staff/{STEERS}")
        unit.session.add(Staff(id=STEERS, roles=["communications"], department="test", sealed=sealed))
    store.settings.home.joinpath("organisation.yaml").write_text(BY_HAND, encoding="utf-8")
    people = tmp_path / "people.csv"
    people.write_text("id,email,place\n1,a@mail.example,DE\n")
    import_people(store, incident_id, people)
    assert leases.take(store, incident_id, "executor-1")
    run_step(store, incident_id, "prepare", "executor-1")
    with store.work() as unit:
        approve_campaign(unit, f"{incident_id}/N1", ("comms-2", "dpo-1"))
        pause_notices(unit, f"{incident_id}/N1", STEERS, "the wording is checked")
    assert run_step(store, incident_id, "deliver", "executor-1").parked
    view = next_steps(store, incident_id)
    assert (view.ready, view.waiting, view.finished) == ((), ("deliver",), False)
    with store.work() as unit:
        resume_notices(unit, f"{incident_id}/N1", STEERS)
    assert [card.key for card in next_steps(store, incident_id).ready] == ["deliver"]
    with running(store.settings.home) as servers:
        store.settings.rehearsal_smtp_port = servers.smtp_port
        run_step(store, incident_id, "deliver", "executor-1")
    assert next_steps(store, incident_id).finished
