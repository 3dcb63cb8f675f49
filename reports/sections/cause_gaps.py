"""Where the timeline behind a root cause has gaps: moments nobody knows, and long stretches without any record."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from reports.document import Block, Cell, Column, Heading, Paragraph
from reports.sections.timeline import said
from reports.telling import Telling
from reports.timeline import MOST_MOMENTS
from reports.view import Moment
from reports.words import ranges

KEY_MOMENTS = ("occurred_at", "detected_at", "aware_at", "contained_at", "handled_at")
SHORTEST = timedelta(hours=1)
MOST = 5


def gap_blocks(telling: Telling) -> Iterator[Block]:
    """Name the unknown moments, then the longest stretches of an hour or more in which nothing is recorded."""
    words = telling.words
    yield Heading(words.say("cause.gaps"))
    unknown = [
        words.word("moment", name) for name in KEY_MOMENTS if not telling.report.headline.moments[name]
    ]
    if unknown:
        yield Paragraph(Cell(words.say("cause.unknown_moments", names=words.listed(unknown)), tone="bad"))
    found = gaps(telling)
    if not found:
        yield Paragraph(Cell(words.say("cause.no_gaps"), tone="muted"))
        return
    columns = (
        Column(words.say("cause.gap_length"), 16),
        Column(words.say("cause.gap_after"), 42),
        Column(words.say("cause.gap_before"), 42),
    )
    rows = (
        (
            Cell(words.span((after.at - before.at).total_seconds())),
            Cell(said(telling, before), notes=(telling.when(before.at),), refs=ranges(before.seqs)),
            Cell(said(telling, after), notes=(telling.when(after.at),), refs=ranges(after.seqs)),
        )
        for before, after in found
    )
    yield telling.table(words.say("cause.gaps"), columns, rows)


def gaps(telling: Telling) -> list[tuple[Moment, Moment]]:
    """Give the longest stretches between two moments that follow each other, in the order of time."""
    report = telling.report
    moments = report.timeline.moments
    # Where moments were left out of a long report there is no gap in the record.
    cut = MOST_MOMENTS * 2 // 3 if report.timeline.left_out else None
    end = report.headline.moments["handled_at"] or report.closed_at or report.at
    pairs = [
        (before, after)
        for place, (before, after) in enumerate(pairwise(moments), 1)
        if place != cut and before.at < end and after.at - before.at >= SHORTEST
    ]
    longest = sorted(pairs, key=lambda pair: pair[0].at - pair[1].at)[:MOST]
    return sorted(longest, key=lambda pair: pair[0].at)
