"""`tocsin init`, `up`, `doctor`, `version`: the home and the processes that serve it."""

from importlib.metadata import version as version_of
from pathlib import Path
from typing import Annotated

import typer

from console.cli.output import AsJson, say, show_json, show_table
from models.settings import load_settings

init_app, up_app, doctor_app, version_app = (
    typer.Typer(add_completion=False),
    typer.Typer(add_completion=False),
    typer.Typer(add_completion=False),
    typer.Typer(add_completion=False),
)
APPS = {"init": init_app, "up": up_app, "doctor": doctor_app, "version": version_app}


@init_app.command()
def init(
    organisation: Annotated[
        Path | None,
        typer.Option("--organisation", help="Your organisation.yaml; the made-up sample bank by default."),
    ] = None,
) -> None:
    """Make the home folder with keys, tables and contact tree; calling it again keeps what is there."""
    from console.founding import found_home

    settings = load_settings()
    made = found_home(settings, organisation)
    done = made.staff
    say(f"{'Made' if made.fresh else 'Found'} the home at {settings.home.resolve()}.")
    say(f"Contact tree: {done.added} added, {done.changed} changed, {done.retired} retired.")
    say("Keep a copy of its keys folder apart from the database: without it nothing sealed can be read.")


@up_app.command()
def up() -> None:
    """Start everything in the foreground; Ctrl-C stops it and loses nothing."""
    from console.up import up as start

    start(load_settings(), say)


@doctor_app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at home, database, ports, relay and provider; say what is wrong and how to mend it."""
    from console.doctor import examine

    findings = examine(load_settings())
    if as_json:
        show_json([finding.__dict__ for finding in findings])
    else:
        show_table(
            "Doctor",
            ("what", "well", "finding", "mend"),
            [(f.what, f.well, f.finding, f.mend) for f in findings],
        )
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


@version_app.command()
def version(as_json: AsJson = False) -> None:
    """Print the versions that matter."""
    versions = {name: version_of(name) for name in ("tocsin", "prefect", "sqlmodel", "aiosmtplib", "twilio")}
    if as_json:
        show_json(versions)
    else:
        say("  ".join(f"{name} {number}" for name, number in versions.items()))
