"""A report to an authority for people: every field, what is missing, how far it is, in both languages; and its JSON."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from models.errors import NotFoundError
from models.facts_reading import facts_from
from regulations.filing_forms.filling import fill
from regulations.filing_forms.forms import form_for
from regulations.filing_forms.known import Known
from reports.document import Document
from reports.filing import FilingReport, people_in
from reports.filing_document import filing_document
from reports.rendering import render_filing

NOON = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "title": "Export on an open bucket",
    "occurred_at": "2026-03-03T09:30:00+08:00",
    "detected_at": "2026-03-03T10:50:00+08:00",
    "aware_at": "2026-03-03T10:55:00+08:00",
    "organisation": {"name": "Lantern Bay Bank", "country": "CN", "sectors": ["bank"]},
    "breach": {"confidentiality": True, "vector": "misconfiguration", "exfiltration": "likely"},
    "data": {"categories": ["name", "account_number"]},
    "people": {"total": {"at_least": 1900, "at_most": 2000}, "relations": ["customer"]},
}
NAMES = {
    each: {"name": f'{each} <Named> "A"', "email": f"{each}@bank.example", "phone": "+442079460105"}
    for each in ("dpo-1", "legal-1", "lead-1")
}
GDPR, DORA, NFRA = "eu-gdpr-33-authority", "eu-dora-19-initial-classified", "cn-nfra-69-initial-2h"


def made(rule: str = NFRA, **changed: Any) -> FilingReport:
    staff = {
        role: (name,)
        for role, name in zip(("data_protection_officer", "legal", "incident_lead"), NAMES, strict=True)
    }
    known = Known(facts_from(FACTS), "DRL-2026-0001", NOON, "initial", rule=rule, drill=True, staff=staff)
    filled = fill(form_for(rule, "initial"), known, "zh" if rule.startswith("cn-") else "en")
    given = {
        "id": f"DRL-2026-0001/{rule}/1",
        "incident_id": "DRL-2026-0001",
        "drill": True,
        "authority": "The authority",
        "authority_local": "监管机构" if rule.startswith("cn-") else "Die Behörde",
        "zone": "Asia/Shanghai",
        "rule": rule,
        "citation": "The law, Art. 1",
        "citation_local": "《某法》第1条" if rule.startswith("cn-") else None,
        "verified": True,
        "due_at": NOON,
        "stage": "initial",
        "status": "draft",
        "facts_version": 3,
        "content": filled.content,
        "missing": filled.missing,
        "content_hash": "c0ffee" * 10 + "abcd",
        "drafted_at": NOON,
        "approved_at": None,
        "approved_by": (),
        "submitted_at": None,
        "submitted_by": None,
        "receipt_number": None,
        "names": NAMES,
    }
    return FilingReport(**{**given, **changed})


def rows(document: Document) -> list[tuple[str, str, str]]:
    tables = [block for part in document.sections for block in part.blocks if block.kind == "table"]
    return [tuple(cell.text for cell in row) for table in tables for row in table.rows]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("rule", [GDPR, DORA, NFRA, "cn-dsl-29"])
def test_every_field_is_shown_once_with_its_question(rule: str, language: str) -> None:
    report = made(rule)
    found = rows(filing_document(report, language))
    assert [question for _, question, _ in found] == [
        row["label"][language] for row in report.content["fields"]
    ]
    assert all(answer for *_, answer in found)


def test_numbers_are_those_of_the_authoritys_form() -> None:
    assert {"12", "120"} <= {number for number, *_ in rows(filing_document(made(GDPR), "en"))}
    assert {"1.1", "4.11"} <= {number for number, *_ in rows(filing_document(made(DORA), "en"))}
    assert rows(filing_document(made(NFRA), "en"))[0][0] == "1"


def test_answers_read_as_words_in_the_recipients_time() -> None:
    said = {question: answer for _, question, answer in rows(filing_document(made(GDPR), "en"))}
    assert said["New or follow-up notification"] == "new notification"
    assert said["When the controller became aware"] == "2026-03-03 10:55 +08:00"
    assert said["Number of records"] == "not answered yet; required at this stage"
    chinese = {question: answer for _, question, answer in rows(filing_document(made(), "zh"))}
    assert (chinese["涉及数据种类"], chinese["根本原因"]) == ("姓名、账户号码", "本阶段不要求")


def test_what_is_missing_stands_first() -> None:
    report = made()
    first = filing_document(report, "zh").sections[0]
    labels = {row["id"]: row["label"]["zh"] for row in report.content["fields"]}
    shown = [cell.text for block in first.blocks if block.kind == "points" for cell in block.points]
    assert shown == [labels[name] for name in report.missing]
    assert filing_document(replace(report, missing=(), status="submitted"), "zh").sections[0].id == "part-1"


def test_stand_in_of_the_file_is_said() -> None:
    document = filing_document(made(GDPR), "en")
    tables = [block for part in document.sections for block in part.blocks if block.kind == "table"]
    notes = [note for table in tables for row in table.rows for cell in row for note in cell.notes]
    assert "in the file that goes out, meanwhile: To be determined" in notes


def test_release_names_who_approved_and_submitted_and_the_receipt() -> None:
    done = {"approved_at": NOON, "approved_by": ("dpo-1",), "submitted_at": NOON, "submitted_by": "legal-1"}
    report = made(status="acknowledged", receipt_number="NFRA-7", **done)
    text = unescape(render_filing(report, "en", "html").decode())
    for said in (
        "dpo-1 <Named>",
        "legal-1 <Named>",
        "NFRA-7",
        "Acknowledged",
        "The law, Art. 1",
        NFRA,
        "DRILL",
    ):
        assert said in text


def test_authority_is_named_in_chinese_only_where_its_language_is_chinese() -> None:
    assert filing_document(made(NFRA), "zh").subtitle == "监管机构"
    assert filing_document(made(NFRA), "en").subtitle == "The authority"
    assert filing_document(made(GDPR), "zh").subtitle == "The authority"


@pytest.mark.parametrize(
    ("rule", "language", "cited"),
    [(NFRA, "zh", "《某法》第1条"), (NFRA, "en", "The law, Art. 1"), (GDPR, "zh", "The law, Art. 1")],
)
def test_law_is_cited_as_its_reader_knows_it(rule: str, language: str, cited: str) -> None:
    assert filing_document(made(rule), language).facts[0].cell.text == cited


@pytest.mark.parametrize("rule", [GDPR, DORA])
def test_json_is_exactly_the_document_of_the_form_with_its_people(rule: str) -> None:
    report = made(rule)
    found = json.loads(render_filing(report, "en", "json"))
    assert found == report.opened(report.content["document"])
    assert people_in(found) == set()
    assert 'dpo-1 <Named> "A"' in found.values() or 'lead-1 <Named> "A"' in found.values()


def test_json_without_a_schema_is_all_that_the_filing_holds() -> None:
    report = made(NFRA)
    assert json.loads(render_filing(report, "zh", "json")) == report.opened(report.content)


def test_somebody_unknown_stays_a_reference() -> None:
    found = json.loads(render_filing(made(GDPR, names={}), "en", "json"))
    assert found["field_30"] == "[[staff:dpo-1/name]]"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("form", ["html", "pdf", "json"])
def test_same_filing_gives_same_bytes(language: str, form: str) -> None:
    assert render_filing(made(GDPR), language, form) == render_filing(made(GDPR), language, form)


def test_unknown_format_or_language_is_refused() -> None:
    with pytest.raises(NotFoundError, match="format"):
        render_filing(made(), "en", "odt")
    with pytest.raises(NotFoundError, match="language"):
        render_filing(made(), "fr", "html")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_filing_is_written_as_a_word_document_too(language: str) -> None:
    content = render_filing(made(), language, "docx")
    assert content.startswith(b"PK")
    assert render_filing(made(), language, "docx") == content
