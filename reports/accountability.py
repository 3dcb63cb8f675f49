"""The accountability statement: who answered for what, and the findings on conduct. Confidential."""

from reports.accounts import FOLLOWED, Accounts, Conduct
from reports.document import Block, Callout, Cell, Column, Document, Paragraph, Section
from reports.incident_document import framed
from reports.sections.cause import accountability_section, action_state
from reports.sections.parts import departments_section, vendors_section
from reports.sections.record import record_section
from reports.telling import Telling
from reports.view_doings import Corrective
from reports.words import ranges, words_of


def accountability_document(accounts: Accounts, language: str) -> Document:
    """Put the statement into a language.

    Raises:
        NotFoundError: there are no words in that language.
    """
    telling = Telling(accounts.report, words_of(language))
    sections = (
        _findings(telling, accounts),
        _training(telling, accounts),
        departments_section(telling, accounts),
        vendors_section(telling, accounts),
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
        Cell(whom_of(telling, each), notes=(each.id,)),
        Cell(each.duty),
        Cell(each.finding, notes=(reply,)),
        Cell(
            _consequence(telling, each.consequence),
            notes=(decided,),
            refs=ranges(telling.report.conduct_seqs),
        ),
    )


def whom_of(telling: Telling, each: Conduct) -> str:
    """Name whom a finding is about."""
    if each.staff_id:
        return telling.who(each.staff_id)
    if each.vendor:
        return telling.words.say("statement.vendor_is", name=each.vendor)
    return telling.words.say("statement.department_is", name=each.department or "")


def _consequence(telling: Telling, word: str) -> str:
    return telling.words.word("conduct", "none_word" if word == "none" else word)


def _training(telling: Telling, accounts: Accounts) -> Section:
    words = telling.words
    actions = {each.id: each for each in telling.report.actions}
    sent = [each for each in accounts.findings if each.consequence in FOLLOWED]
    block: Block = Paragraph(Cell(words.say("statement.no_training"), tone="muted"))
    if sent:
        columns = (
            Column(words.say("statement.whom"), 16),
            Column(words.say("statement.consequence"), 16),
            Column(words.say("action.owner"), 16),
            Column(words.say("action.due"), 14),
            Column(words.say("action.state"), 38),
        )
        rows = (_training_row(telling, each, actions.get(each.action or "")) for each in sent)
        block = telling.table(words.say("section.training"), columns, rows)
    return Section("training", words.say("section.training"), words.say("lead.training"), (block,))


def _training_row(telling: Telling, each: Conduct, action: Corrective | None) -> tuple[Cell, ...]:
    words, unknown = telling.words, Cell(telling.words.say("unknown"), tone="muted")
    whom = (Cell(whom_of(telling, each), notes=(each.id,)), Cell(_consequence(telling, each.consequence)))
    if action is None:
        return (*whom, unknown, unknown, unknown)
    return (
        *whom,
        Cell(telling.who(action.owner)),
        Cell(words.day(action.due_on)),
        action_state(telling, action),
    )
