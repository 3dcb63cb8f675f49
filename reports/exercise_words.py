"""How a drill's expectations, gaps and trend are put into words; its own report and the proof of drills share it."""

from collections.abc import Sequence

from reports.charts.trend import TrendBar, trend_chart
from reports.document import Block, Cell, Paragraph, Picture
from reports.tables import Head, table_of
from reports.telling import STATE_TONES
from reports.view_exercise import Exercise, ExerciseGap, Expectation, Share
from reports.words import Words

Row = tuple[Cell, ...]
GAPS = (
    Head("exercise.gap_what", 44),
    Head("exercise.role", 18),
    Head("action.owner", 20),
    Head("action.state", 18),
)


def share_said(words: Words, share: Share) -> str:
    """Say how many of how many."""
    return words.say("exercise.of", good=words.number(share.good), total=words.number(share.of))


def expectation_said(words: Words, each: Expectation) -> str:
    """Say what was expected: a step done, a question decided, a duty met."""
    return words.say(f"exercise.wanted.{each.kind}", name=words.text(each.name) or each.id)


def presence_said(words: Words, exercise: Exercise, people: str) -> str:
    """Say whether people answered or the scenario's script did: only people show that people can."""
    return words.say("exercise.present", people=people) if exercise.people else words.say("exercise.scripted")


def gap_said(words: Words, gap: ExerciseGap) -> str:
    """Say in one sentence what did not go as it must."""
    name = words.text(gap.name) or gap.id
    by = "" if gap.by is None else words.span(gap.by)
    return words.say(f"exercise.gap.{gap.kind}", name=name, by=by)


def gap_row(words: Words, gap: ExerciseGap, owner: str) -> Row:
    """Show a gap with its owner and what became of its action."""
    status = words.word("status.action", gap.status) if gap.status else words.say("exercise.no_action")
    due = (words.say("exercise.due", day=words.day(gap.due_on)),) if gap.due_on else ()
    return (
        Cell(gap_said(words, gap), notes=(gap.id,)),
        Cell(words.word("role", gap.role)),
        Cell(owner if gap.action else "", notes=(gap.action,) if gap.action else ()),
        Cell(status, STATE_TONES.get(gap.status or "", "muted"), due, badge=True),
    )


def gap_table(words: Words, rows: Sequence[Row]) -> Block:
    """Lay out gaps, or say that there are none."""
    if not rows:
        return Paragraph(Cell(words.say("exercise.no_gaps"), tone="good"))
    return table_of(words, "exercise.gaps", GAPS, rows)


def trend_picture(words: Words, exercise: Exercise) -> Picture:
    """Draw the points of the scenario's drills up to this one."""
    bars = [
        TrendBar(
            label=words.day(each.started_at.date()),
            points=each.points,
            note=words.say("exercise.gaps_count", count=words.number(each.gaps)),
            tone="accent" if each.id == exercise.id else "pale",
        )
        for each in exercise.trend
    ]
    said = words.listed(f"{bar.label}{words.say('colon')}{bar.points}" for bar in bars)
    chart = trend_chart(words.say("exercise.trend_alt", points=said), bars)
    return Picture(chart, words.say("exercise.trend"), words.say("exercise.trend_caption"))
