"""Reports as Word documents: the same bytes every time, every part well formed, what the PDF says said too."""

import re
import shutil
import subprocess
import zipfile
from collections import Counter
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reports.document import Picture, Table
from reports.docx import document_docx
from reports.incident_document import incident_document, summary_document
from reports.rendering import render_incident_report
from reports.view import IncidentReport

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LANGUAGES = ("en", "zh")
PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


def opened(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(BytesIO(content))


def body(content: bytes) -> ET.Element:
    return ET.fromstring(opened(content).read("word/document.xml"))


def words_in(element: ET.Element) -> str:
    return "".join(each.text or "" for each in element.iter(f"{W}t"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_same_report_gives_same_docx(report: IncidentReport, language: str) -> None:
    once = render_incident_report(report, language, "docx")
    assert render_incident_report(replace(report), language, "docx") == once
    assert {entry.date_time for entry in opened(once).infolist()} == {(2026, 3, 20, 9, 0, 0)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_is_named_and_well_formed(report: IncidentReport, language: str) -> None:
    archive = opened(render_incident_report(report, language, "docx"))
    assert archive.testzip() is None
    names = set(archive.namelist())
    for name in names:
        if name.endswith((".xml", ".rels")):
            ET.fromstring(archive.read(name))
    typed = ET.fromstring(archive.read("[Content_Types].xml"))
    assert {each.attrib["PartName"][1:] for each in typed if "PartName" in each.attrib} <= names
    related = ET.fromstring(archive.read("word/_rels/document.xml.rels"))
    assert {f"word/{each.attrib['Target']}" for each in related} <= names


@pytest.mark.parametrize("language", LANGUAGES)
def test_docx_says_what_the_document_says(report: IncidentReport, language: str) -> None:
    document = incident_document(report, language)
    root = body(document_docx(document))
    blocks = [block for section in document.sections for block in section.blocks]
    headings = [
        words_in(each)
        for each in root.iter(f"{W}p")
        if [style.attrib[f"{W}val"] for style in each.findall(f"{W}pPr/{W}pStyle")] == ["Heading1"]
    ]
    assert headings == [section.title for section in document.sections]
    cells = Counter(words_in(each) for each in root.iter(f"{W}tc"))
    said = [
        each.text + (f" #{each.refs}" if each.refs else "") + "".join(each.notes)
        for block in blocks
        if isinstance(block, Table)
        for row in block.rows
        for each in row
    ]
    assert Counter(text.replace("\n", "") for text in said) - cells == Counter()
    assert len([each for each in root.iter() if each.tag.endswith("}blip")]) == sum(
        isinstance(block, Picture) for block in blocks
    )


def test_hostile_text_stays_text_in_docx(report: IncidentReport) -> None:
    hostile = "<w:p/>&{{ 7 * 7 }}\x00\x0b\ufffe"
    root = body(render_incident_report(replace(report, title=hostile), "en", "docx"))
    assert "<w:p/>&{{ 7 * 7 }}\ufffd\ufffd\ufffd" in words_in(root)


def test_drill_is_marked_in_the_header_of_every_page(report: IncidentReport) -> None:
    header = opened(render_incident_report(replace(report, drill=True), "zh", "docx")).read("word/header.xml")
    assert "演练" in header.decode()


needs_office = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is not installed on this machine"
)


def convert(folder: Path, form: str, *sources: Path) -> None:
    """Have LibreOffice read documents and write them in another form."""
    command = ["soffice", f"-env:UserInstallation=file://{folder}/office", "--headless"]
    command += ["--convert-to", form, "--outdir", str(folder), *map(str, sources)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


@needs_office
def test_libreoffice_opens_it(report: IncidentReport, tmp_path: Path) -> None:
    source = tmp_path / "report.docx"
    source.write_bytes(document_docx(summary_document(report, "zh")))
    convert(tmp_path, "txt:Text (encoded):UTF8", source)
    told = (tmp_path / "report.txt").read_text("utf-8-sig")
    for section in summary_document(report, "zh").sections:
        assert section.title in told


@needs_office
def test_fullest_summary_is_one_page_in_libreoffice(report: IncidentReport, tmp_path: Path) -> None:
    waiting = next(duty for duty in report.duties if duty.status == "open")
    duties = (*report.duties, *(replace(waiting, id=f"{waiting.id}-{number}") for number in range(9)))
    title = f"{report.title} and of several other systems of the group"
    fullest = replace(report, duties=duties, drill=True, title=title)
    sources = [tmp_path / f"{language}.docx" for language in LANGUAGES]
    for source in sources:
        source.write_bytes(document_docx(summary_document(fullest, source.stem)))
    convert(tmp_path, "pdf", *sources)
    pages = {each.stem: len(PAGE.findall(each.with_suffix(".pdf").read_bytes())) for each in sources}
    assert pages == {"en": 1, "zh": 1}
