"""The shorter reports: what each tells and leaves out, unknown as unknown, the same bytes every time."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reports.accountability import accountability_document
from reports.accounts import Accounts, Conduct, VendorPart
from reports.document import Document, Paragraph, Table
from reports.rendering import render_accountability, render_incident_report
from reports.statements import customers_document, lessons_document, regulator_document
from reports.view import NO_COVERAGE, IncidentReport
from reports.words import words_of

KINDS = ("lessons", "customers", "regulator")
FOUND = Conduct(
    id="INC-2026-0001/F1",
    staff_id="sec-1",
    duty="change_control",
    finding="The template was not reviewed.",
    reply=None,
    consequence="training",
    decided_by="cro-1",
    decided_at=datetime(2026, 3, 15, tzinfo=UTC),
)


def ids(document: Document) -> list[str]:
    return [section.id for section in document.sections]


def section_text(document: Document, name: str) -> str:
    section = next(each for each in document.sections if each.id == name)
    cells = []
    for block in section.blocks:
        if isinstance(block, Table):
            cells += [cell for row in block.rows for cell in row]
        elif isinstance(block, Paragraph):
            cells.append(block.cell)
    return "\n".join(" ".join((cell.text, *cell.notes)) for cell in cells)


def test_each_statement_has_its_parts(report: IncidentReport) -> None:
    assert ids(lessons_document(report, "en")) == [
        "cause", "actions", "late", "clocks", "speed", "questions",
    ]  # fmt: skip
    assert ids(customers_document(report, "en")) == ["facts", "notices", "owed", "record"]
    assert ids(regulator_document(report, "en")) == [
        "facts", "questions", "containment", "notices", "duties", "filings", "cause", "actions", "record",
    ]  # fmt: skip


def test_lessons_name_what_was_late_and_nothing_else(report: IncidentReport) -> None:
    text = section_text(lessons_document(report, "en"), "late")
    assert "Provincial cyberspace administration" in text
    assert "Lead supervisory authority" not in text
    in_time = replace(report, duties=tuple(each for each in report.duties if each.status == "met"))
    assert section_text(lessons_document(in_time, "en"), "late") == words_of("en").say("statement.none_late")


def test_duties_towards_people_are_those_of_the_law_and_unknown_counts_stay_unknown(
    report: IncidentReport,
) -> None:
    text = section_text(customers_document(report, "en"), "owed")
    assert "PIPL Art. 57" in text
    assert "GDPR Art. 33(1)" not in text
    uncounted = customers_document(replace(report, coverage=NO_COVERAGE), "en")
    assert {tile.value for tile in uncounted.tiles if tile.label == "People told"} == {"unknown"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("form", ["html", "pdf", "docx"])
def test_same_report_gives_same_statement(
    report: IncidentReport, kind: str, language: str, form: str
) -> None:
    once = render_incident_report(report, language, form, kind)
    assert render_incident_report(replace(report), language, form, kind) == once


@pytest.mark.parametrize("language", ["en", "zh"])
def test_accountability_counts_departments_and_says_when_no_reply_is_on_record(
    report: IncidentReport, language: str
) -> None:
    about_vendor = replace(FOUND, id="F2", staff_id=None, vendor="cloud-ag", consequence="warning")
    homes, vendors = (
        {"sec-1": "Security", "dpo-1": "Legal", "cro-1": "Board"},
        {"forensics": VendorPart(2, 1)},
    )
    accounts = Accounts(report, (FOUND, about_vendor), homes, vendors)
    document = accountability_document(accounts, language)
    words = words_of(language)
    assert ids(document) == ["findings", "training", "departments", "vendors", "accountability", "record"]
    assert words.say("statement.no_reply") in section_text(document, "findings")
    rows = section_text(document, "departments").splitlines()
    # Steps, questions answered, of these late, duties settled, of these late, findings.
    assert rows[:21] == [
        *("Board", "1", "1", "0", "0", "0", "0"),
        *("Legal", "1", "1", "0", "1", "0", "0"),
        *("Security", "0", "0", "0", "0", "0", "1"),
    ]
    assert section_text(document, "vendors").splitlines()[:8] == [
        *("cloud-ag", "0", "0", "1"),
        *("forensics", "2", "1", "0"),
    ]
    for form in ("html", "pdf", "docx"):
        once = render_accountability(accounts, language, form)
        assert render_accountability(replace(accounts), language, form) == once


def test_accountability_without_findings_says_so(report: IncidentReport) -> None:
    document = accountability_document(Accounts(report, ()), "zh")
    words = words_of("zh")
    assert section_text(document, "findings") == words.say("statement.no_findings")
    assert section_text(document, "training") == words.say("statement.no_training")
    assert section_text(document, "departments") == words.say("statement.no_departments")
    assert section_text(document, "vendors") == words.say("statement.no_vendors")
