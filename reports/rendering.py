"""One report, any language and format, as bytes."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any, TypeVar

import orjson

from models.count import Count
from models.errors import NotFoundError
from regulations.exercises import ExerciseDuty
from reports.accountability import accountability_document
from reports.accounts import Accounts
from reports.document import Document
from reports.docx import document_docx
from reports.filing import FilingReport
from reports.filing_document import filing_document
from reports.html import document_html
from reports.incident_document import incident_document, summary_document
from reports.pdf import document_pdf
from reports.portfolio_document import portfolio_document
from reports.portfolio_view import Portfolio
from reports.proof import DrillProof
from reports.proof_document import proof_document
from reports.statements import customers_document, lessons_document, regulator_document
from reports.view import IncidentReport

WRITERS: Mapping[str, Callable[[Document], bytes]] = {
    "html": document_html,
    "pdf": document_pdf,
    "docx": document_docx,
}
FORMATS = (*WRITERS, "json")
LAYOUTS: Mapping[str, Callable[[IncidentReport, str], Document]] = {
    "incident": incident_document,
    "summary": summary_document,
    "lessons": lessons_document,
    "customers": customers_document,
    "regulator": regulator_document,
}


def render_incident_report(report: IncidentReport, language: str, form: str, kind: str = "incident") -> bytes:
    """Write a report as `html`, `pdf`, `docx` or `json` (which has no language); the same report gives the same bytes.

    `kind` is `incident` for the whole report, `summary` for the page that those who decide read, or one of the
    shorter reports; JSON holds the whole report whatever the kind.

    Raises:
        NotFoundError: no such format or kind, or no templates in that language.
    """
    if kind not in LAYOUTS:
        raise NotFoundError(
            f"There is no kind of report called {kind[:20]!r}.", expected=f"one of {', '.join(LAYOUTS)}"
        )
    return _written(report, LAYOUTS[kind], language, form)


def render_portfolio(portfolio: Portfolio, language: str, form: str) -> bytes:
    """Write a portfolio as `html`, `pdf`, `docx` or `json`; equal portfolios give equal bytes.

    Raises:
        NotFoundError: no such format, or no templates in that language.
    """
    return _written(portfolio, portfolio_document, language, form)


def render_proof(proof: DrillProof, language: str, form: str) -> bytes:
    """Write a proof of drills as `html`, `pdf`, `docx` or `json`; equal proofs give equal bytes.

    Raises:
        NotFoundError: no such format, or no templates in that language.
    """
    return _written(proof, proof_document, language, form)


def render_accountability(accounts: Accounts, language: str, form: str) -> bytes:
    """Write the accountability statement as `html`, `pdf`, `docx` or `json`; it is for the roles that may know.

    Raises:
        NotFoundError: no such format, or no templates in that language.
    """
    return _written(accounts, accountability_document, language, form)


def render_filing(report: FilingReport, language: str, form: str) -> bytes:
    """Write a filing as `html`, `pdf` or `docx` for people, or as `json`: the document of its form, else all it holds.

    The people it refers to are named where `report.names` holds them.

    Raises:
        NotFoundError: no such format, or no templates in that language.
    """
    if form == "json":
        document = report.content["document"]
        told = report.opened(report.content if document is None else document)
        return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    _known_format(form)
    return WRITERS[form](filing_document(report, language))


Told = TypeVar("Told", IncidentReport, Portfolio, Accounts, DrillProof)


def _written(told: Told, layout: Callable[[Told, str], Document], language: str, form: str) -> bytes:
    _known_format(form)
    return view_json(told) if form == "json" else WRITERS[form](layout(told, language))


def _known_format(form: str) -> None:
    if form not in FORMATS:
        raise NotFoundError(
            f"There is no report format {form[:20]!r}.", expected=f"one of {', '.join(FORMATS)}"
        )


def view_json(told: IncidentReport | Portfolio | Accounts | DrillProof) -> bytes:
    """Write the view itself as JSON with sorted keys; moments are RFC 3339 in UTC, unknown is null."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(asdict(told), default=_plain, option=options)


def _plain(value: Any) -> Any:
    if isinstance(value, Count):
        return value.model_dump(exclude_none=True)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, ExerciseDuty):
        return value.model_dump()
    raise TypeError
