"""The report in a few sentences, for a reader who stops after the first page."""

from collections.abc import Iterator

from reports.document import Block, Cell, Column, Paragraph, Points, Section
from reports.sections.duties import clocks_picture, margin_said, recipient_of
from reports.sections.finances import brief_finances
from reports.telling import Telling
from reports.view import Duty
from reports.words import ranges

MOST_OPEN, MOST_BARS = 5, 5
MOST_LETTERS = 280  # of the cause; the section about it has the whole text


def settled_in_time(duties: tuple[Duty, ...]) -> tuple[int, int, int, int]:
    """Count duties met in time, met late, still open, and those of the open ones past their deadline."""
    met = sum(duty.status == "met" for duty in duties)
    late = sum(duty.status == "late" for duty in duties)
    still_open = [duty for duty in duties if duty.status == "open" and duty.certain]
    overdue = sum(duty.margin is not None and duty.margin < 0 for duty in still_open)
    return met, late, len(still_open), overdue


def brief(telling: Telling) -> Iterator[Cell]:
    """Say how it went, who is affected, who was told, which duties stand, why, what changes, and what it cost."""
    yield _found(telling)
    yield _people(telling)
    yield _told(telling)
    yield from _duties(telling)
    yield _cause(telling)
    yield _actions(telling)
    yield from brief_finances(telling)


def _found(telling: Telling) -> Cell:
    words = telling.words
    spans = {span.kind: words.span(span.seconds) for span in telling.report.spans}
    said = words.say("brief.found", detect=spans["detect"], contain=spans["contain"])
    return Cell(said, refs=ranges(telling.report.headline.seqs))


def _people(telling: Telling) -> Cell:
    words, headline = telling.words, telling.report.headline
    said = words.say(
        "brief.people",
        people=words.count(headline.people),
        places=places_said(telling),
        level=words.word("level", headline.severity.level),
        risk=words.word("risk", headline.risk),
    )
    return Cell(said, refs=ranges(headline.triage_seqs))


def places_said(telling: Telling) -> str:
    """Say in how many places the affected people are."""
    words, places = telling.words, telling.report.headline.by_place
    if places is None:
        return words.say("tile.places_unknown")
    return words.say("tile.by_places", count=words.number(len(places)))


def _told(telling: Telling) -> Cell:
    words, coverage = telling.words, telling.report.coverage
    if coverage.told is None or coverage.affected is None:
        return Cell(words.say("brief.told_unknown"))
    said = words.say(
        "brief.told",
        told=words.number(coverage.told),
        affected=words.number(coverage.affected),
        share=words.share(coverage.told, coverage.affected),
        rest=words.number(coverage.affected - coverage.told),
    )
    return Cell(said, refs=ranges(telling.report.coverage_seqs))


def _duties(telling: Telling) -> Iterator[Cell]:
    words, duties = telling.words, telling.report.duties
    counts = zip(("met", "late", "open", "overdue"), settled_in_time(duties), strict=True)
    refs = ranges(tuple(sorted({seq for duty in duties for seq in duty.seqs[-1:]})))
    figures = {name: words.number(count) for name, count in counts}
    figures["possible"] = words.number(sum(not duty.certain for duty in duties))
    yield Cell(words.say("brief.duties", **figures), refs=refs)
    still_open = (duty for duty in duties if duty.status == "open" and duty.certain)
    coming = [duty for duty in still_open if duty.margin is not None and duty.margin >= 0]
    if coming:
        first = min(coming, key=lambda duty: duty.margin or 0.0)
        due = words.moment(first.due_at, first.zone)
        said = words.say("brief.next", due=due, recipient=recipient_of(telling, first))
        yield Cell(said, refs=ranges(first.seqs))


def _cause(telling: Telling) -> Cell:
    words, cause = telling.words, telling.report.cause
    if cause is None:
        return Cell(words.say("cause.none"))
    return Cell(
        words.say("brief.cause", summary=_shortened(words.text(cause.summary))), refs=ranges(cause.seqs)
    )


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1].rstrip()}…"


def _actions(telling: Telling) -> Cell:
    words, actions = telling.words, telling.report.actions
    said = words.say(
        "brief.actions",
        count=words.number(len(actions)),
        overdue=words.number(sum(action.overdue for action in actions)),
    )
    return Cell(said, refs=ranges(tuple(sorted({seq for action in actions for seq in action.seqs}))))


def brief_section(telling: Telling) -> Section:
    """Say it in a few sentences, as a section of its own."""
    words = telling.words
    return Section(
        "summary", words.say("section.summary"), words.say("lead.summary"), (Points(tuple(brief(telling))),)
    )


def clocks_section(telling: Telling) -> Section:
    """Show how the clocks stand."""
    words = telling.words
    blocks: tuple[Block, ...] = tuple(clocks_picture(telling, MOST_BARS, titled=False))
    if not blocks:
        blocks = (Paragraph(Cell(words.say("duty.none"), tone="muted")),)
    return Section("clocks", words.say("section.clocks"), words.say("lead.clocks"), blocks)


def open_section(telling: Telling) -> Section:
    """List open duties and overdue actions, the most urgent first."""
    words, report = telling.words, telling.report
    rows = [
        (
            Cell(recipient_of(telling, duty), refs=ranges(duty.seqs)),
            Cell(words.moment(duty.due_at, duty.zone) if duty.due_at else words.say("duty.at_once")),
            Cell(margin_said(telling, duty), tone="bad" if (duty.margin or 0) < 0 else "warn"),
        )
        for duty in report.duties
        if duty.status == "open" and duty.certain
    ]
    rows += [
        (
            Cell(action.title, refs=ranges(action.seqs)),
            Cell(words.day(action.due_on)),
            Cell(telling.who(action.owner), tone="bad"),
        )
        for action in report.actions
        if action.overdue
    ]
    blocks: tuple[Block, ...] = (Paragraph(Cell(words.say("open.none"), tone="good")),)
    if rows:
        columns = (
            Column(words.say("open.item"), 50),
            Column(words.say("duty.due"), 26),
            Column(words.say("duty.state"), 24),
        )
        blocks = (telling.table(words.say("section.open"), columns, rows, MOST_OPEN),)
    return Section("open", words.say("section.open"), words.say("lead.open"), blocks)
