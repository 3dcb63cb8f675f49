"""Gaps of the timeline behind a root cause: what nobody knows, and stretches without any record."""

from dataclasses import replace

import pytest

from reports.document import Paragraph
from reports.sections.cause_gaps import MOST, SHORTEST, gap_blocks, gaps
from reports.telling import Telling
from reports.timeline import MOST_MOMENTS
from reports.view import IncidentReport, Moment
from reports.words import words_of
from tests.reports.breach import after


def telling(report: IncidentReport, *minutes: float, left_out: int = 0, language: str = "en") -> Telling:
    """Tell a report whose moments lie so many minutes after awareness."""
    moments = tuple(Moment(after(minutes=at), "notice.first", "notify", {}, (int(at),)) for at in minutes)
    timeline = replace(report.timeline, moments=moments, left_out=left_out)
    return Telling(replace(report, timeline=timeline), words_of(language))


def lengths(told: Telling) -> list[float]:
    return [(late.at - early.at) / SHORTEST for early, late in gaps(told)]


def test_longest_stretches_of_an_hour_or_more_stand_in_the_order_of_time(report: IncidentReport) -> None:
    assert lengths(telling(report, 0, 59, 119, 300)) == [1, 181 / 60]
    many = [hour * (hour + 1) * 30 for hour in range(9)]
    assert lengths(telling(report, *many)) == [4, 5, 6, 7, 8][-MOST:]


def test_what_a_long_report_leaves_out_is_no_gap(report: IncidentReport) -> None:
    first = MOST_MOMENTS * 2 // 3
    minutes = [*range(first), *range(1000, 1000 + MOST_MOMENTS - first)]
    assert lengths(telling(report, *minutes)) == [(1000 - first + 1) / 60]
    assert lengths(telling(report, *minutes, left_out=5)) == []


@pytest.mark.parametrize(
    ("language", "unknown", "none"),
    [
        ("en", "Nobody knows these moments: Contained, Handling ended.", "No stretch"),
        ("zh", "以下时点无人知悉", "不存在一小时以上"),
    ],
)
def test_unknown_moments_are_named_and_no_gap_is_said(
    report: IncidentReport, language: str, unknown: str, none: str
) -> None:
    moments = {**report.headline.moments, "contained_at": None}
    bare = replace(report, headline=replace(report.headline, moments=moments))
    blocks = list(gap_blocks(telling(bare, 0, 5, language=language)))
    said = "\n".join(block.cell.text for block in blocks if isinstance(block, Paragraph))
    assert unknown in said
    assert none in said
