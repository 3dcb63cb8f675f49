"""Sections about duties and their clocks, and the reports to authorities that answer them."""

from collections.abc import Iterable, Iterator

from models.vocabulary import ObligationStatus
from reports.charts.drawing import ClockBar, clocks_chart
from reports.document import Block, Cell, Column, Heading, Paragraph, Picture, Section, Table, Tone
from reports.telling import DUTY_TONES, Telling
from reports.view import Duty
from reports.view_doings import FilingView
from reports.words import by_language, ranges

MOST_CLOCKS, MOST_FACTS = 16, 4


def duties_section(telling: Telling) -> Section:
    """Tell each duty's clock, state, margin and legal basis."""
    words = telling.words
    return Section(
        "duties", words.say("section.duties"), words.say("lead.duties"), tuple(_duty_blocks(telling))
    )


def _duty_blocks(telling: Telling) -> Iterator[Block]:
    words, duties = telling.words, telling.report.duties
    if not duties:
        yield Paragraph(Cell(words.say("duty.none"), tone="muted"))
        return
    yield from clocks_picture(telling)
    certain = [duty for duty in duties if duty.certain]
    if certain:
        yield duty_table(telling, certain, words.say("section.duties"))
    possible = [duty for duty in duties if not duty.certain]
    if possible:
        yield Heading(words.say("duty.possible"))
        yield Paragraph(Cell(words.say("duty.possible_note"), tone="muted"))
        columns = (
            Column(words.say("duty.recipient"), 28),
            Column(words.say("duty.possible_due"), 23),
            Column(words.say("duty.depends_on"), 24),
            Column(words.say("duty.basis"), 25),
        )
        yield telling.table(
            words.say("duty.possible"), columns, (_possible_row(telling, each) for each in possible)
        )


def duty_table(telling: Telling, duties: Iterable[Duty], caption: str) -> Table:
    """Show duties that apply, one a line."""
    words = telling.words
    columns = (
        Column(words.say("duty.recipient"), 27),
        Column(words.say("duty.due"), 24),
        Column(words.say("duty.state"), 23),
        Column(words.say("duty.basis"), 26),
    )
    return telling.table(caption, columns, (_duty_row(telling, each) for each in duties))


def state_of(duty: Duty) -> str:
    """Name the state to show: an open duty past its deadline is overdue, one that may not apply undecided."""
    if not duty.certain:
        return "undecided"
    overdue = duty.status == "open" and duty.margin is not None and duty.margin < 0
    return "overdue" if overdue else duty.status


def recipient_of(telling: Telling, duty: Duty) -> str:
    """Name the recipient, in the authority's own language where the report is in Chinese and it has one."""
    return telling.words.text(by_language(duty.recipient, duty.recipient_local))


def _duty_row(telling: Telling, duty: Duty) -> tuple[Cell, ...]:
    return (
        _recipient_cell(telling, duty),
        _due_cell(telling, duty),
        _state_cell(telling, duty),
        _basis_cell(telling, duty),
    )


def _possible_row(telling: Telling, duty: Duty) -> tuple[Cell, ...]:
    depends = Cell(_named(telling, duty.unknowns), tone="muted", refs=ranges(duty.seqs))
    return _recipient_cell(telling, duty), _due_cell(telling, duty), depends, _basis_cell(telling, duty)


def _recipient_cell(telling: Telling, duty: Duty) -> Cell:
    words = telling.words
    stage = words.word("stage", duty.stage)
    return Cell(recipient_of(telling, duty), notes=(f"{words.place(duty.jurisdiction)} · {stage}", duty.rule))


def _basis_cell(telling: Telling, duty: Duty) -> Cell:
    basis = telling.words.say("duty.verified" if duty.verified else "duty.not_verified")
    return Cell(duty.citation, tone="" if duty.verified else "warn", notes=(basis,))


def _named(telling: Telling, facts: tuple[str, ...]) -> str:
    """Name the first few facts and say how many more there are."""
    words = telling.words
    shown = words.listed(facts[:MOST_FACTS])
    more = len(facts) - MOST_FACTS
    return words.say("duty.and_more", facts=shown, more=words.number(more)) if more > 0 else shown


def _clock_said(telling: Telling, clock: str | None) -> str:
    """Name a clock's moment; `classified_at.dora` is the moment under that regime."""
    moment, _, regime = (clock or "").partition(".")
    if regime and f"moment.{moment}" in telling.words.labels:
        return f"{telling.words.word('moment', moment)} ({regime.upper()})"
    return telling.words.word("moment", clock)


def _due_cell(telling: Telling, duty: Duty) -> Cell:
    words = telling.words
    clock = _clock_said(telling, duty.clock)
    if duty.starts_at is None:
        waits = (words.say("duty.clock_waits", clock=clock),) if duty.clock else ()
        waiting = duty.status == ObligationStatus.NOT_STARTED or not duty.certain
        kind = "not_yet" if waiting else "duty.at_once"
        return Cell(words.say(kind), tone="muted", notes=waits)
    started = words.say("duty.clock_from", clock=clock, at=telling.when(duty.starts_at))
    if duty.due_at is None:
        return Cell(words.say("duty.at_once"), tone="muted", notes=(started,))
    utc = words.moment(duty.due_at)
    if duty.zone is None:
        return Cell(utc, notes=(words.say("duty.no_zone"), started))
    return Cell(words.moment(duty.due_at, duty.zone), notes=(duty.zone, utc, started))


def margin_said(telling: Telling, duty: Duty) -> str:
    """Say the margin: to spare, over, or left."""
    if duty.margin is None:
        return ""
    if duty.margin < 0:
        kind = "duty.over"
    else:
        kind = "duty.left" if duty.status in {"open", "not_started"} else "duty.to_spare"
    return telling.words.say(kind, span=telling.words.span(duty.margin))


def _state_cell(telling: Telling, duty: Duty) -> Cell:
    words, state = telling.words, state_of(duty)
    notes = [margin_said(telling, duty)]
    if duty.met_at is not None:
        notes.append(telling.when(duty.met_at))
    if duty.met_by:
        notes.append(words.say("duty.met_by", what=duty.met_by))
    if duty.decided_by:
        notes.append(words.say("duty.decided", who=telling.who(duty.decided_by), reason=duty.reason or ""))
    elif duty.reason:
        notes.append(duty.reason)
    if duty.unknowns:
        notes.append(words.say("duty.missing", facts=_named(telling, duty.unknowns)))
    return Cell(
        words.word("status.duty", state),
        DUTY_TONES.get(state, "muted"),
        tuple(note for note in notes if note),
        ranges(duty.seqs),
        badge=True,
    )


def clocks_picture(telling: Telling, most: int = MOST_CLOCKS, *, titled: bool = True) -> Iterator[Block]:
    """Draw how much of its time each of the first duties used; nothing when no duty has a deadline."""
    words = telling.words
    bars = []
    for duty in telling.report.duties:
        if duty.due_at is None or duty.starts_at is None or duty.margin is None or not duty.certain:
            continue
        allowed = max((duty.due_at - duty.starts_at).total_seconds(), 1.0)
        state = state_of(duty)
        tone: Tone = DUTY_TONES.get(state, "muted")
        said = f"{words.word('status.duty', state)} · {margin_said(telling, duty)}"
        bars.append(
            ClockBar(recipient_of(telling, duty), max(1 - duty.margin / allowed, 0.0), said, tone or "accent")
        )
    if bars:
        chart = clocks_chart(words.say("chart.clocks_alt"), bars[:most], words.say("chart.deadline"))
        title = words.say("chart.clocks") if titled else ""
        yield Picture(chart, title, words.say("chart.clocks_caption"))


def filings_section(telling: Telling) -> Section:
    """Tell what each authority was sent, its receipt, and what is missing."""
    words, filings = telling.words, telling.report.filings
    blocks: tuple[Block, ...] = (Paragraph(Cell(words.say("filing.none"), tone="muted")),)
    if filings:
        columns = (
            Column(words.say("filing.authority"), 24),
            Column(words.say("filing.state"), 14),
            Column(words.say("filing.submitted"), 22),
            Column(words.say("filing.receipt"), 16),
            Column(words.say("filing.missing"), 22),
        )
        rows = (_filing_row(telling, each) for each in filings)
        blocks = (telling.table(words.say("section.filings"), columns, rows),)
    return Section("filings", words.say("section.filings"), words.say("lead.filings"), blocks)


def _filing_row(telling: Telling, filing: FilingView) -> tuple[Cell, ...]:
    words = telling.words
    stage = words.word("stage", filing.stage)
    version = words.say("filing.facts", version=filing.facts_version)
    submitted = Cell(words.say("not_yet"), tone="muted")
    if filing.submitted_at is not None:
        notes = []
        if filing.submitted_by:
            notes.append(words.say("filing.by", who=telling.who(filing.submitted_by)))
        if filing.approved_by:
            notes.append(words.say("filing.approved_by", who=telling.who(filing.approved_by)))
        submitted = Cell(telling.when(filing.submitted_at), notes=tuple(notes))
    receipt = Cell(filing.receipt_number, mono=True) if filing.receipt_number else None
    missing = Cell(words.say("filing.complete"), tone="good")
    if filing.missing:
        missing = Cell(" · ".join(map(words.text, filing.missing.values())), tone="warn")
    return (
        Cell(words.text(filing.authority), notes=(f"{stage} · {version}", filing.rule)),
        telling.state("filing", filing.status, filing.seqs),
        submitted,
        receipt or Cell(words.say("unknown" if filing.submitted_at else "not_yet"), tone="muted"),
        missing,
    )
