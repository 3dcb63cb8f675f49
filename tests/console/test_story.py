"""The story of a response: each entry told once, reports by the dozen as one line, duties after triage."""

from datetime import timedelta

import pytest

from console.story import Storyteller
from models.clock import VirtualClock
from models.database import Store
from models.obligation import Obligation
from tests.response.conftest import declare


@pytest.fixture
def incident_id(store: Store) -> str:
    return declare(store)


def filing(store: Store, incident_id: str, tag: str, *rules: str) -> None:
    with store.work() as unit:
        for rule in rules:
            body = {"filing": f"{incident_id}/{rule}/1", "missing": 1}
            unit.record(tag, actor="legal-1", role="legal", incident_id=incident_id, body=body)


def told(store: Store, incident_id: str, times: int = 1) -> list[str]:
    lines: list[str] = []
    teller = Storyteller(incident_id, lines.append)
    for _ in range(times):
        with store.reading() as session:
            teller.follow(session)
    return lines


def test_each_entry_is_told_once(store: Store, incident_id: str) -> None:
    with store.work() as unit:
        unit.record("incident:closed", actor="tocsin", role="incident_lead", incident_id=incident_id)
    assert told(store, incident_id, times=3) == ["03:00:00  Incident closed by the closure gate."]


def test_reports_are_told_as_one(store: Store, incident_id: str) -> None:
    filing(store, incident_id, "filing:drafted", "gdpr-33", "pipl-57")
    assert told(store, incident_id) == [
        "03:00:00  Drafted 2 reports to authorities, 2 answers still missing: gdpr-33, pipl-57."
    ]


def test_reports_are_told_as_one_though_their_duties_close_between_them(
    store: Store, incident_id: str
) -> None:
    for rule, receipt in (("gdpr-33", True), ("pipl-57", False)):
        with store.work() as unit:
            body = {"filing": f"{incident_id}/{rule}/1", "has_receipt": receipt}
            unit.record("filing:submitted", actor="legal-1", role="legal", incident_id=incident_id, body=body)
            unit.record("obligation:met", actor="legal-1", role="legal", incident_id=incident_id)
    assert told(store, incident_id, times=2) == [
        "03:00:00  Submitted 2 reports, 1 with a receipt, released by legal-1: gdpr-33, pipl-57."
    ]


def test_counts_by_kind_are_told_in_words_largest_first(store: Store, incident_id: str) -> None:
    with store.work() as unit:
        body = {"people": {"no_address": 7, "sent": 1957}}
        unit.record("campaign:done", actor="flow", role="communications", incident_id=incident_id, body=body)
    assert told(store, incident_id) == [
        "03:00:00  Everybody who can be reached was told: 1957 sent, 7 no address."
    ]


def test_other_incidents_are_not_told(store: Store, incident_id: str) -> None:
    with store.work() as unit:
        unit.record("incident:closed", actor="tocsin", role="incident_lead", incident_id="INC-2026-0099")
    assert told(store, incident_id) == []


def test_triage_is_followed_by_the_certain_duties_soonest_first(
    store: Store, incident_id: str, clock: VirtualClock
) -> None:
    with store.work() as unit:
        for rule, hours, answer in (("late", 72, "due"), ("soon", 4, "due"), ("perhaps", 1, "depends")):
            unit.session.add(
                Obligation(
                    id=f"{incident_id}/{rule}",
                    incident_id=incident_id,
                    rule=rule,
                    rule_hash="0",
                    jurisdiction="EU",
                    stage="initial",
                    recipient="the authority",
                    citation="Art. 1",
                    verified=True,
                    status="open",
                    answer=answer,
                    due_at=clock() + timedelta(hours=hours),
                    facts_version=1,
                )
            )
        unit.record("triage:assessed", actor="tocsin", role="responder", incident_id=incident_id)
    assert told(store, incident_id)[1:] == [
        "          due 2026-03-03 07:00Z  soon: the authority",
        "          due 2026-03-06 03:00Z  late: the authority",
        "          and 1 more that may apply, each with what would settle it",
    ]
