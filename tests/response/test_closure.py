"""The gate: an incident stays open while anything is, and says what."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from models.accountability import RootCause
from models.action import Containment, CorrectiveAction
from models.clock import VirtualClock
from models.database import Store
from models.errors import RefusedError
from models.incident import Incident
from models.ledger import LedgerEntry
from models.notice import Campaign
from models.people import DataSubject
from models.vocabulary import ClaimKind
from response.closure import close, close_by_hand, closure_gaps, mark_handled
from response.containing.containments import accept
from response.duties import meet, obligations_of, stands, waive
from response.facts import latest_facts
from response.incidents import locked_incident
from response.losses.claims import Demand, register_claim
from tests.support.steps import assessed, step


def gaps(store: Store, incident: Incident) -> set[tuple[str, str]]:
    with store.reading() as session:
        return {(gap.kind, gap.id) for gap in closure_gaps(session, incident.id)}


def add(store: Store, *rows: Any) -> None:
    with store.work() as unit:
        for row in rows:
            unit.session.add(row)
            unit.session.flush()


def settle_duties(store: Store, incident: Incident) -> None:
    with store.work() as unit:
        for duty in obligations_of(unit.session, incident.id):
            waive(unit, incident, duty, "legal-1", "legal", "settled for this test")


def sign_cause(store: Store, incident: Incident) -> None:
    now = store.clock()
    words = {"en": "It was open."}
    cause = RootCause(
        incident_id=incident.id,
        summary=words,
        veris={},
        whys=[words],
        factors=[{"kind": "human_error", "text": words, "evidence": []}],
        failed_control=words,
        signed_by="resp-1",
        signed_at=now,
    )
    mending = CorrectiveAction(
        id=f"{incident.id}/A1",
        incident_id=incident.id,
        title="Mend",
        kind="corrective",
        owner="lead-1",
        due_on=now.date(),
    )
    add(store, cause, mending)


def ready(store: Store) -> Incident:
    incident = assessed(store)
    settle_duties(store, incident)
    sign_cause(store, incident)
    return incident


def attempt(store: Store, incident: Incident) -> Incident:
    with store.work() as unit:
        attached = locked_incident(unit.session, incident.id)
        close(unit, step(store, attached, "close"))
    return attached


def act(incident: Incident, store: Store, status: str) -> Containment:
    return Containment(
        id=f"{incident.id}/contain_plan",
        incident_id=incident.id,
        connector="storage-access",
        capability="block_public_access",
        target="exports-7",
        plan={"effect": {"en": "Closed.", "zh": "已关闭。"}},
        status=status,
        planned_at=store.clock(),
        verified_at=store.clock(),
    )


def test_settled_incident_closes_once(store: Store, clock: VirtualClock) -> None:
    incident = ready(store)
    assert gaps(store, incident) == set()
    closed = attempt(store, incident)
    assert (closed.status, closed.closed_at) == ("closed", clock())
    clock.advance(timedelta(hours=1))
    assert attempt(store, incident).closed_at == closed.closed_at


def test_every_open_duty_is_named(store: Store) -> None:
    incident = assessed(store)
    sign_cause(store, incident)
    with store.reading() as session:
        owed = {
            ("duty", duty.id) for duty in obligations_of(session, incident.id) if duty.status != "fallen_away"
        }
    assert owed
    assert gaps(store, incident) == owed


def test_refusal_lists_what_is_open_and_leaves_the_incident_open(store: Store) -> None:
    incident = assessed(store)
    settle_duties(store, incident)
    with pytest.raises(RefusedError, match="root_cause"):
        attempt(store, incident)
    with store.reading() as session:
        assert session.get(Incident, incident.id).status == "open"


def test_late_duty_is_settled_only_with_what_met_it(store: Store, clock: VirtualClock) -> None:
    incident = ready(store)
    with store.work() as unit:
        duty = next(each for each in obligations_of(unit.session, incident.id) if each.due_at is not None)
        duty.status = "late"
        unit.session.add(duty)
    assert gaps(store, incident) == {("duty", duty.id)}
    assert stands(duty)
    clock.advance(timedelta(days=400))
    with store.work() as unit:
        again = unit.session.merge(duty)
        meet(unit, incident, again, clock(), "decision/x", "legal-1")
    assert gaps(store, incident) == set()


@pytest.mark.parametrize("status", ["executing", "executed", "verified"])
def test_act_that_stands_keeps_it_open_until_accepted(store: Store, status: str) -> None:
    incident = ready(store)
    add(store, act(incident, store, status))
    assert gaps(store, incident) == {("containment", f"{incident.id}/contain_plan")}
    accept(store, f"{incident.id}/contain_plan", by="lead-1", reason="stays closed for good")
    assert gaps(store, incident) == set()


@pytest.mark.parametrize("status", ["planned", "failed", "reverted", "accepted"])
def test_act_that_does_not_stand_keeps_nothing_open(store: Store, status: str) -> None:
    incident = ready(store)
    add(store, act(incident, store, status))
    assert gaps(store, incident) == set()


def test_campaign_and_people_without_an_end_keep_it_open(store: Store) -> None:
    incident = ready(store)
    person = DataSubject(
        incident_id=incident.id,
        number=1,
        place="DE",
        language="en",
        relation="customer",
        categories="",
        has_email=True,
        has_phone=False,
        identity=b"1",
    )
    campaign = Campaign(
        id=f"{incident.id}/N1",
        incident_id=incident.id,
        message="breach-notice",
        template_hash="-",
        facts_version=2,
        details={},
        status="sending",
        prepared_at=store.clock(),
    )
    add(store, person, campaign)
    assert gaps(store, incident) == {("notice", campaign.id), ("notice", "breach-notice")}


def test_ledger_that_does_not_verify_keeps_it_open(store: Store) -> None:
    incident = ready(store)
    (store.settings.home / "ledger" / "checkpoint").write_text("not a signed head")
    with pytest.raises(RefusedError, match="does not verify"):
        attempt(store, incident)


def test_end_of_handling_is_recorded_without_overruling_a_person(store: Store, clock: VirtualClock) -> None:
    incident = assessed(store)
    add(store, act(incident, store, "verified"))
    contained = clock()
    clock.advance(timedelta(hours=3))
    with store.work() as unit:
        attached = locked_incident(unit.session, incident.id)
        mark_handled(unit, step(store, attached, "close_handling"))
    with store.reading() as session:
        facts = latest_facts(session, session.get(Incident, incident.id))
    assert (facts.contained_at, facts.handled_at, facts.breach.ongoing) == (contained, clock(), False)
    with store.work() as unit:
        attached = locked_incident(unit.session, incident.id)
        clock.advance(timedelta(hours=1))
        mark_handled(unit, step(store, attached, "close_handling"))
        assert latest_facts(unit.session, attached).handled_at == facts.handled_at


def test_incident_closes_with_open_claims_which_the_ledger_says_who_goes_on_with(store: Store) -> None:
    incident = ready(store)
    with store.work() as unit:
        demand = Demand("My card was charged.", ClaimKind.FINANCIAL_LOSS)
        claim = register_claim(unit, incident.id, demand, "care-1")
    close_by_hand(store, incident.id, "lead-1")
    with store.reading() as session:
        query = select(LedgerEntry).where(LedgerEntry.tag == "incident:closed")
        (entry,) = session.exec(query)
    assert json.loads(entry.document)["body"]["claims_handed_over"] == [
        {"claim": claim.id, "owner": "legal-1", "due_at": "2026-04-02T03:00:00Z"}
    ]
