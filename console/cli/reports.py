"""`tocsin report` and `tocsin bundle`: for management, and for auditors."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.cli.opening import opened
from console.cli.output import say
from models.errors import UnavailableError
from models.vocabulary import Language

report_app, bundle_app = typer.Typer(), typer.Typer()
APPS = {"report": report_app, "bundle": bundle_app}

IncidentId = Annotated[str, typer.Argument(metavar="INC", help="The incident's id.")]


class Format(StrEnum):
    """What a report can be written as."""

    HTML = "html"
    PDF = "pdf"
    JSON = "json"


@report_app.command()
def report(
    incident: IncidentId,
    form: Annotated[Format, typer.Option("--format", help="html, pdf or json.")] = Format.HTML,
    language: Annotated[Language, typer.Option("--lang", help="en or zh.")] = Language.EN,
    out: Annotated[
        Path | None, typer.Option("--out", help="The file to write; - for standard output.")
    ] = None,
) -> None:
    """Write the incident report as things stand now."""
    from response.reporting import read_report

    content = read_report(opened(), incident, language.value, form.value)
    if str(out) == "-":
        sys.stdout.buffer.write(content)
        return
    target = out or Path(f"{incident}.{language.value}.{form.value}")
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
) -> None:
    """Write the evidence bundle: everything an auditor needs to check the record offline."""
    from reports.bundle import write_bundle

    say(str(write_bundle(opened(), incident, out or Path(f"{incident}.bundle.zip")).resolve()))
