"""The section about the record behind the report."""

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
    Verbatim,
)
from reports.telling import Telling
from reports.words import ranges

MOST_SUBJECTS = 60


def record_section(telling: Telling) -> Section:
    """Tell the ledger's size, its signed head, and whether this incident's entries are whole."""
    words = telling.words
    return Section("record", words.say("section.record"), words.say("lead.record"), tuple(_blocks(telling)))


def _blocks(telling: Telling) -> Iterator[Block]:
    words, record, report = telling.words, telling.report.record, telling.report
    if record.root is None or record.note is None:
        yield Paragraph(Cell(words.say("record.empty"), tone="muted"))
        return
    if record.altered:
        yield Callout(words.say("record.altered", entries=ranges(record.altered)), "bad")
    span = words.say("record.range", first=record.first_seq, last=record.last_seq) if record.entries else ""
    intact = words.say("record.all_intact", count=words.number(record.entries))
    altered = words.say("record.altered", entries=ranges(record.altered))
    yield FactList(
        (
            Fact(words.say("record.size"), Cell(words.number(record.size))),
            Fact(words.say("record.own"), Cell(words.number(record.entries), notes=(span,) if span else ())),
            Fact(
                words.say("record.intact"),
                Cell(altered, tone="bad") if record.altered else Cell(intact, tone="good"),
            ),
            Fact(words.say("record.root"), Cell(record.root, mono=True)),
            Fact(words.say("record.facts_hash"), Cell(report.playbook_hash, mono=True)),
        )
    )
    yield Heading(words.say("record.subjects"))
    yield FactList(
        tuple(
            Fact(words.word("subject", subject), Cell(words.number(count)))
            for subject, count in record.by_subject[:MOST_SUBJECTS]
        )
    )
    yield Heading(words.say("record.checkpoint"))
    yield Paragraph(Cell(words.say("record.verify"), tone="muted"))
    yield Verbatim(record.note.rstrip("\n"))
