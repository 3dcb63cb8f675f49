"""The report's view of an incident: each figure equal to its records, with the entries it rests on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from sqlalchemy import text
from sqlmodel import select

from models.clock import VirtualClock
from models.count import Count
from models.database import Store
from models.errors import NotFoundError
from models.incident import Incident, PlaybookVersion
from models.ledger import LedgerEntry
from reports.incident import build_incident_report
from reports.rendering import render_incident_report
from reports.timeline import MOST_MOMENTS, in_order
from reports.view import NO_COVERAGE, IncidentReport, Moment, OpenQuestion, PhaseSpan, Severity, Span
from tests.reports.breach import AT, AWARE, COVERAGE, ID, after, build_breach


def _tags(store: Store, seqs: tuple[int, ...]) -> list[str]:
    with store.reading() as session:
        return [entry.tag for entry in session.exec(select(LedgerEntry)) if entry.seq in seqs]


def test_report_tells_what_happened_and_how_bad_it_is(report: IncidentReport) -> None:
    headline = report.headline
    assert headline.severity == Severity("high", "enisa-2013", 3.5, 3, 1.0, 0.5)
    assert (headline.risk, headline.people) == ("high_risk", Count(value=12400))
    assert headline.by_place == (
        ("CN-44", Count(value=12000)),
        ("DE", Count(value=380)),
        ("US-NY", Count(value=20)),
    )
    assert headline.open_questions == (OpenQuestion("breach.malicious", ("individuals",)),)
    assert headline.moments["occurred_at"] == datetime(2026, 3, 2, 14, 10, tzinfo=UTC)
    assert report.zone == "Asia/Shanghai"


def test_report_measures_how_long_it_took_and_leaves_open_what_is_open(report: IncidentReport) -> None:
    assert report.spans == (
        Span("detect", 39_000.0),
        Span("acknowledge", 60.0),
        Span("contain", 270.0),
        Span("notify", 18_000.0),
        Span("authority", 10_800.0),
        Span("close", None),
    )


def test_report_shows_each_duty_with_its_margin(report: IncidentReport) -> None:
    hour = 3600.0
    assert [(duty.rule, duty.status, duty.zone, duty.margin) for duty in report.duties] == [
        ("us-ny-dfs-500.17-72h", "open", "America/New_York", 57.5 * hour),
        ("cn-cac-general-operator-4h", "late", "Asia/Shanghai", -40 * 60.0),
        ("cn-nfra-69-written-24h", "met", "Asia/Shanghai", pytest.approx(8.5333 * hour, abs=1)),
        ("eu-gdpr-33-authority", "met", "Europe/Brussels", 69 * hour),
        ("cn-pipl-57-individuals", "met", "Asia/Shanghai", None),
        ("us-bank-36h", "waived", "America/New_York", None),
        ("eu-dora-19-final", "not_started", "Europe/Brussels", None),
    ]


def test_every_duty_rests_on_its_own_entries(breach_store: Store, report: IncidentReport) -> None:
    by_rule = {duty.rule: _tags(breach_store, duty.seqs) for duty in report.duties}
    assert by_rule["eu-gdpr-33-authority"] == ["obligation:opened", "obligation:met"]
    assert by_rule["us-bank-36h"] == ["obligation:opened", "obligation:waived"]
    assert by_rule["eu-dora-19-final"] == ["obligation:opened"]


def test_everything_else_rests_on_entries_too(breach_store: Store, report: IncidentReport) -> None:
    seqs = {
        "facts": report.headline.seqs,
        "triage": report.headline.triage_seqs,
        "act": report.acts[0].seqs,
        "filing": report.filings[0].seqs,
        "decision": report.decisions[0].seqs,
        "notices": report.coverage_seqs,
        "cause": report.cause.seqs if report.cause else (),
        "action": report.actions[0].seqs,
        "step": report.answering[0].seqs,
        "conduct": report.conduct_seqs,
    }
    assert {name: _tags(breach_store, found) for name, found in seqs.items()} == {
        "facts": ["facts:recorded"],
        "triage": ["triage:assessed"],
        "act": ["containment:executed", "containment:verified"],
        "filing": ["filing:submitted"],
        "decision": ["decision:answered", "decision:answered", "decision:approved"],
        "notices": ["campaign:done"],
        "cause": ["root_cause:signed"],
        "action": ["root_cause:signed"],
        "step": ["step:started", "step:done"],
        "conduct": ["conduct:decided"],
    }


def test_report_shows_doings_as_recorded(report: IncidentReport) -> None:
    assert [(act.status, act.undo) for act in report.acts] == [("verified", "possible")]
    assert [(filing.rule, filing.receipt_number, filing.missing) for filing in report.filings] == [
        ("cn-nfra-69-written-24h", None, {}),
        ("eu-gdpr-33-authority", "BFDI-2026-88121", {"likely_consequences": {"en": "Likely consequences"}}),
    ]
    assert [(answer.staff_id, answer.role) for answer in report.decisions[0].answers] == [
        ("dpo-1", "data_protection_officer"),
        ("cro-1", "executive"),
    ]
    assert [(action.id, action.overdue) for action in report.actions] == [
        (f"{ID}/A1", False),
        (f"{ID}/A2", True),
        (f"{ID}/A3", False),
    ]
    assert report.conduct == (("training", 1),)
    assert report.answering[0].name["zh"] == "记录已知情况"


def test_timeline_is_in_order_and_says_nothing_twice(report: IncidentReport) -> None:
    moments = report.timeline.moments
    assert [each.at for each in moments] == sorted(each.at for each in moments)
    kinds = [each.kind for each in moments]
    assert kinds[:3] == ["fact.occurred_at", "signal.received", "fact.detected_at"]
    assert kinds.count("act.executed") == 1
    assert ("step.done", {"step": "contain_execute"}) not in [(each.kind, each.what) for each in moments]
    assert [each.what["rule"] for each in moments if each.kind == "duty.missed"] == [
        "cn-cac-general-operator-4h"
    ]
    assert report.timeline.phases[0] == PhaseSpan(
        "detect", after(minutes=-89.5), after(minutes=-89.4), steps=1, done=1, failed=0
    )


def test_record_names_the_signed_head(breach_store: Store, report: IncidentReport) -> None:
    record = report.record
    assert record.note is not None
    assert breach_store.signer.verifier().checkpoint(record.note) is not None
    assert (record.entries, record.altered, record.first_seq) == (record.size, (), 0)
    assert dict(record.by_subject)["obligation"] == 12


def test_report_taken_at_an_earlier_size_knows_nothing_later(breach_store: Store) -> None:
    with breach_store.reading() as session:
        early = build_incident_report(session, ID, COVERAGE, AT, ledger_size=10)
    assert (early.record.size, early.record.entries) == (4, 4)
    assert early.headline.triage_seqs == (3,)
    assert early.conduct_seqs == ()


def test_report_of_no_incident_is_refused(breach_store: Store) -> None:
    with breach_store.reading() as session, pytest.raises(NotFoundError, match="no incident INC-1999-0001"):
        build_incident_report(session, "INC-1999-0001", NO_COVERAGE, AT)


def test_report_names_an_altered_entry(store: Store) -> None:
    build_breach(store)
    with store.engine.begin() as connection:
        for trigger in _triggers(store):
            connection.execute(text(trigger))
        connection.execute(
            text("update ledger_entry set document = :bytes where seq = 7"), {"bytes": b'{"tag":"step:done"}'}
        )
    with store.reading() as session:
        assert build_incident_report(session, ID, COVERAGE, AT).record.altered == (7,)


def _triggers(store: Store) -> list[str]:
    """Statements by which someone with the database's password would get past its guards."""
    if store.engine.dialect.name == "postgresql":
        return ["alter table ledger_entry disable trigger all"]
    with store.engine.begin() as connection:
        query = "select name from sqlite_master where type = 'trigger' and tbl_name = 'ledger_entry'"
        return [f"drop trigger {name}" for (name,) in connection.execute(text(query))]


def test_bare_incident_gives_a_report_of_unknowns(store: Store) -> None:
    with store.work() as unit:
        unit.session.add(
            PlaybookVersion(content_hash="0" * 64, name="gone", text="not: yaml: at all", stored_at=AWARE)
        )
        unit.session.flush()
        unit.session.add(
            Incident(id=ID, title="?", playbook="gone", playbook_hash="0" * 64, declared_at=AWARE)
        )
    with store.reading() as session:
        report = build_incident_report(session, ID, NO_COVERAGE, AT)
    assert report.headline.severity == Severity()
    assert (report.headline.risk, report.headline.people, report.headline.by_place) == (None, None, None)
    assert (report.cause, report.duties, report.record.root, report.playbook_name) == (None, (), None, {})
    assert {span.seconds for span in report.spans} == {None}


def test_report_is_equal_on_both_databases(store: Store, report: IncidentReport) -> None:
    store.clock = VirtualClock(AWARE)
    build_breach(store)
    with store.reading() as session:
        other = build_incident_report(session, ID, COVERAGE, AT)
    assert replace(other, record=report.record) == report


def test_long_record_is_cut_with_a_count(report: IncidentReport) -> None:
    moments = [Moment(AWARE + timedelta(seconds=n), "incident.closed", None, {}) for n in range(500)]
    timeline = in_order(reversed(moments), report.timeline.phases)
    assert timeline.left_out == 500 - MOST_MOMENTS
    assert timeline.moments == (*moments[:80], *moments[-40:])


def test_view_is_plain_data(report: IncidentReport) -> None:
    told = orjson.loads(render_incident_report(report, "en", "json"))
    assert told["headline"]["people"] == {"value": 12400}
    assert told["headline"]["loss"] is None
    assert told["duties"][0]["due_at"] == "2026-03-22T18:30:00Z"
