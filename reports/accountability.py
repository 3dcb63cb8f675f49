"""The accountability statement: who answered for what, and the findings on conduct. Confidential."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reports.document import Block, Callout, Cell, Column, Document, Paragraph, Points, Section
from reports.incident_document import framed
from reports.section_cause import accountability_section
from reports.section_record import record_section
from reports.telling import Telling
from reports.view import IncidentReport
from reports.words import ranges, words_of


@dataclass(frozen=True)
class Conduct:
    """One finding, opened for those who may know. `reply` None: none is on record."""

    id: str
    staff_id: str
    duty: str
    finding: str
    reply: str | None
    consequence: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True)
class Accounts:
    """What the statement tells beyond the incident's report."""

    report: IncidentReport
    findings: tuple[Conduct, ...]
    departments: Mapping[str, str] = field(default_factory=dict)  # by staff id


def accountability_document(accounts: Accounts, language: str) -> Document:
    """Put the statement into a language.

    Raises:
        NotFoundError: there are no words in that language.
    """
    telling = Telling(accounts.report, words_of(language))
    sections = (
        _findings(telling, accounts),
        _training(telling, accounts),
        _departments(telling, accounts),
        accountability_section(telling),
        record_section(telling),
    )
    return framed(telling, "document.accountability", sections)


def _findings(telling: Telling, accounts: Accounts) -> Section:
    words = telling.words
    block: Block = Paragraph(Cell(words.say("statement.no_findings"), tone="muted"))
    if accounts.findings:
        columns = (
            Column(words.say("statement.whom"), 14),
            Column(words.say("statement.duty"), 24),
            Column(words.say("statement.finding"), 38),
            Column(words.say("statement.consequence"), 24),
        )
        rows = (_row(telling, each) for each in accounts.findings)
        block = telling.table(words.say("section.findings"), columns, rows)
    warning = Callout(words.say("statement.confidential"), "warn")
    return Section("findings", words.say("section.findings"), words.say("lead.findings"), (warning, block))


def _row(telling: Telling, each: Conduct) -> tuple[Cell, ...]:
    words = telling.words
    reply = words.say("statement.reply", text=each.reply) if each.reply else words.say("statement.no_reply")
    decided = words.say(
        "statement.decided", who=telling.who(each.decided_by), when=telling.when(each.decided_at)
    )
    return (
        Cell(telling.who(each.staff_id), notes=(each.id,)),
        Cell(each.duty),
        Cell(each.finding, notes=(reply,)),
        Cell(
            _consequence(telling, each.consequence),
            notes=(decided,),
            refs=ranges(telling.report.conduct_seqs),
        ),
    )


def _consequence(telling: Telling, word: str) -> str:
    return telling.words.word("conduct", "none_word" if word == "none" else word)


def _training(telling: Telling, accounts: Accounts) -> Section:
    words = telling.words
    sent = [each for each in accounts.findings if each.consequence == "training"]
    block: Block = Paragraph(Cell(words.say("statement.no_training"), tone="muted"))
    if sent:
        block = Points(tuple(Cell(telling.who(each.staff_id), notes=(each.duty,)) for each in sent))
    return Section("training", words.say("section.training"), words.say("lead.training"), (block,))


def _departments(telling: Telling, accounts: Accounts) -> Section:
    words = telling.words
    steps, found = Counter[str](), Counter[str]()
    for each in accounts.report.answering:
        steps.update({accounts.departments[name] for name in each.acted if name in accounts.departments})
    found.update(accounts.departments.get(each.staff_id, words.say("unknown")) for each in accounts.findings)
    blocks: tuple[Block, ...] = (Paragraph(Cell(words.say("statement.no_departments"), tone="muted")),)
    if steps or found:
        columns = (
            Column(words.say("statement.department"), 50),
            Column(words.say("statement.steps"), 25, number=True),
            Column(words.say("statement.count"), 25, number=True),
        )
        rows = [
            (Cell(name), Cell(words.number(steps[name])), Cell(words.number(found[name])))
            for name in sorted({*steps, *found})
        ]
        note = Paragraph(Cell(words.say("statement.steps_note"), tone="muted"))
        blocks = (telling.table(words.say("section.departments"), columns, rows), note)
    return Section("departments", words.say("section.departments"), words.say("lead.departments"), blocks)
