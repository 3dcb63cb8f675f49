"""What people wrote: sealed at rest, and after erasure no file of the home names an affected person."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import JSON, Text
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from models.accountability import ConductFinding, RootCause
from models.action import Containment, CorrectiveAction
from models.call import Call
from models.clock import VirtualClock
from models.columns import SealedWords
from models.database import Store
from models.decision import Answer, Decision
from models.facts import Facts
from models.filing import Filing
from models.incident import FactsVersion, Incident
from models.ledger_audit import audit_home
from models.notice import Campaign
from models.obligation import Obligation
from models.playbook_run import StepRun
from models.signal import Signal
from models.tables import metadata
from models.vocabulary import IncidentStatus
from notifications.import_people import import_people
from notifications.sealed_person import Contact
from response.erasing.erasure import erase_incident
from response.erasing.words import DOCUMENTS, EMPTIED_WORDS, ERASED, PROSE, _after, _blanking
from response.facts import record_facts
from response.monthly import monthly
from response.reporting import write_reports
from tests.response.test_erasure import is_of_an_incident
from tests.support.traces import traces

ID = "INC-2026-0001"
PEOPLE = """name,email,phone,place,language
Anna Lind,anna.lind@mail.example,+4915112345678,DE,en
李小龙,li@mail.example,+8613800138000,CN,zh
"""
MARK = "Anna Lind said so"  # in every free text
TRACES = ("Anna Lind", "anna lind", "anna.lind@mail.example", "李小龙", "15112345678")
FACTS = {"title": f"{MARK}: 李小龙", "organisation": {"country": "DE", "establishments": ["DE"]}}


@pytest.fixture
def told(store: Store, clock: VirtualClock, incident_id: str) -> Store:
    """Write an affected person's name into every free text that the response keeps."""
    listed = store.settings.home / "inbox" / "people.csv"
    listed.write_text(PEOPLE)
    import_people(store, incident_id, listed)
    with store.work() as unit:
        incident = unit.session.get_one(Incident, incident_id)
        record_facts(unit, incident, Facts.model_validate(FACTS), "lead-1", "incident_lead")
        for row in rows_with(MARK, unit.clock()):
            unit.session.add(row)
            unit.session.flush()
    write_reports(store, incident_id)
    clock.advance(timedelta(days=31))
    monthly(store)
    return store


def rows_with(mark: str, at: Any) -> list[SQLModel]:
    both = {"en": mark, "zh": mark}
    duty = {"incident_id": ID, "rule": "r", "rule_hash": "0", "jurisdiction": "DE", "stage": "initial"}
    return [
        Decision(id=f"{ID}/ask", incident_id=ID, step="ask", kind="approval", question=both, detail=both,
                 roles=["legal"], requested_by="lead-1", asked_at=at, status="approved", decided_at=at),
        Answer(decision_id=f"{ID}/ask", staff_id="legal-1", role="legal", verdict="approve", reason=mark,
               answered_at=at),
        StepRun(incident_id=ID, step="ask", phase="triage", status="failed", started_at=at, finished_at=at,
                values=both, fault=mark),
        Obligation(id=f"{ID}/r", **duty, recipient="x", citation="c", verified=False, status="waived",
                   answer="due", facts_version=1, because=mark, decided_by="lead-1", reason=mark, detail=both,
                   met_by=mark),
        Filing(id=f"{ID}/r/1", incident_id=ID, obligation_id=f"{ID}/r", rule="r", form="f", stage="initial",
               authority="a", language="en", facts_version=1, content={"told": [mark]}, content_hash="0",
               drafted_at=at, receipt_number=mark),
        Campaign(id=f"{ID}/N1", incident_id=ID, message="breach", template_hash="0", facts_version=1,
                 details=both, forecast=both, status="cancelled", prepared_at=at, stopped_because=mark),
        Containment(id=f"{ID}/c", incident_id=ID, connector="x", capability="block", target=mark, plan=both,
                    by_hand=both, status="accepted", planned_at=at, reason=mark, accepted_by="lead-1"),
        RootCause(incident_id=ID, summary=both, veris={"action": ["error"]}, whys=[both],
                  factors=[{"kind": "human_error", "text": both, "evidence": [mark]}], failed_control=both,
                  signed_by="lead-1", signed_at=at),
        CorrectiveAction(id=f"{ID}/A1", incident_id=ID, title=mark, kind="corrective", owner="lead-1",
                         due_on=date(2026, 4, 1), evidence=f"{mark}, +1 212 555 0123, x@y.example"),
        ConductFinding(id=f"{ID}/F1", incident_id=ID, staff_id="legal-1", duty=mark, consequence="none",
                       decided_by="lead-1", decided_at=at, sealed=b""),
        Signal(id="SIG-1", form="unknown", dedup_key="1", received_at=at, told_by="customer", title=mark,
               named={"file": mark}, payload=b"", payload_sha256="0", incident_id=ID),
        Call(incident_id=ID, staff_id="lead-1", kind="alarm", about="x", detail={"why": mark}, channel="email",
             queued_at=at, next_at=at),
    ]  # fmt: skip


def past(store: Store, clock: VirtualClock) -> None:
    with store.work() as unit:
        incident = unit.session.get_one(Incident, ID)
        incident.status, incident.closed_at = IncidentStatus.CLOSED, unit.clock()
        unit.session.add(incident)
    clock.advance(timedelta(days=1096))


def test_after_erasure_no_file_of_the_home_names_an_affected_person(told: Store, clock: VirtualClock) -> None:
    home = told.settings.home
    before = traces(home, TRACES)
    reports = {f"reports/{ID}/incident-report.{form}" for form in ("en.html", "zh.html", "json")}
    months = {f"reports/monthly/2026-03.{form}" for form in ("en.html", "zh.html", "json")}
    assert before >= {*reports, *months, "inbox/people.csv"}
    assert not any(name.startswith("tocsin.db") for name in before)
    past(told, clock)
    done = erase_incident(told, ID, "dpo-1", "Period over")
    assert done.texts > len(PROSE)
    assert traces(home, TRACES) == set()
    assert audit_home(told).ok


def test_record_still_reads_once_the_names_are_gone(told: Store, clock: VirtualClock) -> None:
    past(told, clock)
    erase_incident(told, ID, "dpo-1", "Period over")
    with told.reading() as session:
        incident, cause = session.get_one(Incident, ID), session.get_one(RootCause, ID)
        action, facts = session.get_one(CorrectiveAction, f"{ID}/A1"), session.get_one(FactsVersion, (ID, 1))
        answer = session.get_one(Answer, (f"{ID}/ask", "legal-1"))
        duty = session.get_one(Obligation, f"{ID}/r")
    assert incident.title == facts.document["title"] == f"{ERASED} said so: {ERASED}"
    assert cause.whys == [{"en": f"{ERASED} said so", "zh": f"{ERASED} said so"}]
    assert action.evidence == f"{ERASED} said so, {ERASED}, {ERASED}"
    assert (answer.verdict, answer.reason) == ("approve", "")
    assert (duty.status, duty.decided_by, duty.reason) == ("waived", "lead-1", ERASED)
    page = (told.settings.home / "reports" / ID / "incident-report.zh.html").read_text("utf-8")
    assert ERASED in page


# Words of closed lists, ids, digests, names of files of ours: nobody's free text.
OURS = {
    "answer": {"decision_id", "staff_id", "role", "verdict"},
    "call": {"incident_id", "staff_id", "kind", "about", "channel", "status"},
    "campaign": {"id", "incident_id", "message", "template_hash", "serves", "status", "requested_by", "approved_by"},
    "claim": {
        "id", "incident_id", "kind", "channel", "currency", "registered_by", "status", "assigned_to", "citation",
        "paid_by",
    },
    "claim_verdict": {"claim_id", "verdict", "currency", "by", "role", "reason_digest"},
    "cost": {
        "id", "incident_id", "category", "currency", "department", "role", "basis", "supplier", "supersedes",
        "recorded_by",
    },
    "conduct_finding": {
        "id", "incident_id", "staff_id", "department", "vendor", "consequence", "action_id", "decided_by",
    },
    "containment": {"id", "incident_id", "connector", "capability", "before", "after", "status", "accepted_by"},
    "corrective_action": {"id", "incident_id", "exercise_id", "kind", "owner", "status", "done_by", "verified_by"},
    "custody_transfer": {"evidence_id", "incident_id", "kind", "giver", "taker", "reason_digest", "recorded_by"},
    "decision": {"id", "incident_id", "step", "kind", "form", "roles", "requested_by", "status", "on_timeout"},
    "delivery": {"campaign_id", "channel", "status", "reason", "code", "reference"},
    "delivery_lane": {"campaign_id", "channel"},
    "delivery_window": {"campaign_id", "channel", "people", "worker"},
    "drill": {"incident_id", "scenario", "scenario_hash", "run", "status", "injected", "score"},  # made up
    "data_subject": {"incident_id", "place", "language", "relation", "categories", "addressee"},
    "enquiry": {
        "id", "incident_id", "campaign_id", "kind", "channel", "reference", "status", "citation", "assigned_to",
        "answered_by",
    },
    "evidence": {"id", "incident_id", "kind", "sha256", "collected_by", "holder"},
    "facts_version": {"incident_id", "content_hash", "recorded_by", "severity", "risk"},
    "filing": {
        "id", "incident_id", "obligation_id", "rule", "form", "stage", "authority", "language", "status", "missing",
        "content_hash", "approved_by", "submitted_by",
    },
    "incident": {"id", "scenario", "status", "playbook", "playbook_hash", "flow_run_id"},
    "incident_key": {"incident_id"},
    "ledger_entry": {"tag", "incident_id"},
    "lease": {"incident_id", "holder"},
    "legal_hold": {"id", "incident_id", "evidence_id", "placed_by", "reason_digest", "released_by"},
    "obligation": {
        "id", "incident_id", "rule", "rule_hash", "jurisdiction", "stage", "recipient", "recipient_local",
        "citation", "status", "answer", "clock", "unknowns", "decided_by",
    },
    "people_import": {"incident_id", "sha256"},
    "recovery": {
        "id", "incident_id", "source", "state", "payer", "claim_id", "currency", "supersedes", "recorded_by",
    },
    "remark": {"incident_id", "subject", "by", "digest"},
    "report": {"id", "incident_id", "kind", "language", "format", "sha256", "path"},
    "responsibility": {"incident_id", "step", "phase", "responsible", "accountable", "consulted", "informed", "acted"},
    "root_cause": {"incident_id", "veris", "signed_by", "reviewed_by"},
    "signal": {"id", "form", "dedup_key", "told_by", "payload_sha256", "incident_id", "came_in"},
    "step_run": {"incident_id", "step", "phase", "action", "status", "executor"},
}  # fmt: skip


def test_every_column_that_can_hold_words_is_decided() -> None:
    decided: dict[str, set[str]] = {name: set(columns) for name, columns in OURS.items()}
    for places in (EMPTIED_WORDS, PROSE, DOCUMENTS):
        for name, columns in places.items():
            decided.setdefault(name, set()).update(columns)
    undecided = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        if is_of_an_incident(table) or table.name == "incident"
        for column in table.columns
        if isinstance(column.type, AutoString | JSON | SealedWords | Text)
        and column.name not in decided.get(table.name, set())
    }
    assert undecided == set(), "say in response/erasing/words.py what becomes of these, or list them as ours"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ms Lind called; Mr. Berg too", f"Ms {ERASED} called; Mr. Berg too"),
        ("ANNA  LIND and Lind, Anna", f"{ERASED} and {ERASED}"),
        ("Annabel Linden of Lindau", "Annabel Linden of Lindau"),
        ("Anna the server", "Anna the server"),
        ("customer K-10045 (0151) 123-456-78", f"customer {ERASED} {ERASED}"),
        ("客户李小龙先生来电", f"客户{ERASED}先生来电"),
        ("INC-2026-0001 on 2026-03-02", "INC-2026-0001 on 2026-03-02"),
    ],
)
def test_people_are_found_however_they_are_written(text: str, left: str) -> None:
    people = [
        Contact("Anna Lind", "anna.lind@mail.example", "+4915112345678", "K-10045"),
        Contact("李小龙", "", "", ""),
        Contact("May", "", "", "7"),
    ]
    assert _after((), _blanking(people, text))(text) == left
