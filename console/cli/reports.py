"""`tocsin report`, `tocsin portfolio`, `tocsin bundle`: for management, and for auditors."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.cli.opening import IncidentId, opened
from console.cli.output import Lang, say
from models.clock import read_moment
from models.errors import RefusedError, UnavailableError

report_app, bundle_app, portfolio_app = (
    typer.Typer(add_completion=False),
    typer.Typer(add_completion=False),
    typer.Typer(add_completion=False),
)
APPS = {"report": report_app, "bundle": bundle_app, "portfolio": portfolio_app}


class Format(StrEnum):
    """What a report can be written as."""

    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"
    JSON = "json"


class ReportFormat(StrEnum):
    """What the report of one incident can be written as; VERIS is its classification for the community's count."""

    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"
    JSON = "json"
    VERIS = "veris"


class Kind(StrEnum):
    """Which report of an incident."""

    INCIDENT = "incident"
    SUMMARY = "summary"
    LESSONS = "lessons"
    CUSTOMERS = "customers"
    REGULATOR = "regulator"
    ACCOUNTABILITY = "accountability"


Out = Annotated[Path | None, typer.Option("--out", help="The file to write; - for standard output.")]


@report_app.command()
def report(
    incident: IncidentId,
    language: Lang,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="html, pdf, docx, json, or veris (VERIS 1.4).")
    ] = ReportFormat.HTML,
    kind: Annotated[
        Kind,
        typer.Option(
            "--kind",
            help="incident (the full one), summary (one page), lessons (learned), customers (who was told), "
            "regulator (annex for authorities), accountability (confidential; needs --as).",
        ),
    ] = Kind.INCIDENT,
    staff: Annotated[
        str | None,
        typer.Option("--as", envvar="TOCSIN_STAFF", help="Your staff id, for what is confidential."),
    ] = None,
    out: Out = None,
) -> None:
    """Write the incident report as things stand now."""
    from response.accountability_statement import read_accountability
    from response.reporting import read_report
    from response.veris_export import export_veris

    if form is ReportFormat.VERIS:
        deliver(export_veris(opened(), incident), out, Path(f"{incident}.veris.json"))
        return
    if kind is Kind.ACCOUNTABILITY:
        who = _named(staff, "The accountability statement is confidential", "executive, auditor")
        content = read_accountability(opened(), incident, language.value, form.value, who)
    else:
        content = read_report(opened(), incident, language.value, form.value, kind.value)
    part = "" if kind is Kind.INCIDENT else f".{kind.value}"
    deliver(content, out, Path(f"{incident}{part}.{language.value}.{form.value}"))


def _named(staff: str | None, what: str, roles: str) -> str:
    if staff is None:
        raise RefusedError(
            f"{what}: say who you are.",
            expected=f"--as with the staff id of an {roles} or data protection officer",
        )
    return staff


def deliver(content: bytes, out: Path | None, usual: Path) -> None:
    """Write a report to the file asked for, to standard output for `-`, or under its usual name here."""
    if str(out) == "-":
        sys.stdout.buffer.write(content)
        return
    target = out or usual
    try:
        target.write_bytes(content)
    except OSError as error:
        raise UnavailableError(
            f"The report can't be written ({error.strerror}).", where=str(target)
        ) from None
    say(str(target.resolve()))


@bundle_app.command()
def bundle(
    incident: IncidentId,
    out: Annotated[Path | None, typer.Option("--out", help="The ZIP file to write.")] = None,
    with_evidence: Annotated[
        bool,
        typer.Option("--with-evidence", help="Put the evidence in, in clear; needs --as and --reason."),
    ] = False,
    staff: Annotated[
        str | None, typer.Option("--as", envvar="TOCSIN_STAFF", help="Your staff id, for --with-evidence.")
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", help="Why it goes out in clear; kept sealed, its digest in the record.")
    ] = "",
) -> None:
    """Write the evidence bundle: everything an auditor needs to check the record offline."""
    from reports.bundle import write_bundle
    from response.keeping.bundling import bundle_with_evidence

    target = out or Path(f"{incident}.bundle.zip")
    if with_evidence:
        who = _named(staff, "Evidence in clear is confidential", "incident lead, legal, auditor")
        path = bundle_with_evidence(opened(), incident, target, who, reason)
    else:
        path = write_bundle(opened(), incident, target)
    say(str(path.resolve()))


@portfolio_app.command()
def portfolio(
    since: Annotated[str, typer.Option("--from", help="First moment (ISO 8601 with offset).")],
    until: Annotated[str, typer.Option("--to", help="The moment after the last (ISO 8601 with offset).")],
    language: Lang,
    form: Annotated[Format, typer.Option("--format", help="html, pdf, docx or json.")] = Format.HTML,
    out: Out = None,
) -> None:
    """Write all incidents and drills of a period: how fast, how many duties in time, what keeps coming back."""
    from reports.rendering import render_portfolio
    from response.portfolios import read_portfolio

    store = opened()
    found = read_portfolio(store, read_moment(since, "--from"), read_moment(until, "--to"))
    deliver(
        render_portfolio(found, language.value, form.value),
        out,
        Path(f"portfolio.{language.value}.{form.value}"),
    )
