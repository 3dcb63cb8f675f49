"""Reports as bytes: the same every time, nothing fetched, Chinese readable, drills marked."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import NotFoundError
from reports.document import Table
from reports.incident_document import incident_document, summary_document
from reports.pdf import document_pages
from reports.rendering import render_incident_report
from reports.view import IncidentReport, Moment
from tests.reports.reading import addresses_in, letters_of

LANGUAGES = ("en", "zh")


@pytest.mark.parametrize("form", ["html", "pdf", "json"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_same_report_gives_same_bytes(report: IncidentReport, language: str, form: str) -> None:
    once = render_incident_report(report, language, form)
    assert render_incident_report(replace(report), language, form) == once


@pytest.mark.parametrize("language", LANGUAGES)
def test_html_fetches_and_runs_nothing(report: IncidentReport, language: str) -> None:
    page = addresses_in(render_incident_report(report, language, "html"))
    assert page.fetched == []
    assert all(link.startswith("#") for link in page.links)
    assert not {"script", "link", "iframe", "object", "embed", "form", "img"} & set(page.tags)


@pytest.mark.parametrize("language", LANGUAGES)
def test_html_style_fetches_nothing(report: IncidentReport, language: str) -> None:
    text = render_incident_report(report, language, "html").decode()
    assert set(re.findall(r"url\((\w+:[\w/]+)", text)) <= {"data:font/otf"}
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_html_says_its_language_and_links_every_section(report: IncidentReport) -> None:
    text = render_incident_report(report, "zh", "html").decode()
    assert '<html lang="zh-Hans">' in text
    for section in incident_document(report, "zh").sections:
        assert f'href="#{section.id}"' in text
        assert f'id="{section.id}"' in text


def test_hostile_text_stays_text(report: IncidentReport) -> None:
    hostile = '<script>alert(1)</script>{{ 7 * 7 }} #panic("x") $x$ \\u{0}'
    bent = replace(report, title=hostile, incident_id='"><img src=x>')
    html = render_incident_report(bent, "en", "html")
    assert not {"script", "img"} & set(addresses_in(html).tags)
    assert b"{{ 7 * 7 }}" in html
    assert render_incident_report(bent, "en", "pdf").startswith(b"%PDF")


def test_pdf_shows_every_chinese_letter_of_the_report(report: IncidentReport) -> None:
    document = incident_document(report, "zh")
    wanted = {letter for section in document.sections for letter in section.title + section.lead}
    assert wanted - letters_of(render_incident_report(report, "zh", "pdf")) == set()


def test_pdf_is_dated_by_the_report(report: IncidentReport) -> None:
    assert b"D:20260320090000" in render_incident_report(report, "en", "pdf")


def test_pages_can_be_looked_at(report: IncidentReport) -> None:
    pages = document_pages(incident_document(report, "zh"), 30)
    assert 5 <= len(pages) <= 12
    assert all(page.startswith(b"\x89PNG") for page in pages)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed on this machine")
@pytest.mark.parametrize(("language", "mark"), [("en", "DRILL"), ("zh", "演练")])
def test_drill_is_marked_on_every_page(
    report: IncidentReport, tmp_path: Path, language: str, mark: str
) -> None:
    path = tmp_path / "report.pdf"
    for drill in (True, False):
        path.write_bytes(render_incident_report(replace(report, drill=drill), language, "pdf"))
        text = subprocess.run(["pdftotext", path, "-"], check=True, capture_output=True, text=True).stdout
        pages = text.rstrip("\f").split("\f")
        assert {mark in page for page in pages} == {drill}


def test_drill_is_marked_in_html(report: IncidentReport) -> None:
    assert (
        '<p class="mark">DRILL' in render_incident_report(replace(report, drill=True), "en", "html").decode()
    )
    assert 'class="mark"' not in render_incident_report(report, "en", "html").decode()


def test_unknown_format_and_language_are_refused(report: IncidentReport) -> None:
    with pytest.raises(NotFoundError, match="Expected one of html, pdf, docx, json"):
        render_incident_report(report, "en", "odt")
    with pytest.raises(NotFoundError, match="Expected one of en, zh"):
        render_incident_report(report, "xx", "html")


def test_staff_are_shown_by_handle_unless_names_are_given(report: IncidentReport) -> None:
    plain = render_incident_report(report, "en", "html").decode()
    named = render_incident_report(replace(report, names={"dpo-1": "Li Na"}), "en", "html").decode()
    assert "Li Na" not in plain
    assert "Li Na (dpo-1)" in named


def test_long_timeline_says_how_much_was_left_out(report: IncidentReport) -> None:
    cut = replace(report.timeline, left_out=880)
    text = render_incident_report(replace(report, timeline=cut), "en", "html").decode()
    shown = len(cut.moments)
    assert f"{shown} of {shown + 880:,} moments are shown" in text


def test_every_kind_of_moment_has_a_sentence(report: IncidentReport) -> None:
    from reports.entry_labels import entry_words
    from reports.headline import MOMENTS
    from reports.sections.timeline import said
    from reports.telling import Telling
    from reports.words import words_of

    kinds = [f"fact.{name}" for name in MOMENTS]
    kinds += [key.removeprefix("event.") for key in entry_words("en")]
    what = {"step": {"en": "S", "zh": "步"}, "who": "dpo-1", "count": "3"}
    for language in LANGUAGES:
        telling = Telling(report, words_of(language))
        assert all(said(telling, Moment(report.at, kind, None, what)) for kind in kinds)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("drill", [False, True])
def test_summary_is_one_page_however_much_is_open(report: IncidentReport, language: str, drill: bool) -> None:
    still_open = report.duties[0]
    many = tuple(replace(still_open, id=str(number)) for number in range(30))
    overdue = tuple(replace(report.actions[1], id=str(number)) for number in range(9))
    busy = replace(report, drill=drill, duties=many, actions=overdue)
    for each in (replace(report, drill=drill), busy):
        assert len(document_pages(summary_document(each, language), 30)) == 1


def test_summary_says_what_is_still_open(report: IncidentReport) -> None:
    section = summary_document(report, "en").sections[-1]
    (table,) = section.blocks
    assert isinstance(table, Table)
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["Superintendent of Financial Services", "2026-03-22 14:30 -04:00", "2 d 9 h left"],
        ["Name an owner for each shared template", "2026-03-18", "sec-1"],
    ]


def test_unknown_kind_of_report_is_refused(report: IncidentReport) -> None:
    with pytest.raises(NotFoundError, match="Expected one of incident, summary"):
        render_incident_report(report, "en", "html", "novel")
