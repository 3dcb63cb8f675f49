"""The incident report laid out for a reader in one language."""

from reports.document import Cell, Document, Fact, Section
from reports.front_tiles import tiles
from reports.sections.brief import brief_section, clocks_section, open_section
from reports.sections.cause import accountability_section, actions_section, cause_section
from reports.sections.doings import containment_section, decisions_section
from reports.sections.duties import duties_section, filings_section
from reports.sections.exercise import exercise_sections
from reports.sections.finances import finances_section
from reports.sections.headline import headline_section
from reports.sections.notices import notices_section
from reports.sections.record import record_section
from reports.sections.timeline import timeline_section
from reports.telling import Telling
from reports.view import IncidentReport
from reports.words import words_of

FRAME = ("page", "of", "contents", "confidential", "prepared_by", "as_of")


def incident_document(report: IncidentReport, language: str) -> Document:
    """Put the whole report into a language.

    Raises:
        NotFoundError: there are no words in that language.
    """
    telling = Telling(report, words_of(language))
    sections = (
        *exercise_sections(telling),
        headline_section(telling),
        duties_section(telling),
        timeline_section(telling),
        containment_section(telling),
        notices_section(telling),
        filings_section(telling),
        decisions_section(telling),
        cause_section(telling),
        actions_section(telling),
        finances_section(telling),
        accountability_section(telling),
        record_section(telling),
    )
    return framed(telling, "document.incident", sections)


def summary_document(report: IncidentReport, language: str) -> Document:
    """Put the report into a language on one page, for those who decide.

    Raises:
        NotFoundError: there are no words in that language.
    """
    telling = Telling(report, words_of(language))
    sections = (brief_section(telling), clocks_section(telling), open_section(telling))
    return framed(telling, "document.summary", sections, contents=False)


def framed(telling: Telling, kind: str, sections: tuple[Section, ...], *, contents: bool = True) -> Document:
    """Put front page and notes around the sections of an incident's report."""
    words, report = telling.words, telling.report
    return Document(
        language=words.language,
        kind=words.say(kind),
        title=report.title,
        subtitle=report.organisation or "",
        number=report.incident_id,
        mark=words.say("document.drill") if report.drill else "",
        mark_note=words.say("document.drill_long") if report.drill else "",
        facts=_front_facts(telling),
        tiles=tiles(telling),
        sections=sections,
        notes=_notes(telling),
        at=report.at,
        contents=contents,
        labels={name: words.say(f"document.{name}") for name in FRAME},
    )


def _front_facts(telling: Telling) -> tuple[Fact, ...]:
    words, report = telling.words, telling.report
    plan = words.text(report.playbook_name) or report.playbook
    return (
        Fact(words.say("document.status"), telling.state("incident", report.status)),
        Fact(words.say("document.declared"), Cell(telling.when(report.declared_at))),
        Fact(
            words.say("document.closed"),
            Cell(telling.when(report.closed_at) if report.closed_at else words.say("not_yet")),
        ),
        Fact(words.say("document.as_of"), Cell(telling.when(report.at))),
        Fact(words.say("document.playbook"), Cell(plan)),
        Fact(words.say("document.facts_version"), Cell(words.number(report.headline.facts_version))),
    )


def _notes(telling: Telling) -> tuple[str, ...]:
    words, report = telling.words, telling.report
    zone = words.say("document.times_in", zone=report.zone) if report.zone else None
    return (zone or words.say("document.times_in_utc"), words.say("document.refs_note"))
