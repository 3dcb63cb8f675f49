"""What came back of the costs, told by source, and what is left of each sum; what is only expected is not deducted."""

from collections.abc import Iterator
from decimal import Decimal

from models.money import Money
from reports.document import Block, Cell, Fact, FactList, Heading
from reports.tables import Head, table_of
from reports.view_finances import Finances, RecoveryLine
from reports.words import Words, ranges

HEADS = (
    Head("recovery.source_label", 46),
    Head("recovery.received", 27, number=True),
    Head("recovery.expected", 27, number=True),
)


def recovery_blocks(words: Words, found: Finances) -> Iterator[Block]:
    """Show what came back; nothing where nothing is recorded."""
    if not found.recoveries:
        return
    yield Heading(words.say("recovery.heading"))
    yield table_of(words, "recovery.by_source", HEADS, (_row(words, line) for line in found.recoveries))
    yield FactList(tuple(_sums(words, found)))


def recovered_said(words: Words, found: Finances) -> str:
    """Say in half a sentence what was received and what is left; nothing where nothing came back."""
    if not found.received or not found.net:
        return ""
    received, net = words.sums(found.received, ""), words.sums(found.net, "")
    return words.say("recovery.said", received=received, net=net)


def _row(words: Words, line: RecoveryLine) -> tuple[Cell, ...]:
    count = words.say("cost.entries", count=words.number(line.entries))
    return (
        Cell(words.word("recovery.source", line.source), notes=(count,), refs=ranges(line.seqs)),
        *(_amount(words, each, line.currency) for each in (line.received, line.expected)),
    )


def _amount(words: Words, amount: Decimal, currency: str) -> Cell:
    return Cell(words.money(Money(amount, currency))) if amount else Cell("–", tone="muted")


def _sums(words: Words, found: Finances) -> Iterator[Fact]:
    nothing = words.say("recovery.nothing")
    yield Fact(words.say("recovery.received"), Cell(words.sums(found.received, nothing)))
    yield Fact(words.say("recovery.expected"), Cell(words.sums(found.expected, nothing)))
    net = words.sums(found.net, words.say("unknown"))
    yield Fact(words.say("recovery.net"), Cell(net, tone="" if found.net else "muted"))
    if found.net_converted is not None:
        whole = found.net_converted.total
        said = words.money(whole) if whole else words.say("unknown")
        yield Fact(words.say("recovery.net_converted"), Cell(said, tone="" if whole else "muted"))
