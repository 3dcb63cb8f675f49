"""Drawings: well-formed, and where the figures say."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.charts.drawing import (
    PRINT,
    SCREEN,
    SMALL_SIZE,
    WIDTH,
    ClockBar,
    Stack,
    clocks_chart,
    coverage_chart,
    draw,
)  # fmt: skip
from reports.charts.lettering import cut, width_of, wrap
from reports.charts.timeline import LEVELS, TICKS, Mark, TimeScale, timeline_chart
from reports.document import Picture
from reports.incident_document import incident_document
from reports.view import IncidentReport

ZERO = datetime(2026, 3, 3, tzinfo=UTC)


def test_drawings_are_well_formed_and_described(report: IncidentReport) -> None:
    drawn = 0
    for language in ("en", "zh"):
        for section in incident_document(report, language).sections:
            for block in section.blocks:
                if isinstance(block, Picture):
                    for palette in (PRINT, SCREEN):
                        root = ET.fromstring(draw(block.chart, palette, language))
                        assert root.attrib["aria-label"] == block.chart.alt != ""
                        drawn += 1
    assert drawn == 4 * 2 * 2


@settings(deadline=None)  # a loaded machine is not a fault
@given(st.lists(st.integers(-10_000_000, 100_000_000), min_size=2, max_size=30))
def test_time_scale_keeps_order_and_stays_on_the_paper(offsets: list[int]) -> None:
    moments = sorted(ZERO + timedelta(seconds=offset) for offset in offsets)
    scale = TimeScale(ZERO, min(ZERO, moments[0]), max(ZERO, moments[-1]), 104.0, 744.0)
    places = [scale.x(at) for at in moments]
    assert places == sorted(places)
    assert 104.0 <= places[0] <= places[-1] <= 744.0


@settings(deadline=None)  # a loaded machine is not a fault
@given(
    st.lists(st.tuples(st.integers(0, 5_000_000), st.text("长abc ", min_size=1, max_size=9)), max_size=LEVELS)
)
def test_labels_of_a_few_marks_never_touch(marks: list[tuple[int, str]]) -> None:
    given_marks = [Mark(ZERO + timedelta(seconds=second), label) for second, label in marks]
    words = {seconds: str(seconds) for seconds in TICKS}
    chart = timeline_chart("alt", ZERO, given_marks, [], [], "Due", words)
    taken: dict[int, list[tuple[float, float]]] = {}
    for flag in chart.data["flags"]:
        wide = width_of(flag.label, 10.5)
        begins, ends = (flag.x - wide, flag.x) if flag.anchor == "end" else (flag.x, flag.x + wide)
        assert all(
            ends <= other_begin or begins >= other_end for other_begin, other_end in taken.get(flag.level, ())
        )
        taken.setdefault(flag.level, []).append((begins, ends))


def test_clock_bar_is_as_long_as_its_share_and_stops_beyond_the_deadline() -> None:
    bars = [ClockBar("a", 0.5, "", "good"), ClockBar("b", 1.0, "", "good"), ClockBar("c", 30.0, "", "bad")]
    data = clocks_chart("alt", bars, "deadline").data
    full = data["full"]
    assert [(row["width"], row["beyond"]) for row in data["rows"]] == [
        (full * 0.5, False),
        (full, False),
        (round(full * 1.2, 1), True),
    ]


def test_coverage_pieces_fill_the_bar() -> None:
    stack = Stack("N1", (("Delivered", 75, "good"), ("Bounced", 25, "bad")), "100")
    data = coverage_chart("alt", [stack], [("Delivered", "good")]).data
    assert [piece["width"] for piece in data["rows"][0]["pieces"]] == [330.0, 110.0]


def test_text_is_cut_and_wrapped_to_its_width() -> None:
    assert cut("short", 100, 10) == "short"
    assert cut("国家金融监督管理总局", 60, 10) == "国家金融监…"
    assert wrap("one two three four", 55, 10, 3) == ("one two", "three four")
    assert wrap("上线前，复核配置。", 50, 10, 3) == ("上线前，复", "核配置。")


@settings(deadline=None)  # a loaded machine is not a fault
@given(st.text("ab 数据，。", max_size=60), st.integers(30, 200))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = wrap(text, width, 10, 100)
    assert all(width_of(line, 10) <= width for line in lines)
    if not any("…" in line for line in lines):
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    "said", ["met", "按期履行 · 提前 22 小时 29 分钟", "met, 22 h 29 min before it was due"]
)
def test_words_beside_a_clock_stay_inside_the_picture(said: str) -> None:
    data = clocks_chart("alt", [ClockBar("a", 1.0, said, "good")], "deadline").data
    assert data["left"] + data["most"] + 16 + width_of(said, SMALL_SIZE) <= WIDTH
