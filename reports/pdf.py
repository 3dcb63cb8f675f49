"""A report as PDF, set by Typst with the Han fonts that ship as wheels; charts stay vector drawings."""

from dataclasses import asdict
from datetime import UTC
from functools import cache
from importlib import resources
from typing import Any, Literal, cast

import orjson
import typst

from reports.charts import PRINT, draw
from reports.document import Document, Picture
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
                shown.update(svg=draw(block.chart, PRINT, document.language), alt=block.chart.alt)
                del shown["chart"]
    return data
