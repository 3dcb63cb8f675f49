"""The section about a drill's score: what was expected, forecast against deed, gaps, and the drills before."""

from collections.abc import Iterator

from reports.document import (
    Block,
    Callout,
    Cell,
    Fact,
    FactList,
    Heading,
    Paragraph,
    Section,
    Tile,
    Tone,
)
from reports.exercise_words import (
    expectation_said,
    gap_row,
    gap_table,
    presence_said,
    share_said,
    trend_picture,
)
from reports.tables import Head, table_of
from reports.telling import Telling
from reports.view_exercise import ClockUse, Exercise, Expectation, PastDrill, SlowStep
from reports.words import ranges

GOOD_POINTS, FAIR_POINTS = 90, 70
EXPECTED = (
    Head("exercise.expected_what", 40),
    Head("exercise.role", 20),
    Head("exercise.by", 13),
    Head("exercise.happened", 14),
    Head("exercise.state", 13),
)
CLOCKS = (
    Head("exercise.clock", 40),
    Head("exercise.allowed", 15),
    Head("exercise.at_most", 15),
    Head("exercise.took", 15),
    Head("exercise.state", 15),
)
SLOW = (
    Head("exercise.slow_step", 60),
    Head("exercise.at_most", 20),
    Head("exercise.took", 20),
)
BEFORE = (
    Head("exercise.drill", 32),
    Head("exercise.score", 12, number=True),
    Head("exercise.clocks", 16, number=True),
    Head("exercise.decisions", 16, number=True),
    Head("exercise.expectations", 14, number=True),
    Head("exercise.gaps", 10, number=True),
)


def exercise_sections(telling: Telling) -> tuple[Section, ...]:
    """Tell what a drill was worth; nothing in the report of an incident, or of a drill that has no score yet."""
    words, exercise = telling.words, telling.report.exercise
    if exercise is None:
        return ()
    blocks = tuple(_blocks(telling, exercise))
    return (Section("exercise", words.say("section.exercise"), words.say("lead.exercise"), blocks),)


def points_tone(points: int) -> Tone:
    """Say how points look: good from 90 on, bad below 70."""
    return "good" if points >= GOOD_POINTS else "warn" if points >= FAIR_POINTS else "bad"


def score_tile(telling: Telling, exercise: Exercise) -> Tile:
    """Show the points on the front page."""
    words = telling.words
    note = words.say("exercise.gaps_count", count=words.number(len(exercise.gaps)))
    value = words.say("exercise.points", count=words.number(exercise.points))
    return Tile(words.say("exercise.score"), value, note, points_tone(exercise.points), ranges(exercise.seqs))


def _blocks(telling: Telling, exercise: Exercise) -> Iterator[Block]:
    words = telling.words
    if exercise.refused_connections:
        said = words.say("exercise.refused", count=words.number(exercise.refused_connections))
        yield Callout(said, "bad")
    yield FactList(tuple(_facts(telling, exercise)))
    yield Heading(words.say("exercise.participants"))
    yield Paragraph(Cell(presence_said(words, exercise, telling.people(exercise.people)), tone="muted"))
    yield FactList(
        tuple(
            Fact(words.word("role", role), Cell(telling.people(people)))
            for role, people in exercise.participants.items()
        )
    )
    if exercise.expectations:
        yield _expectations(telling, exercise)
    if exercise.clock_use:
        yield _clocks(telling, exercise)
    if exercise.slow_steps:
        yield _slow_steps(telling, exercise)
    yield Heading(words.say("exercise.gaps"))
    yield gap_table(words, [gap_row(words, each, telling.who(each.owner)) for each in exercise.gaps])
    yield trend_picture(words, exercise)
    yield _before(telling, exercise)


def _facts(telling: Telling, exercise: Exercise) -> Iterator[Fact]:
    words, before = telling.words, exercise.before
    compared = words.say("exercise.first")
    if before is not None:
        compared = words.say(
            "exercise.compared", points=before.points, change=f"{exercise.points - before.points:+d}"
        )
    points = words.say("exercise.points", count=words.number(exercise.points))
    name = words.text(exercise.scenario_name) or exercise.scenario
    yield Fact(words.say("exercise.scenario"), Cell(name, notes=(exercise.scenario,)))
    yield Fact(
        words.say("exercise.score"),
        Cell(points, points_tone(exercise.points), (compared,), ranges(exercise.seqs), badge=True),
    )
    yield Fact(words.say("exercise.clocks"), Cell(share_said(words, exercise.clocks)))
    yield Fact(words.say("exercise.decisions"), Cell(share_said(words, exercise.decisions)))
    yield Fact(words.say("exercise.expectations"), Cell(share_said(words, exercise.expected)))
    yield Fact(words.say("exercise.lasted"), Cell(words.span(exercise.days * 86_400)))
    yield Fact(words.say("exercise.injects"), Cell(words.number(exercise.injects)))
    yield Fact(words.say("exercise.outside"), Cell(words.number(exercise.refused_connections)))


def _expectations(telling: Telling, exercise: Exercise) -> Block:
    rows = (_expectation_row(telling, each) for each in exercise.expectations)
    return table_of(telling.words, "exercise.expected_what", EXPECTED, rows)


def _expectation_row(telling: Telling, each: Expectation) -> tuple[Cell, ...]:
    words = telling.words
    state = "met" if each.met else "late" if each.happened is not None else "missing"
    return (
        Cell(expectation_said(words, each), notes=(each.id,)),
        Cell(words.word("role", each.owner)),
        Cell(words.span(each.by)),
        Cell(words.say("exercise.never") if each.happened is None else words.span(each.happened)),
        Cell(words.say(f"exercise.states.{state}"), "good" if each.met else "bad", badge=True),
    )


def _clocks(telling: Telling, exercise: Exercise) -> Block:
    rows = (_clock_row(telling, each) for each in exercise.clock_use)
    return table_of(telling.words, "exercise.clock", CLOCKS, rows)


def _clock_row(telling: Telling, each: ClockUse) -> tuple[Cell, ...]:
    words = telling.words
    known = next((duty for duty in telling.report.duties if duty.rule == each.rule), None)
    state, tone = "not_arisen", "muted"
    if each.took is not None:
        over, slower = each.took > each.allowed, each.took > each.at_most
        state, tone = ("late", "bad") if over else ("slower", "warn") if slower else ("as_planned", "good")
    return (
        Cell(known.citation if known else each.rule, notes=(each.rule,) if known else ()),
        Cell(words.span(each.allowed)),
        Cell(words.span(each.at_most)),
        Cell(words.say("exercise.never") if each.took is None else words.span(each.took)),
        Cell(words.say(f"exercise.states.{state}"), tone, badge=True),  # type: ignore[arg-type]
    )


def _slow_steps(telling: Telling, exercise: Exercise) -> Block:
    rows = (_slow_row(telling, each) for each in exercise.slow_steps)
    return table_of(telling.words, "exercise.slow_step", SLOW, rows)


def _slow_row(telling: Telling, each: SlowStep) -> tuple[Cell, ...]:
    words = telling.words
    name = words.text(each.name) or each.id
    return Cell(name, notes=(each.id,)), Cell(words.span(each.at_most)), Cell(words.span(each.took), "warn")


def _before(telling: Telling, exercise: Exercise) -> Block:
    rows = (_past_row(telling, each) for each in reversed(exercise.trend))
    return table_of(telling.words, "exercise.trend", BEFORE, rows)


def _past_row(telling: Telling, each: PastDrill) -> tuple[Cell, ...]:
    words = telling.words
    return (
        Cell(each.id, notes=(telling.when(each.started_at),)),
        Cell(words.number(each.points), points_tone(each.points)),
        *(Cell(share_said(words, share)) for share in (each.clocks, each.decisions, each.expectations)),
        Cell(words.number(each.gaps)),
    )
