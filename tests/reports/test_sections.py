"""What sections say in the states that a report must not gloss over."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from models.database import Store
from models.incident import Incident, PlaybookVersion
from reports.document import Block, Callout, Cell, FactList, Paragraph, Section, Table
from reports.incident import build_incident_report
from reports.incident_document import incident_document
from reports.pdf import document_pdf
from reports.rendering import render_incident_report
from reports.sections.brief import brief, settled_in_time
from reports.sections.cause import accountability_section, cause_section
from reports.sections.doings import containment_section, decisions_section
from reports.sections.duties import duties_section
from reports.sections.notices import notices_section
from reports.sections.record import record_section
from reports.sections.timeline import said
from reports.telling import Telling
from reports.view import NO_COVERAGE, EnquiryFigures, IncidentReport, Moment, NoticeCoverage
from reports.words import words_of
from tests.reports.breach import AT, AWARE, COVERAGE, ID, after


def _telling(report: IncidentReport, language: str = "en") -> Telling:
    return Telling(report, words_of(language))


def _cells(block: Block) -> Iterator[Cell]:
    if isinstance(block, Table):
        for row in block.rows:
            yield from row
    elif isinstance(block, FactList):
        for fact in block.facts:
            yield fact.cell
    elif isinstance(block, Paragraph):
        yield block.cell


def _said(section: Section) -> list[str]:
    return [line for block in section.blocks for cell in _cells(block) for line in (cell.text, *cell.notes)]


def _callouts(section: Section) -> list[tuple[str, str]]:
    return [(block.text, block.tone) for block in section.blocks if isinstance(block, Callout)]


def test_overdue_duty_is_called_overdue(report: IncidentReport) -> None:
    late = replace(report.duties[0], margin=-5400.0)
    lines = _said(duties_section(_telling(replace(report, duties=(late,)))))
    assert [line for line in lines if line in {"Overdue", "1 h 30 min over"}] == [
        "Overdue",
        "1 h 30 min over",
    ]


def test_waived_duty_says_who_and_why(report: IncidentReport) -> None:
    lines = _said(duties_section(_telling(report)))
    assert "decided by legal-1: No banking service in the United States was affected." in lines


def test_deadline_is_given_in_the_recipients_time_and_in_utc(report: IncidentReport) -> None:
    lines = _said(duties_section(_telling(report)))
    assert {"2026-03-06 03:30 +01:00", "Europe/Brussels", "2026-03-06 02:30 UTC"} <= set(lines)


def test_clock_that_has_not_begun_says_what_it_waits_for(report: IncidentReport) -> None:
    lines = _said(duties_section(_telling(report)))
    assert "waits for: Classified as major (DORA)" in lines


def test_duty_whose_zone_is_unknown_is_given_in_utc(report: IncidentReport) -> None:
    lines = _said(duties_section(_telling(replace(report, duties=(replace(report.duties[0], zone=None),)))))
    assert {"2026-03-22 18:30 UTC", "recipient's time zone not known"} <= set(lines)


def test_balance_is_written_as_an_equation(report: IncidentReport) -> None:
    equation = (
        "12,400 affected = 11,568 delivered + 604 accepted by the carrier + 2 outcome unknown + 11 bounced"
    )
    (callout,) = _callouts(notices_section(_telling(report)))
    assert callout == (f"{equation} + 215 no address\nThe register balances exactly.", "good")


@pytest.mark.parametrize(
    ("change", "ending", "tone"),
    [
        ({"balance_exact": None}, "Whether the register balances is unknown.", "warn"),
        ({"balance_exact": False}, "the parts sum to 12,400. This must be settled before closure.", "bad"),
        (
            {"people": {"delivered": 12000}},
            "12,000 delivered + 400 in no campaign\nThe register balances exactly.",
            "good",
        ),
        (
            {"people": {"delivered": 13000}},
            "the parts sum to 13,000. This must be settled before closure.",
            "bad",
        ),
    ],
)
def test_balance_that_does_not_hold_is_said(
    report: IncidentReport, change: dict[str, object], ending: str, tone: str
) -> None:
    bent = replace(report, coverage=replace(COVERAGE, **change))
    ((text, shown),) = _callouts(notices_section(_telling(bent)))
    assert text.endswith(ending)
    assert shown == tone


def test_nobody_told_is_not_called_zero(report: IncidentReport) -> None:
    section = notices_section(_telling(replace(report, coverage=NO_COVERAGE)))
    assert _said(section) == ["No campaign was prepared."]


@pytest.mark.parametrize("coverage", [COVERAGE, NO_COVERAGE])
def test_enquiries_are_counted_with_those_past_the_term(
    report: IncidentReport, coverage: NoticeCoverage
) -> None:
    asked = EnquiryFigures({"complaint": 3, "enquiry": 41}, answered=40, waiting=4, overdue=2)
    section = notices_section(_telling(replace(report, coverage=replace(coverage, enquiries=asked))))
    assert _said(section)[-5:] == ["3", "41", "40", "4", "2 past the term of the law"]
    assert section.blocks[-2].text == "Enquiries and complaints"


def test_act_says_whether_it_can_be_undone(report: IncidentReport) -> None:
    act = replace(report.acts[0], undo="kept", accepted_by="cro-1", reason="stays", expires_at=after(days=1))
    undone = replace(act, undo="undone", accepted_by=None, expires_at=None, reverted_at=AWARE)
    lines = _said(containment_section(_telling(replace(report, acts=(*report.acts, act, undone)))))
    assert {
        "possible; the state before is kept",
        "kept for good",
        "decided by cro-1: stays",
        "runs out 2026-03-04 10:30 +08:00",
        "undone",
        "2026-03-03 10:30 +08:00",
        "Call: PUT /customer-exports?publicAccessBlock",
    } <= set(lines)


def test_open_question_says_whom_it_waits_for(report: IncidentReport) -> None:
    waiting = replace(report.decisions[0], answers=(), status="open", decided_at=None)
    timed_out = replace(waiting, status="timed_out", decided_at=AWARE)
    lines = _said(decisions_section(_telling(replace(report, decisions=(waiting, timed_out)))))
    assert {"waits for Data protection officer, Communications", "by time limit", "not yet"} <= set(lines)


def test_altered_record_is_called_out(report: IncidentReport) -> None:
    record = replace(report.record, altered=(7, 8))
    assert _callouts(record_section(_telling(replace(report, record=record)))) == [("altered: 7–8", "bad")]


def test_conduct_is_counted_and_nobody_named(report: IncidentReport) -> None:
    lines = _said(accountability_section(_telling(report)))
    assert "1 training" in lines
    assert not [line for line in lines if "sec-1" in line]


def test_decision_by_time_limit_is_not_given_to_a_person(report: IncidentReport) -> None:
    what = {"question": {"en": "Go?", "zh": "可否？"}, "who": ""}
    moment = Moment(AWARE, "decision.approved_by_timeout", None, what)
    assert said(_telling(report), moment) == "Approved by the end of its time limit: Go?"
    assert said(_telling(report, "zh"), moment) == "超时视为批准：可否？"


def test_factor_text_is_found_in_the_reports_language(report: IncidentReport) -> None:
    section = cause_section(_telling(report, "zh"))
    drawn = [block.chart.data["factors"] for block in section.blocks if block.kind == "picture"]
    assert [box["lines"] for box in drawn[0]] == [("两个团队仓促合并。",), ("扫描器只检查服务器。",)]


def test_bare_incident_is_written_in_every_language_and_format(store: Store) -> None:
    with store.work() as unit:
        unit.session.add(PlaybookVersion(content_hash="0", name="p", text="- not a plan", stored_at=AWARE))
        unit.session.flush()
        unit.session.add(
            Incident(
                id=ID, title="?", playbook="p", playbook_hash="0", declared_at=AWARE - timedelta(hours=1)
            )
        )
    with store.reading() as session:
        report = build_incident_report(session, ID, NO_COVERAGE, AT)
    for language in ("en", "zh"):
        assert document_pdf(incident_document(report, language)).startswith(b"%PDF")
        assert render_incident_report(report, language, "pdf", "summary").startswith(b"%PDF")
        text = render_incident_report(report, language, "html").decode()
        assert text.count(words_of(language).say("unknown")) > 15


def test_duty_that_may_apply_is_neither_open_nor_overdue(report: IncidentReport) -> None:
    unknowns = tuple(f"fact.{number}" for number in range(7))
    possible = replace(report.duties[0], certain=False, margin=-9000.0, unknowns=unknowns)
    telling = _telling(replace(report, duties=(possible,)))
    lines = _said(duties_section(telling))
    assert "fact.0, fact.1, fact.2, fact.3 and 3 more" in lines
    assert not {"Overdue", "Open"} & set(lines)
    assert settled_in_time(telling.report.duties) == (0, 0, 0, 0)
    assert "0 open, 0 of these past their deadline; 1 more may apply." in " ".join(
        cell.text for cell in brief(telling)
    )
