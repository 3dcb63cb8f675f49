"""Migrations make the tables that the classes say, keep the ledger append-only, and upgrade as one change."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from models.database import Store, make_engine
from models.errors import RefusedError
from models.migrations.comparison import is_ours, same_type
from models.migrations.upgrade import VERSION_TABLE, current, newest, upgrade
from tests.support.first_migration import TARGET, source
from tests.support.ledger import write


def test_migrated_schema_is_what_the_tables_say(store: Store) -> None:
    with store.engine.connect() as connection:
        options = {"compare_type": same_type, "include_name": is_ours, "version_table": VERSION_TABLE}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, SQLModel.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*SQLModel.metadata.tables, VERSION_TABLE}


def test_first_migration_is_written_from_the_tables() -> None:
    assert TARGET.read_text() == source(), "run `make migration`"


def test_upgrade_again_changes_nothing(store: Store) -> None:
    write(store, 1)
    upgrade(store.engine)
    with store.engine.connect() as connection:
        assert current(connection) == newest()
        assert connection.execute(text("select count(*) from ledger_entry")).scalar() == 1


def test_upgrade_refuses_a_database_of_a_newer_version(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text(f"update {VERSION_TABLE} set version_num = '9999'"))
    with pytest.raises(RefusedError, match="newer than this program"):
        upgrade(store.engine)


def test_upgrade_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'half.db'}")
    with engine.begin() as connection:
        connection.execute(text("create table staff (id text)"))  # in the way of ours
    with pytest.raises(DBAPIError):
        upgrade(engine)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["staff"]


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger_entry set tag = 'other:thing'",
        "delete from ledger_entry",
        "update ledger_checkpoint set note = ''",
        "delete from ledger_checkpoint where size = 2",
    ],
)
def test_database_refuses_to_change_the_ledger(store: Store, statement: str) -> None:
    write(store, 2)
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", ["ledger_entry", "ledger_checkpoint"])
def test_sqlite_refuses_to_replace_a_ledger_row(store: Store, table: str) -> None:
    write(store, 1)
    replace = f"insert or replace into {table} select * from {table}"
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text(replace))


@pytest.mark.parametrize("settings", ["postgres"], indirect=True)
def test_postgres_refuses_to_empty_the_ledger(store: Store) -> None:
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text("truncate ledger_entry"))
