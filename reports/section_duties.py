"""Sections about duties and their clocks, and the reports to authorities that answer them."""

from collections.abc import Iterator

from models.vocabulary import Language
from reports.charts import ClockBar, clocks_chart
from reports.document import Block, Cell, Column, Paragraph, Picture, Section, Tone
from reports.telling import DUTY_TONES, Telling
from reports.view import Duty, FilingView
from reports.words import ranges

MOST_CLOCKS = 16


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
    columns = (
        Column(words.say("duty.recipient"), 22),
        Column(words.say("duty.clock"), 21),
        Column(words.say("duty.due"), 21),
        Column(words.say("duty.state"), 19),
        Column(words.say("duty.basis"), 17),
    )
    yield telling.table(words.say("section.duties"), columns, (_duty_row(telling, each) for each in duties))


def state_of(duty: Duty) -> str:
    """Name the state to show: an open duty past its deadline is overdue."""
    overdue = duty.status == "open" and duty.margin is not None and duty.margin < 0
    return "overdue" if overdue else duty.status


def recipient_of(telling: Telling, duty: Duty) -> str:
    """Name the recipient, in the authority's own language where the report is in Chinese and it has one."""
    own = duty.recipient_local if telling.words.language == Language.ZH else None
    return own or duty.recipient


def _duty_row(telling: Telling, duty: Duty) -> tuple[Cell, ...]:
    words = telling.words
    stage = words.word("stage", duty.stage)
    basis = words.say("duty.verified" if duty.verified else "duty.not_verified")
    return (
        Cell(recipient_of(telling, duty), notes=(f"{words.place(duty.jurisdiction)} · {stage}", duty.rule)),
        _clock_cell(telling, duty),
        _due_cell(telling, duty),
        _state_cell(telling, duty),
        Cell(duty.citation, tone="" if duty.verified else "warn", notes=(basis,)),
    )


def _clock_cell(telling: Telling, duty: Duty) -> Cell:
    words = telling.words
    clock = words.word("moment", duty.clock)
    if duty.starts_at is None:
        return Cell(words.say("duty.clock_waits", clock=clock), tone="muted")
    return Cell(telling.when(duty.starts_at), notes=(clock,))


def _due_cell(telling: Telling, duty: Duty) -> Cell:
    words = telling.words
    if duty.due_at is None:
        waits = duty.starts_at is None and duty.status == "not_started"
        return Cell(words.say("not_yet" if waits else "duty.at_once"), tone="muted")
    utc = words.moment(duty.due_at)
    if duty.zone is None:
        return Cell(utc, notes=(words.say("duty.no_zone"),))
    return Cell(words.moment(duty.due_at, duty.zone), notes=(duty.zone, utc))


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
        notes.append(words.say("duty.missing", facts=words.listed(duty.unknowns)))
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
        if duty.due_at is None or duty.starts_at is None or duty.margin is None:
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
        missing = Cell(words.listed(name.replace("_", " ") for name in filing.missing), tone="warn")
    return (
        Cell(filing.authority, notes=(f"{stage} · {version}", filing.rule)),
        telling.state("filing", filing.status, filing.seqs),
        submitted,
        receipt or Cell(words.say("unknown" if filing.submitted_at else "not_yet"), tone="muted"),
        missing,
    )
