"""What the incidents of a period cost: all together, one by one, and what fell into the period itself."""

from collections.abc import Iterator

from reports.document import Block, Cell, Heading, Paragraph, Section, Table
from reports.sections.finances import converted_cell, cost_blocks
from reports.tables import Head, table_of
from reports.view_finances import Finances, IncidentCosts, PeriodFinances
from reports.words import Words, ranges

HEADS = (
    Head("portfolio.incident", 28),
    Head("portfolio.costs", 22),
    Head("recovery.net", 20),
    Head("cost.converted", 15),
    Head("portfolio.claims", 15),
)


def portfolio_finances_section(words: Words, found: PeriodFinances) -> Section:
    """Tell costs and claims of a period by category, by currency and by incident."""
    return Section(
        "finances",
        words.say("portfolio.finances"),
        words.say("portfolio.lead_finances"),
        tuple(_blocks(words, found)),
    )


def _blocks(words: Words, found: PeriodFinances) -> Iterator[Block]:
    yield Heading(words.say("portfolio.costs_of_incidents"))
    if found.incidents.is_empty:
        yield Paragraph(Cell(words.say("portfolio.no_costs"), tone="muted"))
    else:
        yield from cost_blocks(words, found.incidents)
        yield Heading(words.say("portfolio.costs_by_incident"))
        yield _one_by_one(words, found.one_by_one)
    yield Heading(words.say("portfolio.costs_in_period"))
    if found.in_period.lines or found.in_period.recoveries:
        yield from cost_blocks(words, found.in_period)
    else:
        yield Paragraph(Cell(words.say("portfolio.nothing_in_period"), tone="muted"))
    if found.drills.lines:
        yield Heading(words.say("portfolio.costs_drills"))
        yield Paragraph(Cell(words.sums(found.drills.sums, ""), refs=ranges(found.drills.seqs)))


def _one_by_one(words: Words, each: tuple[IncidentCosts, ...]) -> Table:
    return table_of(words, "portfolio.costs_by_incident", HEADS, (_row(words, one) for one in each))


def _row(words: Words, one: IncidentCosts) -> tuple[Cell, ...]:
    found, unknown = one.finances, words.say("unknown")
    whole = Cell(unknown, tone="muted")
    if found.converted is not None:
        whole = Cell(
            converted_cell(words, found.converted).text, tone="" if found.converted.total else "muted"
        )
    claims = found.claims
    said = words.say(
        "portfolio.claims_said",
        count=words.number(claims.count),
        paid=words.number(claims.states.get("paid", 0)),
    )
    late = (words.say("claim.overdue", count=words.number(claims.overdue)),) if claims.overdue else ()
    return (
        Cell(one.title, notes=(one.id,)),
        Cell(words.sums(found.sums, unknown), tone="" if found.sums else "muted", refs=ranges(found.seqs)),
        _net(words, found),
        whole,
        Cell(said, tone="bad" if late else "", notes=late, refs=ranges(claims.seqs)),
    )


def _net(words: Words, found: Finances) -> Cell:
    """Show what is left after what came back; the converted sum beside it is gross."""
    if not found.received:
        return Cell(words.say("recovery.nothing_back"), tone="muted")
    return Cell(words.sums(found.net, words.say("unknown")), tone="" if found.net else "muted")
