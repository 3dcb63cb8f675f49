"""The portfolio of a period laid out for a reader in one language."""

from collections.abc import Iterator

from reports.charts.months import months_chart
from reports.document import (
    Block,
    Cell,
    Document,
    Fact,
    FactList,
    Heading,
    Paragraph,
    Picture,
    Section,
    Table,
    Tile,
    Tone,
)
from reports.incident_document import FRAME
from reports.portfolio_view import Line, Measure, Portfolio
from reports.sections.exercise_duties import exercise_duties_section
from reports.sections.portfolio_finances import portfolio_finances_section
from reports.sections.readiness import readiness_section
from reports.sections.supervisors import supervisors_section
from reports.tables import Head, table_of
from reports.telling import LEVEL_TONES
from reports.words import Words, ranges, words_of

MEASURES = (
    Head("portfolio.measure", 46),
    Head("portfolio.mean", 18),
    Head("portfolio.median_word", 18),
    Head("", 18),
)
PLACES = (
    Head("portfolio.place", 40),
    Head("portfolio.due_count", 20, number=True),
    Head("portfolio.time_count", 20, number=True),
    Head("portfolio.share", 20, number=True),
)
LINES = (
    Head("portfolio.incident", 34),
    Head("document.declared", 20),
    Head("headline.severity", 13),
    Head("tile.contained", 14),
    Head("portfolio.duties", 22),
)
CAUSES = (Head("portfolio.cause", 60), Head("portfolio.count", 20, number=True))
OVERDUE = (Head("action.title", 54), Head("portfolio.owner", 22), Head("action.due", 22))


def portfolio_document(portfolio: Portfolio, language: str) -> Document:
    """Put a portfolio into a language.

    Raises:
        NotFoundError: there are no words in that language.
    """
    words = words_of(language)
    start, end = words.day(portfolio.start.date()), words.day(portfolio.end.date())
    return Document(
        language=words.language,
        kind=words.say("portfolio.kind"),
        title=words.say("portfolio.title", start=start, end=end),
        subtitle=words.say("portfolio.subtitle"),
        number=words.say("portfolio.number", start=start, end=end),
        mark="",
        mark_note="",
        facts=(
            Fact(words.say("portfolio.from"), Cell(words.moment(portfolio.start))),
            Fact(words.say("portfolio.to"), Cell(words.moment(portfolio.end))),
            Fact(words.say("document.as_of"), Cell(words.moment(portfolio.at))),
        ),
        tiles=_tiles(words, portfolio),
        sections=(
            _figures(words, portfolio),
            _list(words, "list", portfolio.incidents),
            *_supervisors(words, portfolio),
            _causes(words, portfolio),
            _overdue(words, portfolio),
            portfolio_finances_section(words, portfolio.finances),
            *_readiness(words, portfolio),
            _list(words, "drill_list", portfolio.drills, portfolio.drill_measures),
            *_exercise_duties(words, portfolio),
        ),
        notes=(words.say("document.times_in_utc"), words.say("document.refs_note")),
        at=portfolio.at,
        labels={name: words.say(f"document.{name}") for name in FRAME},
    )


def _exercise_duties(words: Words, portfolio: Portfolio) -> Iterator[Section]:
    if portfolio.exercise_duties:
        yield exercise_duties_section(words, portfolio.exercise_duties)


def _supervisors(words: Words, portfolio: Portfolio) -> Iterator[Section]:
    if portfolio.supervisors is not None:
        yield supervisors_section(words, portfolio.supervisors)


def _readiness(words: Words, portfolio: Portfolio) -> Iterator[Section]:
    if portfolio.readiness is not None:
        yield readiness_section(words, portfolio.readiness)


def _tiles(words: Words, portfolio: Portfolio) -> tuple[Tile, ...]:
    duties, measures = portfolio.duties, {each.kind: each for each in portfolio.measures}
    fell_due = duties["in_time"] + duties["late"] + duties["owed"]
    note = words.say("portfolio.nothing_due")
    if fell_due:
        note = words.say("portfolio.of_due", total=words.number(fell_due), owed=words.number(duties["owed"]))
    tone: Tone = "" if not fell_due else "good" if duties["in_time"] == fell_due else "bad"
    closed = sum(each.closed_at is not None for each in portfolio.incidents)
    incidents = words.number(len(portfolio.incidents))
    overdue = len(portfolio.overdue)
    return (
        Tile(words.say("portfolio.incidents"), incidents, words.say("portfolio.closed", count=closed)),
        Tile(words.say("portfolio.in_time"), words.share(duties["in_time"], fell_due), note, tone),
        Tile(words.say("portfolio.drills"), words.number(len(portfolio.drills)), words.say("portfolio.held")),
        _measure_tile(words, measures["contain"], len(portfolio.incidents)),
        _measure_tile(words, measures["notify"], len(portfolio.incidents)),
        Tile(
            words.say("portfolio.overdue"),
            words.number(overdue),
            words.say("section.actions"),
            "bad" if overdue else "good",
        ),
    )


def _known(words: Words, measure: Measure, total: int) -> str:
    return words.say("portfolio.known", known=words.number(measure.known), total=words.number(total))


def _measure_tile(words: Words, measure: Measure, total: int) -> Tile:
    label = words.say(f"portfolio.{measure.kind}")
    return Tile(label, words.span(measure.mean), _known(words, measure, total))


def _section(words: Words, name: str, lead: str, blocks: Iterator[Block]) -> Section:
    return Section(name, words.say(f"portfolio.{name}"), words.say(f"portfolio.lead_{lead}"), tuple(blocks))


def _figures(words: Words, portfolio: Portfolio) -> Section:
    return _section(words, "figures", "figures", _figure_blocks(words, portfolio))


def _figure_blocks(words: Words, portfolio: Portfolio) -> Iterator[Block]:
    if portfolio.months:
        names = (words.say("portfolio.incidents"), words.say("portfolio.drills"))
        chart = months_chart(words.say("portfolio.months_alt"), portfolio.months, names)
        yield Picture(chart, words.say("portfolio.months"), words.say("portfolio.months_caption"))
    yield Heading(words.say("portfolio.measures"))
    yield _measures(words, portfolio.measures, len(portfolio.incidents))
    if portfolio.severities:
        yield Heading(words.say("portfolio.severities"))
        yield FactList(
            tuple(
                Fact(
                    words.say("unknown") if level == "unknown" else words.word("level", level),
                    Cell(words.number(count)),
                )
                for level, count in portfolio.severities.items()
            )
        )
    if portfolio.places:
        yield Heading(words.say("portfolio.by_place"))
        yield _places(words, portfolio)


def _measures(words: Words, measures: tuple[Measure, ...], total: int) -> Table:
    rows = (
        (
            Cell(words.say(f"portfolio.{each.kind}")),
            Cell(words.span(each.mean), tone="" if each.known else "muted"),
            Cell(words.span(each.median), tone="" if each.known else "muted"),
            Cell(_known(words, each, total), tone="muted"),
        )
        for each in measures
    )
    return table_of(words, "portfolio.measures", MEASURES, rows)


def _places(words: Words, portfolio: Portfolio) -> Table:
    rows = (
        (
            Cell(words.place(place)),
            Cell(words.number(due)),
            Cell(words.number(in_time)),
            Cell(words.share(in_time, due), tone="good" if in_time == due else "bad"),
        )
        for place, in_time, due in portfolio.places
    )
    return table_of(words, "portfolio.by_place", PLACES, rows)


def _list(words: Words, name: str, lines: tuple[Line, ...], measures: tuple[Measure, ...] = ()) -> Section:
    lead = "drills" if measures else "list"
    return _section(words, name, lead, _list_blocks(words, name, lines, measures))


def _list_blocks(
    words: Words, name: str, lines: tuple[Line, ...], measures: tuple[Measure, ...]
) -> Iterator[Block]:
    if not lines:
        yield Paragraph(Cell(words.say("portfolio.none"), tone="muted"))
        return
    if measures:
        yield _measures(words, measures, len(lines))
    yield table_of(words, f"portfolio.{name}", LINES, (_line(words, each) for each in lines))


def _line(words: Words, line: Line) -> tuple[Cell, ...]:
    state = words.word("status.incident", line.status)
    duties = words.say(
        "portfolio.duties_said", **{name: words.number(count) for name, count in line.duties.items()}
    )
    bad = line.duties["late"] or line.duties["owed"]
    contained = line.spans["contain"]
    scored = () if line.points is None else (words.say("portfolio.points", count=words.number(line.points)),)
    return (
        Cell(line.title, notes=(line.id, *scored), refs=ranges(line.seqs)),
        Cell(words.moment(line.declared_at), notes=(state,)),
        Cell(words.word("level", line.severity), LEVEL_TONES.get(line.severity or "", "muted"), badge=True),
        Cell(words.span(contained), tone="muted" if contained is None else ""),
        Cell(duties, tone="bad" if bad else ""),
    )


def _causes(words: Words, portfolio: Portfolio) -> Section:
    blocks: tuple[Block, ...] = (Paragraph(Cell(words.say("portfolio.no_causes"), tone="muted")),)
    if portfolio.causes:
        rows = (
            (Cell(cause), Cell(words.number(count), tone="bad" if count > 1 else ""))
            for cause, count in portfolio.causes
        )
        blocks = (table_of(words, "portfolio.causes", CAUSES, rows),)
    return _section(words, "causes", "causes", iter(blocks))


def _overdue(words: Words, portfolio: Portfolio) -> Section:
    blocks: tuple[Block, ...] = (Paragraph(Cell(words.say("portfolio.none"), tone="good")),)
    if portfolio.overdue:
        rows = (
            (Cell(each.title, notes=(each.id,)), Cell(each.owner), Cell(each.due_on, tone="bad"))
            for each in portfolio.overdue
        )
        blocks = (table_of(words, "portfolio.overdue", OVERDUE, rows),)
    return _section(words, "overdue", "overdue", iter(blocks))
