"""The shorter reports of one incident: lessons learned, the statement on telling people, the annex for authorities."""

from collections.abc import Iterator

from reports.document import Block, Cell, Document, Heading, Paragraph, Points, Section
from reports.incident_document import framed
from reports.sections.brief import clocks_section
from reports.sections.cause import actions_section, cause_section
from reports.sections.doings import containment_section
from reports.sections.duties import duties_section, duty_table, filings_section
from reports.sections.headline import facts_section, questions_section, speed_section
from reports.sections.notices import notices_section
from reports.sections.record import record_section
from reports.telling import Telling
from reports.view import Duty, IncidentReport
from reports.words import ranges, words_of


def lessons_document(report: IncidentReport, language: str) -> Document:
    """Tell why it happened, what was late, how fast it went, and what changes. Raises NotFoundError."""
    telling = Telling(report, words_of(language))
    sections = (
        cause_section(telling),
        actions_section(telling),
        _late_section(telling),
        clocks_section(telling),
        speed_section(telling),
        questions_section(telling),
    )
    return framed(telling, "document.lessons", sections)


def customers_document(report: IncidentReport, language: str) -> Document:
    """Tell who was told and who not, counted in people, and what the law asked for. Raises NotFoundError."""
    telling = Telling(report, words_of(language))
    sections = (facts_section(telling), notices_section(telling), _owed_section(telling))
    return framed(telling, "document.customers", (*sections, record_section(telling)))


def regulator_document(report: IncidentReport, language: str) -> Document:
    """Tell an authority what happened, was done, told and filed; nothing on people's conduct. Raises NotFoundError."""
    telling = Telling(report, words_of(language))
    sections = (
        facts_section(telling),
        questions_section(telling),
        containment_section(telling),
        notices_section(telling),
        duties_section(telling),
        filings_section(telling),
        cause_section(telling),
        actions_section(telling),
        record_section(telling),
    )
    return framed(telling, "document.regulator", sections)


def _late_section(telling: Telling) -> Section:
    words = telling.words
    blocks = tuple(_late(telling)) or (Paragraph(Cell(words.say("statement.none_late"), tone="good")),)
    return Section("late", words.say("section.late"), words.say("lead.late"), blocks)


def _late(telling: Telling) -> Iterator[Block]:
    words, report = telling.words, telling.report
    late = [duty for duty in report.duties if duty.certain and _is_late(duty)]
    if late:
        yield duty_table(telling, late, words.say("section.late"))
    ended = [each for each in report.decisions if each.status == "timed_out"]
    if ended:
        yield Heading(words.word("status.decision", "timed_out"))
        yield Points(tuple(Cell(words.text(each.question), refs=ranges(each.seqs)) for each in ended))


def _is_late(duty: Duty) -> bool:
    return duty.status == "late" or (duty.status == "open" and duty.margin is not None and duty.margin < 0)


def _owed_section(telling: Telling) -> Section:
    words = telling.words
    owed = [each for each in telling.report.duties if each.stage == "individuals" and each.certain]
    block: Block = Paragraph(Cell(words.say("statement.nothing_owed"), tone="muted"))
    if owed:
        block = duty_table(telling, owed, words.say("section.owed"))
    return Section("owed", words.say("section.owed"), words.say("lead.owed"), (block,))
