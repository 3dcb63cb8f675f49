"""A report to an authority laid out for people, in one language: what it says, what it lacks, how far it is."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from reports.document import (
    Block,
    Callout,
    Cell,
    Column,
    Document,
    Fact,
    FactList,
    Points,
    Section,
    Table,
    Tile,
)
from reports.filing import FilingReport
from reports.filing_answers import answer_cell, number_of
from reports.telling import STATE_TONES
from reports.words import Words, by_language, words_of

FRAME = ("page", "of", "contents", "confidential", "prepared_by", "as_of")
FEW_SECTIONS = 3  # so short a report needs no list of contents
Row = Mapping[str, Any]


def filing_document(report: FilingReport, language: str) -> Document:
    """Put a filing into a language.

    Raises:
        NotFoundError: there are no words in that language.
    """
    words = words_of(language)
    sections = tuple(_sections(report, words))
    return Document(
        language=words.language,
        kind=words.say("paper.kind"),
        title=words.text(report.content["name"]),
        subtitle=_authority(report, words),
        number=report.id,
        mark=words.say("document.drill") if report.drill else "",
        mark_note=words.say("document.drill_long") if report.drill else "",
        facts=_front_facts(report, words),
        tiles=_tiles(report, words),
        sections=sections,
        notes=_notes(report, words),
        at=report.changed_at,
        contents=len(sections) > FEW_SECTIONS,
        labels={name: words.say(f"document.{name}") for name in FRAME},
    )


def _authority(report: FilingReport, words: Words) -> str:
    return words.text(by_language(report.authority, report.authority_local))


def _authority_cell(report: FilingReport, words: Words) -> Cell:
    shown = _authority(report, words)
    other = {report.authority, report.authority_local or report.authority} - {shown}
    return Cell(shown, notes=tuple(other))


def _when(report: FilingReport, words: Words, at: datetime | None, otherwise: str = "not_yet") -> str:
    return words.moment(at, report.zone) if at else words.say(otherwise)


def _people(report: FilingReport, words: Words, ids: tuple[str, ...]) -> str:
    named = {each: report.names.get(each, {}).get("name") for each in ids}
    return words.listed(f"{name} ({each})" if name else each for each, name in named.items())


def _front_facts(report: FilingReport, words: Words) -> tuple[Fact, ...]:
    checked = words.say("duty.verified" if report.verified else "duty.not_verified")
    cited = (report.citation_local if words.language == "zh" else None) or report.citation
    return (
        Fact(words.say("paper.citation"), Cell(cited, "" if report.verified else "warn", (checked,))),
        Fact(words.say("paper.duty"), Cell(report.rule, mono=True)),
        Fact(words.say("filing.stage"), Cell(words.word("stage", report.stage))),
        Fact(words.say("paper.incident"), Cell(report.incident_id, mono=True)),
        Fact(words.say("document.facts_version"), Cell(words.number(report.facts_version))),
        Fact(words.say("paper.drafted"), Cell(_when(report, words, report.drafted_at))),
    )


def _state_cell(report: FilingReport, words: Words) -> Cell:
    tone = STATE_TONES.get(report.status, "muted")
    return Cell(words.word("status.filing", report.status), tone, badge=True)


def _tiles(report: FilingReport, words: Words) -> tuple[Tile, ...]:
    required = [row for row in report.content["fields"] if row["required"]]
    given = len(required) - len(report.missing)
    note = words.say("paper.missing_note", count=len(report.missing)) if report.missing else None
    due = words.moment(report.due_at, report.zone) if report.due_at else ""
    day, _, clock = due.partition(" ")
    state = words.word("status.filing", report.status)
    receipt = report.receipt_number or words.say("paper.no_receipt")
    return (
        Tile(
            words.say("paper.answered"),
            f"{given} / {len(required)}",
            note or words.say("filing.complete"),
            "warn" if note else "good",
        ),
        Tile(words.say("duty.due"), day or words.say("paper.at_once"), clock or words.say("paper.no_number")),
        Tile(words.say("filing.state"), state, receipt, STATE_TONES.get(report.status, "muted")),
    )


def _sections(report: FilingReport, words: Words) -> Iterator[Section]:
    rows = {row["id"]: (place, row) for place, row in enumerate(report.content["fields"], 1)}
    if report.missing or report.status in {"draft", "superseded"}:
        blocks = tuple(_lacking(report, words, [rows[name][1] for name in report.missing]))
        yield Section("missing", words.say("paper.missing"), words.say("paper.missing_lead"), blocks)
    whole = [{"label": words.say("paper.answers"), "fields": list(rows)}]
    for number, part in enumerate(report.content.get("sections") or whole, 1):
        asked = [rows[name] for name in part["fields"]]
        lead = words.say(
            "paper.part_lead", given=sum(row["value"] is not None for _, row in asked), asked=len(asked)
        )
        title = words.text(part["label"])
        yield Section(f"part-{number}", title, lead, (_table(report, words, title, asked),))
    yield Section(
        "release", words.say("paper.release"), words.say("paper.release_lead"), (_release(report, words),)
    )


def _lacking(report: FilingReport, words: Words, rows: list[Row]) -> Iterator[Block]:
    if report.status in {"draft", "superseded"}:
        yield Callout(words.say(f"paper.is_{report.status}"), "warn")
    if rows:
        yield Points(tuple(Cell(words.text(row["label"]), tone="warn") for row in rows))


def _table(report: FilingReport, words: Words, title: str, asked: list[tuple[int, Row]]) -> Table:
    columns = (
        Column(words.say("paper.number"), 7),
        Column(words.say("paper.question"), 33),
        Column(words.say("paper.answer"), 60),
    )
    rows = tuple(
        (
            Cell(number_of(row["id"], place), tone="muted"),
            Cell(words.text(row["label"])),
            answer_cell(report, words, row),
        )
        for place, row in asked
    )
    return Table(title, columns, rows)


def _release(report: FilingReport, words: Words) -> FactList:
    approvers = _people(report, words, report.approved_by)
    submitter = _people(report, words, (report.submitted_by,) if report.submitted_by else ())
    return FactList(
        (
            Fact(words.say("filing.authority"), _authority_cell(report, words)),
            Fact(words.say("filing.state"), _state_cell(report, words)),
            Fact(words.say("paper.drafted"), Cell(_when(report, words, report.drafted_at))),
            Fact(
                words.say("paper.approved"),
                Cell(_when(report, words, report.approved_at), notes=(approvers,) if approvers else ()),
            ),
            Fact(
                words.say("filing.submitted"),
                Cell(_when(report, words, report.submitted_at), notes=(submitter,) if submitter else ()),
            ),
            Fact(words.say("filing.receipt"), Cell(report.receipt_number or words.say("paper.no_receipt"))),
            Fact(words.say("duty.due"), Cell(_when(report, words, report.due_at, "duty.at_once"))),
            Fact(words.say("paper.digest"), Cell(report.content_hash, mono=True)),
        )
    )


def _notes(report: FilingReport, words: Words) -> tuple[str, ...]:
    zone = words.say("paper.times_in", zone=report.zone) if report.zone else words.say("paper.times_in_utc")
    source = words.say("paper.source", source=report.content["source"])
    draft = () if report.content["verified"] else (words.say("paper.form_not_verified"),)
    return (zone, source, *draft)
