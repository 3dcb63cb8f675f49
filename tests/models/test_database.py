"""Units of work: rows and ledger entries together, or neither."""

import sqlite3
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlmodel import Session, select

from models import database
from models.clock import VirtualClock
from models.database import Store, make_engine, naming_database_faults
from models.errors import InvalidInputError, TocsinError, UnavailableError
from models.home import init_home
from models.incident import SequenceNumber
from models.ledger import LedgerEntry, last_checkpoint
from models.settings import Settings


def test_work_commits_rows_and_entries_together(store: Store) -> None:
    with store.work() as unit:
        unit.session.add(SequenceNumber(series="incident/2026", last=1))
        unit.record("incident:declared", actor="detector", role="responder", incident_id="INC-2026-0001")
    with store.reading() as session:
        assert session.get(SequenceNumber, "incident/2026").last == 1
        assert [entry.tag for entry in session.exec(select(LedgerEntry))] == ["incident:declared"]
        assert last_checkpoint(session).size == 1


def test_work_that_fails_leaves_neither(store: Store) -> None:
    def declare_then_fail() -> None:
        with store.work() as unit:
            unit.session.add(SequenceNumber(series="incident/2026", last=1))
            unit.record("incident:declared", actor="detector", role="responder")
            raise TocsinError("Refused in the middle.")

    with pytest.raises(TocsinError):
        declare_then_fail()
    with store.reading() as session:
        assert session.get(SequenceNumber, "incident/2026") is None
        assert last_checkpoint(session) is None


def test_locked_database_is_named_and_nothing_is_half_written(
    tmp_path: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SQLITE_BUSY_SECONDS", 0.1)
    settings = Settings(home=tmp_path / "home")
    init_home(settings)
    store = Store(settings, clock)
    holder = sqlite3.connect(tmp_path / "home" / "tocsin.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError, match="locked by another process"), store.work() as unit:
        unit.session.add(SequenceNumber(series="effect", last=1))
    holder.execute("ROLLBACK")
    holder.close()
    with store.reading() as session:
        assert session.get(SequenceNumber, "effect") is None


def test_read_only_database_is_named(tmp_path: Path) -> None:
    init_home(Settings(home=tmp_path / "home"))
    engine = make_engine(f"sqlite:///file:{tmp_path / 'home' / 'tocsin.db'}?mode=ro&uri=true")

    def write() -> None:
        with naming_database_faults(), Session(engine) as session:
            session.add(SequenceNumber(series="effect", last=1))
            session.commit()

    with pytest.raises(UnavailableError, match="read-only"):
        write()


def test_database_server_that_is_away_is_named(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path / "home", database_url=SecretStr("postgresql://tocsin@127.0.0.1:1/none")
    )
    with pytest.raises(UnavailableError, match="does not answer"):
        init_home(settings)


@pytest.mark.parametrize("url", ["secret", "mysql://x:secret@y/z", "postgresql://x:secret@host:port/z"])
def test_address_of_no_database_is_refused_without_repeating_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="TOCSIN_DATABASE_URL") as refused:
        init_home(Settings(home=tmp_path / "home", database_url=SecretStr(url)))
    assert "secret" not in str(refused.value)


def test_tables_of_another_version_are_named(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("alter table sequence_number rename column last to newest"))
    with pytest.raises(UnavailableError, match="another version"), store.reading() as session:
        session.exec(select(SequenceNumber)).all()
