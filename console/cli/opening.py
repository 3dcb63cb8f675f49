"""Opening the home that a command acts on, and the person on whose behalf it acts."""

from typing import Annotated

import typer

from console.cli.output import As
from models.database import Store
from models.home import open_home
from models.settings import load_settings

__all__ = ("As", "IncidentId", "OnlyOf", "opened")

IncidentId = Annotated[str, typer.Argument(metavar="INC", help="The incident's id, such as INC-2026-0001.")]
OnlyOf = Annotated[str | None, typer.Argument(metavar="INC", help="Only of this incident.")]


def opened() -> Store:
    """Open the home named by TOCSIN_HOME (default: .tocsin in this folder)."""
    return open_home(load_settings())
