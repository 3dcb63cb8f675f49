"""The section that tells what happened when."""

from collections.abc import Iterator

from models.vocabulary import ObligationStatus
from reports.charts.timeline import TICKS, Bar, Mark, timeline_chart
from reports.document import Block, Cell, Column, Paragraph, Picture, Section, Table
from reports.sections.duties import recipient_of, state_of
from reports.telling import DUTY_TONES, Telling
from reports.view import Duty, Moment
from reports.words import ranges

PEOPLE = frozenset(("who",))
WORDED = {"told_by": "told_by", "capability": "capability"}


def timeline_section(telling: Telling) -> Section:
    """Draw and list the moments."""
    words = telling.words
    blocks = (*_picture(telling), _table(telling))
    return Section("timeline", words.say("section.timeline"), words.say("lead.timeline"), blocks)


def _picture(telling: Telling) -> Iterator[Block]:
    words, report = telling.words, telling.report
    moments = [each.at for each in report.timeline.moments]
    known = report.headline.moments
    zero = known["detected_at"] or report.declared_at
    end = report.closed_at or report.at
    marks = [
        Mark(at, words.word("moment", name), "bad" if name == "occurred_at" else "accent")
        for name, at in {**known, "declared_at": report.declared_at, "closed_at": report.closed_at}.items()
        if at is not None
    ]
    if report.coverage.first_at:
        marks.append(Mark(report.coverage.first_at, words.say("notice.first"), "good"))
    bars = [
        Bar(
            words.word("phase", span.phase),
            span.began_at,
            span.ended_at or end,
            open=span.ended_at is None,
            tone="bad" if span.failed else "accent",
        )
        for span in report.timeline.phases
    ]
    alt = words.say(
        "chart.timeline_alt", start=telling.when(min(moments, default=zero)), end=telling.when(end)
    )
    chart = timeline_chart(
        alt, zero, marks, bars, list(_dues(telling)), words.say("duty.due"), _tick_words(telling)
    )
    yield Picture(chart, words.say("chart.timeline"), words.say("chart.timeline_caption"))


def _dues(telling: Telling) -> Iterator[Mark]:
    gone = {ObligationStatus.FALLEN_AWAY, ObligationStatus.WAIVED}
    for duty in telling.report.duties:
        if duty.due_at is not None and duty.certain and duty.status not in gone:
            tone = DUTY_TONES.get(state_of(duty), "muted")
            yield Mark(duty.due_at, _due_title(telling, duty), tone)


def _due_title(telling: Telling, duty: Duty) -> str:
    state = telling.words.word("status.duty", state_of(duty))
    return f"{recipient_of(telling, duty)}: {telling.when(duty.due_at)} ({state})"


def _tick_words(telling: Telling) -> dict[int, str]:
    return {seconds: telling.words.span(float(seconds)) for seconds in TICKS}


def said(telling: Telling, moment: Moment) -> str:
    """Put one moment into a sentence."""
    words, parts = telling.words, {}
    for name, value in moment.what.items():
        if name in WORDED:
            parts[name] = words.word(WORDED[name], value)
        elif name in PEOPLE:
            parts[name] = telling.people(str(value).split(", ")) if value else words.say("unknown")
        else:
            parts[name] = words.text(value)
    return words.say(f"event.{moment.kind}", **parts)


def _table(telling: Telling) -> Block:
    words, timeline = telling.words, telling.report.timeline
    if not timeline.moments:
        return Paragraph(Cell(words.say("document.empty"), tone="muted"))
    columns = (
        Column(words.say("timeline.at"), 22),
        Column(words.say("timeline.phase"), 12),
        Column(words.say("timeline.what"), 60),
    )
    bad = ("step.failed", "duty.missed", "decision.refused", "decision.timed_out")
    rows = tuple(
        (
            Cell(telling.when(each.at, seconds=True), tone="muted"),
            Cell(words.word("phase", each.phase) if each.phase else ""),
            Cell(
                said(telling, each), tone="bad" if each.kind.startswith(bad) else "", refs=ranges(each.seqs)
            ),
        )
        for each in timeline.moments
    )
    note = ""
    if timeline.left_out:
        total = len(rows) + timeline.left_out
        note = words.say("document.cut_moments", shown=words.number(len(rows)), total=words.number(total))
    return Table(words.say("section.timeline"), columns, rows, note)
