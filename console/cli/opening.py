"""Opening the home that a command acts on, and the person on whose behalf it acts."""

from typing import Annotated

import typer

from models.database import Store
from models.home import open_home
from models.settings import load_settings

As = Annotated[
    str,
    typer.Option(
        "--as", envvar="TOCSIN_STAFF", help="Your staff id, as in the contact tree (tocsin staff list)."
    ),
]


def opened() -> Store:
    """Open the home named by TOCSIN_HOME (default: .tocsin in this folder)."""
    return open_home(load_settings())
