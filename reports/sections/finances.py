"""Claims and costs: sums by currency, categories as a table and a picture, and the claims that are not settled."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from models.money import Converted, Money
from reports.charts.costs import CostBar, costs_chart
from reports.document import (
    Block,
    Callout,
    Cell,
    Column,
    Fact,
    FactList,
    Heading,
    Paragraph,
    Picture,
    Section,
    Table,
)
from reports.sections.recoveries import recovered_said, recovery_blocks
from reports.telling import STATE_TONES, Telling
from reports.view_finances import ClaimFigures, CostLine, Finances, OpenClaim
from reports.words import Words, ranges

MOST_CLAIMS = 60


def finances_section(telling: Telling) -> Section:
    """Tell what the response cost so far, and where the claims of affected people stand."""
    words = telling.words
    return Section(
        "finances", words.say("section.finances"), words.say("lead.finances"), tuple(_blocks(telling))
    )


def brief_finances(telling: Telling) -> Iterator[Cell]:
    """Say costs and claims in a sentence each; claims only where there are any."""
    words, found = telling.words, telling.report.finances
    if not found.lines:
        yield Cell(words.say("brief.costs_unknown"))
    else:
        whole = found.converted.total if found.converted else None
        told = words.say("brief.converted", total=words.money(whole)) if whole and len(found.sums) > 1 else ""
        said = words.say(
            "brief.costs",
            sums=words.sums(found.sums, ""),
            converted=told,
            estimated=words.sums(found.estimated, words.say("none")),
            recovered=recovered_said(words, found),
        )
        yield Cell(said, refs=ranges(found.seqs))
    claims = found.claims
    if claims.count:
        figures = {"count": claims.count, "paid": claims.states.get("paid", 0)}
        figures |= {"open": len(claims.waiting), "overdue": claims.overdue}
        counts = {name: words.number(count) for name, count in figures.items()}
        yield Cell(words.say("brief.claims", **counts), refs=ranges(claims.seqs))


def _blocks(telling: Telling) -> Iterator[Block]:
    words, found = telling.words, telling.report.finances
    yield from cost_blocks(words, found)
    yield Heading(words.say("claim.heading"))
    if not found.claims.count:
        yield Paragraph(Cell(words.say("claim.none"), tone="muted"))
        return
    if found.claims.overdue:
        yield Callout(words.say("claim.overdue", count=words.number(found.claims.overdue)), "bad")
    yield FactList(tuple(_claims(words, found.claims)))
    if found.claims.waiting:
        yield Heading(words.say("claim.open"))
        yield Paragraph(Cell(words.say("claim.open_note")))
        yield _waiting(telling)


def cost_blocks(words: Words, found: Finances) -> Iterator[Block]:
    """Show costs as sums, as a picture and by category; the portfolio shows those of many incidents so."""
    if not found.lines:
        yield Paragraph(Cell(words.say("cost.none"), tone="muted"))
    else:
        yield FactList(tuple(_sums(words, found)))
        yield _picture(words, found.lines)
        yield cost_table(words, found)
    yield from recovery_blocks(words, found)


def _sums(words: Words, found: Finances) -> Iterator[Fact]:
    refs = ranges(found.seqs)
    notes = (words.say("cost.corrected", count=words.number(found.corrected)),) if found.corrected else ()
    yield Fact(words.say("cost.total"), Cell(words.sums(found.sums, ""), refs=refs, notes=notes))
    none = words.say("cost.none_estimated")
    yield Fact(words.say("cost.estimated"), Cell(words.sums(found.estimated, none)))
    if found.converted is not None:
        yield Fact(words.say("cost.converted"), converted_cell(words, found.converted))


def converted_cell(words: Words, whole: Converted) -> Cell:
    """Show a sum in the reporting currency with the rates behind it; unknown where one is missing."""
    notes = [
        words.say(
            "cost.rate",
            source=rate.source,
            rate=f"{rate.rate:f}",
            target=rate.target,
            day=words.day(rate.on),
            said_by=rate.said_by,
        )
        for rate in whole.rates
    ]
    if whole.total is None:
        missing = words.say("cost.no_rate", currencies=words.listed(whole.missing))
        return Cell(words.say("unknown"), tone="muted", notes=(missing, *notes))
    return Cell(words.money(whole.total), notes=tuple(notes))


def _picture(words: Words, lines: Sequence[CostLine]) -> Block:
    bars = [
        CostBar(
            words.word("cost.category", line.category),
            line.currency,
            line.actual,
            line.estimate,
            words.money(Money(line.total, line.currency)),
        )
        for line in lines
    ]
    names = (words.say("cost.actual"), words.say("cost.estimate"))
    chart = costs_chart(words.say("cost.chart_alt"), bars, names)
    return Picture(chart, words.say("cost.chart"), words.say("cost.chart_caption"))


def cost_table(words: Words, found: Finances) -> Table:
    """List categories by currency with what was incurred, what is an estimate, and the sum of each currency."""
    columns = (
        Column(words.say("cost.category_label"), 34),
        Column(words.say("cost.actual"), 22, number=True),
        Column(words.say("cost.estimate"), 22, number=True),
        Column(words.say("cost.sum"), 22, number=True),
    )
    rows = [_line(words, line) for line in found.lines]
    rows += [_total(words, each, found.lines) for each in found.sums]
    return Table(words.say("cost.by_category"), columns, tuple(rows), total=len(found.sums) == 1)


def _line(words: Words, line: CostLine) -> tuple[Cell, ...]:
    notes = [words.say("cost.entries", count=words.number(line.entries))]
    if line.hours is not None:
        notes.append(words.say("cost.hours", hours=f"{line.hours.normalize():,f}"))
    return (
        Cell(words.word("cost.category", line.category), notes=(" · ".join(notes),), refs=ranges(line.seqs)),
        *(_amount(words, each, line.currency) for each in (line.actual, line.estimate, line.total)),
    )


def _total(words: Words, whole: Money, lines: Sequence[CostLine]) -> tuple[Cell, ...]:
    ours = [line for line in lines if line.currency == whole.currency]
    actual = sum((line.actual for line in ours), Decimal(0))
    estimate = sum((line.estimate for line in ours), Decimal(0))
    amounts = (actual, estimate, whole.amount)
    return (
        Cell(f"{words.say('cost.sum')} {whole.currency}"),
        *(_amount(words, each, whole.currency) for each in amounts),
    )


def _amount(words: Words, amount: Decimal, currency: str) -> Cell:
    return Cell(words.money(Money(amount, currency))) if amount else Cell("–", tone="muted")


def _claims(words: Words, claims: ClaimFigures) -> Iterator[Fact]:
    yield Fact(words.say("claim.count"), Cell(words.number(claims.count), refs=ranges(claims.seqs)))
    for label, group, counts in (
        ("claim.states_label", "status.claim", claims.states),
        ("claim.kinds_label", "claim.kind", claims.kinds),
    ):
        parts = (
            words.say("notice.part", count=words.number(count), name=words.word(group, name))
            for name, count in counts.items()
        )
        yield Fact(words.say(label), Cell(words.listed(parts)))
    more = words.say("claim.unpriced", count=words.number(claims.unpriced))
    nothing = words.say("claim.nothing")
    yield Fact(
        words.say("claim.claimed"),
        Cell(
            words.sums(claims.claimed, words.say("claim.all_unpriced")),
            notes=(more,) if claims.unpriced and claims.claimed else (),
        ),
    )
    yield Fact(words.say("claim.accepted"), Cell(words.sums(claims.accepted, nothing)))
    yield Fact(words.say("claim.paid"), Cell(words.sums(claims.paid, nothing)))


def _waiting(telling: Telling) -> Block:
    words = telling.words
    columns = (
        Column(words.say("claim.claim"), 30),
        Column(words.say("claim.states_label"), 26),
        Column(words.say("claim.owner"), 18),
        Column(words.say("claim.due"), 26),
    )
    rows = (_waiting_row(telling, each) for each in telling.report.finances.claims.waiting)
    return telling.table(words.say("claim.open"), columns, rows, MOST_CLAIMS)


def _waiting_row(telling: Telling, each: OpenClaim) -> tuple[Cell, ...]:
    words = telling.words
    state = "overdue" if each.overdue else each.status
    tone = STATE_TONES.get(state, "warn")
    stands = (words.word("status.claim", each.status),) if each.overdue else ()
    return (
        Cell(words.word("claim.kind", each.kind), notes=(each.id,), refs=ranges(each.seqs)),
        Cell(words.word("status.claim", state), tone, stands, badge=True),
        Cell(telling.who(each.owner)),
        Cell(telling.when(each.due_at), notes=(each.citation or words.say("claim.own_term"),)),
    )
