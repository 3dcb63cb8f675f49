"""A report as PDF, set by Typst with the Han fonts that ship as wheels; charts stay vector drawings."""

from dataclasses import asdict
from datetime import UTC
from functools import cache
from importlib import resources
from typing import Any, Literal, cast
from xml.etree import ElementTree as ET

import orjson
import typst

from reports.charts.drawing import PRINT, draw
from reports.document import Chart, Document, Picture
from reports.fonts.faces import report_fonts
from reports.telling import ReportError


@cache
def _template(name: str) -> bytes:
    """Read a template after the one that both share: how a drawing is set with its lettering."""
    folder = resources.files("reports").joinpath("templates")
    return b"".join(folder.joinpath(each).read_bytes() for each in ("drawing.typ", name))


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


def drawing_png(chart: Chart, language: str, dots_per_inch: float = 160) -> bytes:
    """Set one drawing as PNG, for formats that can't show vectors everywhere; equal drawings give equal bytes.

    Raises:
        ReportError: the drawing can't be set.
    """
    data = {"language": language, "chart": _lettered(chart, language)}
    png = _set("picture.typ", data, chart.template, format="png", ppi=dots_per_inch)
    return cast("bytes", png[0] if isinstance(png, list) else png)


def _compiled(document: Document, form: Literal["pdf", "png"], dots_per_inch: float | None = None) -> Any:
    at = int(document.at.timestamp())
    return _set(
        "report.typ", _as_data(document), document.number, format=form, ppi=dots_per_inch, timestamp=at
    )


def _set(template: str, data: dict[str, Any], where: str, **how: Any) -> Any:
    inputs = {"document": orjson.dumps(data).decode()}
    try:
        compiler = typst.Compiler(_template(template), font_paths=report_fonts(), sys_inputs=inputs)
        return compiler.compile(**how)
    except typst.TypstError as error:
        raise ReportError(
            f"The report can't be set: {error.message}.",
            where=where,
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
