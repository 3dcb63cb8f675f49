"""One realistic incident for the tests of reports, on SQLite; what depends on the database asks for both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.clock import VirtualClock
from models.database import Store
from models.home import init_home
from models.settings import Settings
from reports.incident import build_incident_report
from reports.view import IncidentReport
from tests.reports.breach import AT, AWARE, COVERAGE, ID, build_breach


def _opened(home: Path) -> Store:
    settings = Settings(home=home)
    init_home(settings)
    return Store(settings, VirtualClock(AWARE))


@pytest.fixture(scope="session")
def breach_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Hold the incident; read only."""
    store = _opened(tmp_path_factory.mktemp("breach"))
    build_breach(store)
    yield store
    store.engine.dispose()


@pytest.fixture(scope="session")
def report(breach_store: Store) -> IncidentReport:
    """Give the report of the incident."""
    with breach_store.reading() as session:
        return build_incident_report(session, ID, COVERAGE, AT)
