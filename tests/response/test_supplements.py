"""Newer facts against older reports and notices: what now reads differently is named, once a version."""

import json
from typing import Any

import pytest
from sqlmodel import select

from models.database import Store
from models.errors import RefusedError
from models.facts_reading import facts_from
from models.filing import Filing
from models.incident import FactsVersion, Incident
from models.ledger import LedgerEntry
from models.notice import Campaign
from models.obligation import Obligation
from response.authorities.filings import approve_filing, file_one, submit_filing
from response.authority_reporting import draft_filings
from response.facts import latest_facts, record_facts
from response.incidents import locked_incident
from response.supplements import Supplement, supplements_needed
from response.triage import reassess
from tests.support.filings import acting, approve, draft, duty_of, filing_of, submit
from tests.support.steps import CONFIRMED, assessed

GDPR = "eu-gdpr-33-authority"
US_BANK = "us-bank-36h"
PHASES = "eu-gdpr-33-4-phases"


def learn(store: Store, incident: Incident, **changed: Any) -> None:
    """Record facts as confirmed, with some changed, beside what was filed."""
    with store.work() as unit:
        attached = locked_incident(unit.session, incident.id)
        newest = unit.session.get_one(FactsVersion, (incident.id, attached.facts_version)).document
        merged = {
            key: {**newest.get(key, {}), **part} if isinstance(part, dict) else part
            for key, part in changed.items()
        }
        facts = facts_from({**newest, **merged})
        record_facts(unit, attached, facts, "lead-1", "incident_lead")
        unit.session.flush()
        reassess(unit, attached, "lead-1")


def reported(store: Store, *establishments: str) -> Incident:
    organisation = {**CONFIRMED["organisation"], "establishments": ["CN", "DE", *establishments]}
    incident = assessed(store, organisation=organisation)
    draft(store, incident)
    approve(store, incident)
    submit(store, incident)
    return incident


def needed(store: Store, incident: Incident) -> dict[str, Supplement]:
    with store.reading() as session:
        return {each.id: each for each in supplements_needed(session, incident.id)}


def entries(store: Store, tag: str) -> list[dict[str, Any]]:
    with store.reading() as session:
        rows = session.exec(select(LedgerEntry).where(LedgerEntry.tag == tag).order_by(LedgerEntry.seq))
        return [json.loads(row.document)["body"] for row in rows]


def test_report_is_overtaken_by_the_facts_it_said_and_by_no_others(store: Store) -> None:
    incident = reported(store)
    assert needed(store, incident) == {}
    learn(store, incident, people={"total": {"value": 9000}}, breach={"outage_minutes": 5})
    filing = filing_of(store, incident, GDPR)
    found = needed(store, incident)[filing.id]
    assert found.kind == "filing"
    assert found.made_from == filing.facts_version < found.now
    assert "people.total" in found.changed_facts
    assert "breach.outage_minutes" not in found.changed_facts


def drafted_at_second_round(store: Store, incident: Incident) -> set[str]:
    asked = {"stages": ["initial", "interim"], "supplements": True}
    acting(store, incident, draft_filings, "draft_initial", **asked)
    with store.reading() as session:
        drafts = session.exec(select(Filing).where(Filing.status == "draft"))
        return {filing.obligation_id.removeprefix(f"{incident.id}/") for filing in drafts}


def test_second_round_drafts_new_duties_and_supplements_what_the_new_facts_overtake(store: Store) -> None:
    incident = reported(store)
    assert US_BANK not in drafted_at_second_round(store, incident)
    learn(store, incident, people={"total": {"value": 9000}})
    learn(store, incident, organisation={"establishments": ["CN", "DE", "US-NY"]})
    second = drafted_at_second_round(store, incident)
    assert {US_BANK, f"{GDPR}#supplement"} <= second
    assert drafted_at_second_round(store, incident) == second


def test_course_of_events_is_left_to_the_next_report_while_one_is_coming(store: Store) -> None:
    incident = reported(store)
    filing = filing_of(store, incident, GDPR)
    learn(store, incident, contained_at="2026-03-04T12:00:00Z", handled_at="2026-03-09T12:00:00Z")
    assert duty_of(store, incident, PHASES).status == "open"
    assert filing.id not in needed(store, incident)

    with store.work() as unit:
        unit.session.get_one(Obligation, f"{incident.id}/{PHASES}").status = "waived"
    # field 44 of the template, required at once, tells a span that has ended; that all is handled it never tells
    assert needed(store, incident)[filing.id].changed_facts == ("contained_at",)


def test_first_report_is_overtaken_by_nothing_once_the_next_one_is_out(store: Store) -> None:
    incident = reported(store)
    learn(store, incident, people={"total": {"value": 9000}})
    next_ = file_one(store, f"{incident.id}/{PHASES}", "legal-1").id
    approve_filing(store, next_, "legal-1")
    learn(store, incident, breach={"vector": "hacking"})
    found = needed(store, incident)
    assert filing_of(store, incident, GDPR).id not in found
    assert found[next_].changed_facts == ("breach.vector",)


def test_draft_needs_no_supplement(store: Store) -> None:
    incident = assessed(store)
    draft(store, incident)
    learn(store, incident, people={"total": {"value": 9000}})
    assert needed(store, incident) == {}


def test_what_was_reported_since_overtakes_no_report(store: Store) -> None:
    incident = reported(store)
    with store.reading() as session:
        made = {row.facts_version for row in session.exec(select(Filing).where(Filing.status == "submitted"))}
        newest = session.get_one(Incident, incident.id).facts_version
    assert max(made) < newest  # submitting noted itself in the facts
    assert needed(store, incident) == {}


def test_facts_that_leave_out_the_reports_made_do_not_undo_them(store: Store) -> None:
    incident = reported(store)
    with store.work() as unit:
        attached = locked_incident(unit.session, incident.id)
        record_facts(unit, attached, facts_from(CONFIRMED), "lead-1", "incident_lead")
        unit.session.flush()
        assert latest_facts(unit.session, attached).filed[GDPR] is not None
        reassess(unit, attached, "lead-1")
    assert duty_of(store, incident, PHASES).status == "open"


def test_overtaken_report_is_entered_once_a_version(store: Store) -> None:
    incident = reported(store)
    learn(store, incident, data={"categories": ["name", "national_id", "account_number", "health"]})
    first = entries(store, "filing:outdated")
    assert any(GDPR in body["filing"] and "data.categories" in body["changed_facts"] for body in first)
    learn(store, incident)
    assert entries(store, "filing:outdated") == first
    learn(store, incident, people={"total": {"value": 9000}})
    assert len(entries(store, "filing:outdated")) > len(first)


def test_notice_is_overtaken_by_what_it_says(store: Store) -> None:
    incident = assessed(store)
    with store.work() as unit:
        campaign = Campaign(
            id=f"{incident.id}/N1",
            incident_id=incident.id,
            message="breach",
            template_hash="0",
            facts_version=1,
            details={},
            status="done",
            prepared_at=unit.clock(),
        )
        unit.session.add(campaign)
    with store.reading() as session:
        made = session.get_one(Incident, incident.id).facts_version
    with store.work() as unit:
        unit.session.get_one(Campaign, campaign.id).facts_version = made
    learn(store, incident, people={"total": {"value": 9000}})
    assert needed(store, incident) == {}
    learn(store, incident, breach={"vector": "hacking"})
    assert needed(store, incident)[campaign.id].changed_facts == ("breach.vector",)
    assert entries(store, "campaign:outdated") == [
        {"campaign": campaign.id, "made_from": made, "changed_facts": ["breach.vector"]}
    ]


def test_what_is_not_required_is_on_record_with_its_reasons(store: Store) -> None:
    incident = assessed(store)
    [body] = entries(store, "obligation:not_required")[-1:]
    with store.reading() as session:
        attached = session.get_one(Incident, incident.id)
        kept = session.get_one(FactsVersion, (incident.id, attached.facts_version)).triage["not_required"]
    assert body["rules"] == len(kept) > 100
    assert kept["us-ca-breach"].startswith("Does not apply: ")
    assert GDPR not in kept
    assert {len(body["sha256"]), len(body["law_sha256"])} == {64}
    assert CONFIRMED["title"] not in json.dumps(body)


def test_overtaken_report_is_put_right_by_a_supplement(store: Store) -> None:
    incident = reported(store, "US-NY")
    first = filing_of(store, incident, US_BANK)
    with pytest.raises(RefusedError, match="No report is owed"):
        file_one(store, first.obligation_id, "legal-1")
    learn(store, incident, breach={"vector": "hacking"}, people={"total": {"value": 9000}})
    assert first.id in needed(store, incident)
    supplement = file_one(store, first.obligation_id, "legal-1")
    assert (supplement.obligation_id, supplement.stage) == (f"{first.obligation_id}#supplement", "interim")
    assert file_one(store, first.obligation_id, "legal-1").id == supplement.id
    approve_filing(store, supplement.id, "legal-1")
    submit_filing(store, supplement.id, "legal-1")
    assert not {first.id, supplement.id} & needed(store, incident).keys()
    with pytest.raises(RefusedError, match="No report is owed"):
        file_one(store, first.obligation_id, "legal-1")
    learn(store, incident, breach={"vector": "phishing"})
    assert file_one(store, first.obligation_id, "legal-1").obligation_id.endswith("#supplement-2")
