"""A report as PDF, set by Typst with the Han fonts that ship as wheels; charts stay vector drawings."""

from dataclasses import asdict
from datetime import UTC
from functools import cache
from importlib import resources
from typing import Any, Literal, cast
from xml.etree import ElementTree as ET

import orjson
import typst

from reports.charts import PRINT, draw
from reports.document import Chart, Document, Picture
from reports.fonts import report_fonts
from reports.telling import ReportError


@cache
def _template() -> bytes:
    return resources.files("reports").joinpath("templates", "report.typ").read_bytes()


def document_pdf(document: Document) -> bytes:
    """Set the document as tagged PDF; its date is the document's moment, so equal documents give equal bytes.

    Raises:
        ReportError: the template and the document don't fit together.
    """
    return cast("bytes", _compiled(document, "pdf"))


def document_pages(document: Document, dots_per_inch: float = 110) -> list[bytes]:
    """Set the document as one PNG a page, for looking at it."""
    pages = _compiled(document, "png", dots_per_inch)
    return pages if isinstance(pages, list) else [cast("bytes", pages)]


def _compiled(document: Document, form: Literal["pdf", "png"], dots_per_inch: float | None = None) -> Any:
    inputs = {"document": orjson.dumps(_as_data(document)).decode()}
    try:
        compiler = typst.Compiler(_template(), font_paths=report_fonts(), sys_inputs=inputs)
        return compiler.compile(format=form, ppi=dots_per_inch, timestamp=int(document.at.timestamp()))
    except typst.TypstError as error:
        raise ReportError(
            f"The report can't be set as PDF: {error.message}.",
            where=document.number,
            remedy="Take HTML instead and report this fault.",
        ) from None


def _as_data(document: Document) -> dict[str, Any]:
    data = asdict(document)
    data["at"] = document.at.astimezone(UTC).isoformat()
    for section, told in zip(document.sections, data["sections"], strict=True):
        for block, shown in zip(section.blocks, told["blocks"], strict=True):
            if isinstance(block, Picture):
                shown["chart"] = _lettered(block.chart, document.language)
    return data


SVG = "http://www.w3.org/2000/svg"


def _lettered(chart: Chart, language: str) -> dict[str, Any]:
    """Take the lettering out of a drawing, for Typst to set.

    Inside an SVG Typst would choose the Traditional forms of Han letters, whatever the language.
    """
    root = ET.fromstring(draw(chart, PRINT, language))  # noqa: S314 - our own drawing
    size = root.attrib["font-size"]
    texts = [_text(element, size) for element in root.iter(f"{{{SVG}}}text")]
    for parent in list(root.iter()):
        for element in parent.findall(f"{{{SVG}}}text"):
            parent.remove(element)
    ET.register_namespace("", SVG)
    return {
        "svg": ET.tostring(root, encoding="unicode"),
        "alt": chart.alt,
        "width": chart.width,
        "texts": texts,
    }


def _text(element: ET.Element, size: str) -> dict[str, Any]:
    given = element.attrib
    return {
        "x": float(given["x"]),
        "y": float(given["y"]),
        "anchor": given.get("text-anchor", "start"),
        "size": float(given.get("font-size", size)),
        "weight": int(given.get("font-weight", "400")),
        "fill": given.get("fill", PRINT["ink"]),
        "halo": "paint-order" in given,
        "text": element.text or "",
    }
