"""The opening section of an incident report: what happened, how bad it is, who is affected, how long it took."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from models.count import Count
from regulations.reason_words import in_chinese
from reports.document import Block, Cell, Column, Fact, FactList, Heading, Paragraph, Points, Section, Table
from reports.sections.brief import brief
from reports.telling import LEVEL_TONES, Telling
from reports.words import ranges

MOST_PLACES = 30
WORDED = {
    "vector": "vector",
    "actor": "actor",
    "exfiltration": "exfiltration",
    "service_impact": "service_impact",
}


def headline_section(telling: Telling) -> Section:
    """Tell what happened and how bad it is."""
    words = telling.words
    return Section(
        "summary", words.say("section.summary"), words.say("lead.summary"), tuple(_blocks(telling))
    )


def _blocks(telling: Telling) -> Iterator[Block]:
    words = telling.words
    yield Points(tuple(brief(telling)))
    yield Heading(words.say("headline.what_happened"))
    yield FactList(tuple(_nature(telling)))
    yield Heading(words.say("headline.how_bad"))
    yield FactList(tuple(_severity(telling)))
    yield Heading(words.say("headline.who"))
    yield people_table(telling)
    yield Heading(words.say("headline.when"))
    yield _moments(telling)
    yield Heading(words.say("headline.durations"))
    yield _durations(telling)
    yield from _reasons(telling)
    yield from _questions(telling)


def facts_section(telling: Telling) -> Section:
    """Tell what happened, to whom and when, without what management concluded from it."""
    words = telling.words
    blocks = (
        FactList(tuple(_nature(telling))),
        Heading(words.say("headline.who")),
        people_table(telling),
        Heading(words.say("headline.when")),
        _moments(telling),
    )
    return Section("facts", words.say("section.facts"), words.say("lead.facts"), blocks)


def speed_section(telling: Telling) -> Section:
    """Tell how long each part took."""
    words = telling.words
    return Section("speed", words.say("section.speed"), words.say("lead.speed"), (_durations(telling),))


def questions_section(telling: Telling) -> Section:
    """Tell what is still unknown."""
    words = telling.words
    none = Paragraph(Cell(words.say("statement.no_questions"), tone="muted"))
    asked = tuple(block for block in _questions(telling) if not isinstance(block, Heading))
    return Section("questions", words.say("section.questions"), words.say("lead.questions"), asked or (none,))


def _moments(telling: Telling) -> FactList:
    words, refs = telling.words, ranges(telling.report.headline.seqs)
    return FactList(
        tuple(
            Fact(words.word("moment", name), _known(telling.when(at) if at else None, telling, refs))
            for name, at in _shown_moments(telling)
        )
    )


def _durations(telling: Telling) -> FactList:
    words = telling.words
    return FactList(
        tuple(
            Fact(
                words.word("span", span.kind),
                _known(words.span(span.seconds) if span.seconds is not None else None, telling),
            )
            for span in telling.report.spans
        )
    )


def _shown_moments(telling: Telling) -> list[tuple[str, datetime | None]]:
    """Moments every report names, known or not, and the special ones only when they happened."""
    report = telling.report
    always = {"occurred_at", "detected_at", "aware_at", "contained_at", "handled_at"}
    moments: dict[str, datetime | None] = {
        name: at for name, at in report.headline.moments.items() if at or name in always
    }
    moments["declared_at"] = report.declared_at
    if report.closed_at:
        moments["closed_at"] = report.closed_at
    return list(moments.items())


def _known(text: str | None, telling: Telling, refs: str = "") -> Cell:
    if text is None:
        return Cell(telling.words.say("unknown"), tone="muted", refs=refs)
    return Cell(text, refs=refs)


def _nature(telling: Telling) -> Iterator[Fact]:
    words, headline = telling.words, telling.report.headline
    refs = ranges(headline.seqs)
    for name, value in headline.nature.items():
        if name in WORDED:
            known = words.word(WORDED[name], value) if value not in {None, "unknown"} else None
        else:
            known = words.yes_no(value) if value is not None else None
        yield Fact(words.word("nature", name), _known(known, telling, refs))
    categories = headline.categories
    listed = words.listed(words.word("category", each) for each in categories) if categories else None
    yield Fact(words.say("headline.categories"), _known(listed, telling, refs))
    loss = f"{words.number(headline.loss)} {headline.currency or ''}" if headline.loss is not None else None
    yield Fact(words.say("headline.loss"), _known(loss, telling, refs))


def _severity(telling: Telling) -> Iterator[Fact]:
    words, headline = telling.words, telling.report.headline
    severity, refs = headline.severity, ranges(headline.triage_seqs)
    tone = LEVEL_TONES.get(severity.level or "", "muted")
    yield Fact(
        words.say("headline.severity"),
        Cell(words.word("level", severity.level), tone, refs=refs, badge=True),
    )
    parts = {name: words.number(getattr(severity, name)) for name in ("dpc", "ei", "cb", "score")}
    yield Fact(words.say("headline.score"), Cell(words.say("headline.formula", **parts), refs=refs))
    for name in ("dpc", "ei", "cb"):
        yield Fact(words.say(f"headline.{name}"), Cell(parts[name], refs=refs))
    yield Fact(
        words.say("headline.method"),
        _known(words.word("method", severity.method) if severity.method else None, telling),
    )
    risk_tone = LEVEL_TONES.get(headline.risk or "", "muted")
    yield Fact(
        words.say("headline.risk"),
        Cell(words.word("risk", headline.risk), risk_tone, refs=refs, badge=True),
    )
    for name, answer in headline.decisions.items():
        yield Fact(words.word("decision_on", name), Cell(words.word("answer", answer), refs=refs))


def people_table(telling: Telling) -> Table:
    """Show affected people by place with their share, and the total."""
    words, headline = telling.words, telling.report.headline
    refs = ranges(headline.seqs)
    whole = headline.people.value if headline.people else None
    columns = (
        Column(words.say("headline.place"), 16),
        Column(words.say("headline.people"), 10, number=True),
        Column(words.say("headline.share"), 8, number=True),
    )
    rows = [
        (Cell(words.place(place)), Cell(words.count(count)), Cell(_share(telling, count, whole)))
        for place, count in headline.by_place or ()
    ]
    table = telling.table(words.say("headline.who"), columns, rows, MOST_PLACES)
    total = (
        Cell(words.say("headline.total")),
        Cell(words.count(headline.people), refs=refs),
        Cell("100 %" if whole and rows else ""),
    )
    return Table(table.caption, table.columns, (*table.rows, total), table.note, total=True)


def _share(telling: Telling, count: Count, whole: int | None) -> str:
    return telling.words.share(count.value, whole)


def _reasons(telling: Telling) -> Iterator[Block]:
    words, headline = telling.words, telling.report.headline
    if not headline.reasons:
        return
    columns = (
        Column(words.say("headline.decision"), 10),
        Column(words.say("headline.because"), 22),
        Column(words.say("headline.source"), 12),
    )
    rows = (
        (
            Cell(words.word("decision_on", each.decision)),
            Cell(
                words.text(_in_both(each.because)),
                notes=(words.listed(each.facts),) if each.facts else (),
            ),
            Cell(each.source, tone="muted"),
        )
        for each in headline.reasons
    )
    yield Heading(words.say("headline.reasons"))
    yield telling.table(words.say("headline.reasons"), columns, rows)


def _questions(telling: Telling) -> Iterator[Block]:
    words, headline = telling.words, telling.report.headline
    if not headline.open_questions:
        return
    columns = (Column(words.say("headline.fact"), 12), Column(words.say("headline.would_change"), 20))
    rows = (
        (
            Cell(each.fact, mono=True),
            Cell(words.listed(words.word("decision_on", name) for name in each.would_change)),
        )
        for each in headline.open_questions
    )
    yield Heading(words.say("headline.open_questions"))
    yield telling.table(words.say("headline.open_questions"), columns, rows)


def _in_both(because: str | Mapping[str, str]) -> Mapping[str, str]:
    """Give a reason by language: triage keeps the English sentence."""
    return {"en": because, "zh": in_chinese(because)} if isinstance(because, str) else because
