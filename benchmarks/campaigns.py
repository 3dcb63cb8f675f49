"""Homes with one incident, its people and an approved campaign, on SQLite and on PostgreSQL, for benchmarks."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr

from models.database import Store
from models.home import init_home
from models.settings import Settings
from notifications.import_people import import_people
from tests.notifications.conftest import INCIDENT, add_incident, approved
from tests.support.databases import Databases
from tests.support.postgres import binaries, private_server

KINDS = ("sqlite", "postgres")


@contextlib.contextmanager
def servers() -> Iterator[Databases | None]:
    """Run a durable PostgreSQL of our own; None where its programs are missing."""
    if binaries() is None:
        yield None
        return
    with private_server(durable=True) as url:
        yield Databases(url)


def new_home(home: Path, databases: Databases | None = None, **more: int) -> Settings:
    """Make a home with one incident, on PostgreSQL when `databases` are given."""
    url = SecretStr(databases.empty()) if databases else None
    settings = Settings(home=home, database_url=url, **more)
    init_home(settings)
    store = Store(settings)
    add_incident(store)
    store.engine.dispose()
    return settings


def approved_campaign(settings: Settings, people: Path) -> str:
    """Take people in and approve a notice to them; gives the campaign's id."""
    store = Store(settings)
    import_people(store, INCIDENT, people)
    campaign_id = approved(store)
    store.engine.dispose()
    return campaign_id


def environment_of(settings: Settings) -> dict[str, str]:
    """Give the settings of a home as another process reads them."""
    url = settings.database_url
    named = {"TOCSIN_DATABASE_URL": url.get_secret_value()} if url else {}
    return named | {
        "TOCSIN_HOME": str(settings.home),
        "TOCSIN_REHEARSAL_SMTP_PORT": str(settings.rehearsal_smtp_port),
        "TOCSIN_REHEARSAL_HTTP_PORT": str(settings.rehearsal_http_port),
        "TOCSIN_DELIVERY_BATCH": str(settings.delivery_batch),
    }
