"""Fixtures shared by all tests: an empty home on SQLite and on PostgreSQL, a clock that stands still."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr

from models.clock import VirtualClock
from models.database import Store
from models.home import init_home
from models.settings import Settings
from tests.support.databases import Databases
from tests.support.first_migration import renew_if_older
from tests.support.postgres import binaries, private_server

SHARED = Path(__file__).parents[2] / "shared"
# A busy machine is no fault of the code: how long an example takes is never judged.
hypothesis_settings.register_profile("tocsin", deadline=None)
hypothesis_settings.load_profile("tocsin")

ENGINE_SECONDS = 900
THREE_AM = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)


def pytest_configure() -> None:
    """Until the first release the first migration follows the tables, so that changing one is one step."""
    renew_if_older()
    # Coverage is measured in the processes of the tests: engines and flows under it are too slow for their clocks.
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that run a real engine in one process of several: two engines would slow each other.

    They wait for other programs, so that a busy machine is given longer before one counts as hung.
    """
    for item in items:
        if item.get_closest_marker("engine"):
            item.add_marker(pytest.mark.xdist_group("engine"))
            item.add_marker(pytest.mark.timeout(ENGINE_SECONDS))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show with a failed test what the parts of its engine said: elsewhere nobody can look into its home."""
    report = yield
    staged = getattr(item, "funcargs", {}).get("staged")
    if report.failed and staged is not None:
        report.sections += [(f"the end of {name}", text) for name, text in staged.said()]
    return report


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of corpora that the project is run against, or skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the shared corpora are not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Run a private PostgreSQL server."""
    if binaries() is None:
        pytest.skip("PostgreSQL's programs are not installed on this machine")
    with private_server() as url:
        yield url


@pytest.fixture(scope="session")
def databases(postgres_url: str) -> Databases:
    """Lend databases on the private server."""
    return Databases(postgres_url)


@pytest.fixture
def fresh_database(databases: Databases) -> str:
    """Make an empty database on the private server and give its URL."""
    return databases.empty()


@pytest.fixture
def database_with_tables(databases: Databases) -> Iterator[str]:
    """Lend a migrated database without rows on the private server: its URL."""
    url = databases.borrow()
    yield url
    databases.give_back(url)


@pytest.fixture
def clock() -> VirtualClock:
    """Stand still at three in the morning."""
    return VirtualClock(THREE_AM)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of an empty home, once per kind of database."""
    url = SecretStr(request.getfixturevalue("database_with_tables")) if request.param == "postgres" else None
    return Settings(home=tmp_path / "home", database_url=url)


@pytest.fixture
def store(settings: Settings, clock: VirtualClock) -> Iterator[Store]:
    """Open a fresh home with a clock that stands still."""
    init_home(settings)
    opened = Store(settings, clock)
    yield opened
    opened.engine.dispose()


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Run one real engine for all tests that need it; its flows play the staged plan (tests.support.stage)."""
    from tests.support.engine import running_staged

    with running_staged(tmp_path_factory.mktemp("engine") / "home") as engine:
        yield engine
