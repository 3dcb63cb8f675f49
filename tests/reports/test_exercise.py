"""A drill's own report: what it was worth, against what was expected and against the drills before."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest

from models.database import Store
from reports.document import Picture, Section
from reports.incident import build_incident_report
from reports.incident_document import incident_document
from reports.pdf import document_pages
from reports.rendering import render_incident_report
from reports.sections.exercise import exercise_sections
from reports.telling import Telling
from reports.view import IncidentReport
from reports.view_exercise import Share
from reports.words import words_of
from tests.reports.breach import AT, AWARE, COVERAGE, ID, build_breach
from tests.reports.drills import answer_as, earlier_drill, score_breach
from tests.reports.test_sections import _cells

FIRST, SECOND, PUT_ASIDE = "DRL-2025-0001", "DRL-2025-0002", "DRL-2025-0003"


@pytest.fixture
def drilled(store: Store) -> IncidentReport:
    """Give the report of a scored drill, the third of its scenario that counts."""
    build_breach(store, drill=True)
    for name, days, points in ((FIRST, 200, 60), (SECOND, 100, 71)):
        earlier_drill(store, name, AWARE - timedelta(days=days), points)
    earlier_drill(store, PUT_ASIDE, AWARE - timedelta(days=50), 10, status="discarded")
    earlier_drill(store, "DRL-2027-0001", AWARE + timedelta(days=300), 99)
    score_breach(store)
    answer_as(store, "dpo-1", "data_protection_officer")
    with store.reading() as session:
        return build_incident_report(session, ID, COVERAGE, AT)


def told(report: IncidentReport, language: str = "en") -> Section:
    (section,) = exercise_sections(Telling(report, words_of(language)))
    return section


def lines(section: Section) -> list[str]:
    return [text for block in section.blocks for cell in _cells(block) for text in (cell.text, *cell.notes)]


def test_report_of_an_incident_says_nothing_of_a_drill(report: IncidentReport) -> None:
    assert (report.exercise, exercise_sections(Telling(report, words_of("en")))) == (None, ())


def test_drill_is_compared_with_the_scored_drills_of_its_scenario_before(drilled: IncidentReport) -> None:
    assert drilled.exercise is not None
    assert [(each.id, each.points) for each in drilled.exercise.trend] == [
        (FIRST, 60),
        (SECOND, 71),
        (ID, 80),
    ]
    assert "before: 71 points, change +9" in lines(told(drilled))


def test_trend_is_drawn_with_this_drill_marked(drilled: IncidentReport) -> None:
    (picture,) = [each for each in told(drilled).blocks if isinstance(each, Picture)]
    bars = picture.chart.data["bars"]
    assert [(bar["points"], bar["tone"]) for bar in bars] == [(60, "pale"), (71, "pale"), (80, "accent")]
    tall = [bar["height"] for bar in bars]
    assert tall == [66.0, 78.1, 88.0]
    assert "2026-03-03: 80" in picture.chart.alt


def test_gap_is_shown_with_its_owner_and_what_became_of_its_action(drilled: IncidentReport) -> None:
    said = lines(told(drilled))
    at = said.index("Data protection officer", said.index("approve_notice", said.index("contain_verify")))
    assert said[at : at + 5] == ["Data protection officer", "dpo-1", f"{ID}/A9", "Overdue", "by 2026-03-10"]


def test_forecast_stands_beside_what_happened(drilled: IncidentReport) -> None:
    said = lines(told(drilled))
    at = said.index("Slower than planned")
    assert said[at - 3 : at] == ["3 d", "1 d 2 h", "1 d 4 h"]
    assert {"10 min", "15 min"} <= set(said)


def test_only_those_who_answered_took_part(drilled: IncidentReport) -> None:
    assert drilled.exercise is not None
    assert drilled.exercise.participants["data_protection_officer"] == ("dpo-1",)
    assert drilled.exercise.expected == Share(0, 1)


def test_first_drill_says_so_and_a_drill_without_gaps_too(drilled: IncidentReport) -> None:
    assert drilled.exercise is not None
    alone = replace(drilled.exercise, trend=drilled.exercise.trend[-1:], gaps=())
    said = lines(told(replace(drilled, exercise=alone)))
    assert {"The first scored drill of this scenario", "No gap was found."} <= set(said)


@pytest.mark.parametrize(
    ("language", "mark", "words"), [("en", "DRILL", "The drill"), ("zh", "演练", "演练与评分")]
)
def test_every_format_carries_the_score_and_the_mark(
    drilled: IncidentReport, language: str, mark: str, words: str
) -> None:
    page = render_incident_report(drilled, language, "html").decode()
    assert words in page
    assert f'<p class="mark">{mark}' in page
    with zipfile.ZipFile(io.BytesIO(render_incident_report(drilled, language, "docx"))) as packed:
        assert mark in packed.read("word/header.xml").decode()
        assert words in packed.read("word/document.xml").decode()
    document = incident_document(drilled, language)
    assert (document.mark, document.sections[0].id) == (mark, "exercise")
    assert document_pages(document, 20)


def test_json_holds_the_score(drilled: IncidentReport) -> None:
    read = json.loads(render_incident_report(drilled, "en", "json"))
    assert (read["exercise"]["points"], read["exercise"]["gaps"][0]["status"]) == (80, "overdue")
