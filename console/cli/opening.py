"""Opening the home that a command acts on, and the person on whose behalf it acts."""

from console.cli.output import As
from models.database import Store
from models.home import open_home
from models.settings import load_settings

__all__ = ("As", "opened")


def opened() -> Store:
    """Open the home named by TOCSIN_HOME (default: .tocsin in this folder)."""
    return open_home(load_settings())
