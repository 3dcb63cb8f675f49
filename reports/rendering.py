"""One report, any language and format, as bytes."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import orjson

from models.count import Count
from models.errors import NotFoundError
from reports.document import Document
from reports.html import document_html
from reports.incident_document import incident_document, summary_document
from reports.pdf import document_pdf
from reports.view import IncidentReport

WRITERS: Mapping[str, Callable[[Document], bytes]] = {"html": document_html, "pdf": document_pdf}
FORMATS = (*WRITERS, "json")
LAYOUTS: Mapping[str, Callable[[IncidentReport, str], Document]] = {
    "incident": incident_document,
    "summary": summary_document,
}


def render_incident_report(report: IncidentReport, language: str, form: str, kind: str = "incident") -> bytes:
    """Write a report as `html`, `pdf` or `json` (which has no language); the same report gives the same bytes.

    `kind` is `incident` for the whole report, `summary` for the page that those who decide read.

    Raises:
        NotFoundError: no such format or kind, or no templates in that language.
    """
    if kind not in LAYOUTS:
        raise NotFoundError(
            f"There is no kind of report called {kind[:20]!r}.", expected=f"one of {', '.join(LAYOUTS)}"
        )
    if form not in FORMATS:
        raise NotFoundError(
            f"There is no report format {form[:20]!r}.", expected=f"one of {', '.join(FORMATS)}"
        )
    if form == "json":
        return report_json(report)
    return WRITERS[form](LAYOUTS[kind](report, language))


def report_json(report: IncidentReport) -> bytes:
    """Write the view itself as JSON with sorted keys; moments are RFC 3339 in UTC, unknown is null."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(asdict(report), default=_plain, option=options)


def _plain(value: Any) -> Any:
    if isinstance(value, Count):
        return value.model_dump(exclude_none=True)
    raise TypeError
