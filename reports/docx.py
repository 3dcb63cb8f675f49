"""A report as a Word document (ECMA-376, transitional): the same sections and figures, charts as pictures."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reports.charts.drawing import PRINT
from reports.charts.lettering import as_xml
from reports.document import Chart, Document, Picture
from reports.pdf import drawing_png

TEXT_WIDTH = 9978  # twentieths of a point between the margins of an A4 page
EMU_A_TWENTIETH = 635
# Every Windows and Office for Mac has it; other programs take their own Han font in its place.
HAN_FONT = "Microsoft YaHei"
PARTS = {
    "[Content_Types].xml": "content_types.xml",
    "_rels/.rels": "package_rels.xml",
    "docProps/core.xml": "core.xml",
    "word/document.xml": "document.xml",
    "word/_rels/document.xml.rels": "document_rels.xml",
    "word/styles.xml": "styles.xml",
    "word/numbering.xml": "numbering.xml",
    "word/header.xml": "header.xml",
    "word/footer.xml": "footer.xml",
}


def document_docx(document: Document) -> bytes:
    """Write the document as DOCX, dated by its moment; equal documents give equal bytes.

    Raises:
        ReportError: a drawing can't be set.
    """
    charts = [
        block.chart for section in document.sections for block in section.blocks if isinstance(block, Picture)
    ]
    parts = {name: _part(template, document, charts) for name, template in PARTS.items()}
    for number, chart in enumerate(charts, 1):
        parts[f"word/media/picture{number}.png"] = drawing_png(chart, document.language)
    return _zipped(parts, document.at)


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=PackageLoader("reports", "templates/docx"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    colours = {name: value.removeprefix("#").upper() for name, value in PRINT.items()}
    environment.globals.update(
        ink=colours, shares=_shares, width=TEXT_WIDTH, wide_emu=TEXT_WIDTH * EMU_A_TWENTIETH
    )
    return environment


def _part(template: str, document: Document, charts: Sequence[Chart]) -> bytes:
    text = (
        _environment()
        .get_template(template)
        .render(
            document=document,
            lang=document.language,
            at=document.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            han_font=HAN_FONT,
            pictures=charts,
        )
    )
    return as_xml(text).encode()


def _shares(parts: Sequence[int]) -> list[int]:
    """Divide the width of the text among columns."""
    return [TEXT_WIDTH * part // sum(parts) for part in parts]


def _zipped(parts: dict[str, bytes], at: datetime) -> bytes:
    held = BytesIO()
    with ZipFile(held, "w") as archive:
        for name, content in parts.items():
            entry = ZipInfo(name, at.astimezone(UTC).timetuple()[:6])
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, content)
    return held.getvalue()
