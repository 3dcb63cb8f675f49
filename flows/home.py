"""The home a flow works in, and what its runs are called."""

from models.database import Store
from models.home import open_home
from models.settings import current_settings


def open_store() -> Store:
    """Open the home of this process (`TOCSIN_HOME`).

    Raises:
        UnavailableError: there is none.
    """
    return open_home(current_settings())
