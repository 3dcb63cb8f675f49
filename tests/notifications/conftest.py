"""An incident with its key, and a file of people for it."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from models.database import Store
from models.incident import Incident, IncidentKey, PlaybookVersion
from models.settings import Settings
from notifications.campaign import approve_campaign, prepare_campaign
from notifications.channels.rehearsal.servers import Rehearsal, running
from notifications.texts.notice_text import NoticeDetails

INCIDENT = "INC-2026-0001"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run on both databases what reaches their different ways; on SQLite alone what depends on neither.

    A test module names the first in ON_BOTH.
    """
    if "settings" in metafunc.fixturenames:
        name, both = metafunc.function.__name__, getattr(metafunc.module, "ON_BOTH", ())
        postgres = [pytest.param("postgres", marks=pytest.mark.postgres)] if name in both else []
        metafunc.parametrize("settings", ["sqlite", *postgres], indirect=True)


def add_incident(store: Store, incident_id: str = INCIDENT, drill: bool = False) -> str:
    with store.work() as unit:
        if unit.session.get(PlaybookVersion, "0" * 64) is None:
            version = PlaybookVersion(content_hash="0" * 64, name="test", text="", stored_at=unit.clock())
            unit.session.add(version)
            unit.session.flush()
        unit.session.add(
            Incident(
                id=incident_id,
                title="Export left open",
                drill=drill,
                playbook="test",
                playbook_hash="0" * 64,
                facts_version=1,
                declared_at=unit.clock(),
            )
        )
        unit.session.flush()
        wrapped = store.organisation_key.new_incident_key(incident_id)
        unit.session.add(IncidentKey(incident_id=incident_id, wrapped=wrapped))
    return incident_id


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of an empty home on the database that `pytest_generate_tests` chose."""
    on_postgres = getattr(request, "param", "sqlite") == "postgres"
    url = SecretStr(request.getfixturevalue("fresh_database")) if on_postgres else None
    return Settings(home=tmp_path / "home", database_url=url)


@pytest.fixture
def incident_id(store: Store) -> str:
    return add_incident(store)


@pytest.fixture
def people_file(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str, encoding: str = "utf-8", name: str = "people.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture
def rehearsal(store: Store) -> Iterator[Rehearsal]:
    """Run both rehearsal servers for the store's home and point its settings at them."""
    with running(store.settings.home) as servers:
        store.settings.rehearsal_smtp_port = servers.smtp_port
        store.settings.rehearsal_http_port = servers.http_port
        yield servers


def details(**changes: Any) -> NoticeDetails:
    said = {
        "organisation": "Example Bank",
        "reference": INCIDENT,
        "contact_email": "help@bank.example",
        "contact_phone": "+49 30 901820",
        "vector": "misconfiguration",
        "happened_on": date(2026, 3, 2),
        "discovered_on": date(2026, 3, 3),
        "categories": ("name", "contact", "payment_card"),
    }
    return NoticeDetails(**(said | changes))


def prepare(store: Store, incident_id: str = INCIDENT, **more: Any) -> str:
    with store.work() as unit:
        incident = unit.session.get_one(Incident, incident_id)
        return prepare_campaign(unit, incident, "breach-notice", details(), **more).id


def approved(store: Store, incident_id: str = INCIDENT, **more: Any) -> str:
    campaign_id = prepare(store, incident_id, **more)
    with store.work() as unit:
        approve_campaign(unit, campaign_id, ("comms-1", "dpo-1"))
    return campaign_id
