"""Taking what was deleted out of the database's own files: a deleted row stays in free pages until it is rewritten."""

import contextlib
import sqlite3
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from models.errors import UnavailableError


def scrub(engine: Engine, tables: Iterable[str]) -> None:
    """Rewrite the database (SQLite) or the tables (PostgreSQL) so that nothing deleted is left in them.

    SQLite rewrites all pages and empties the write-ahead log. PostgreSQL's own log is recycled by the server.

    Raises:
        UnavailableError: others hold the database; what was deleted is still in its files.
    """
    try:
        if engine.dialect.name == "sqlite":
            _scrub_sqlite(engine)
            return
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in tables:
                connection.execute(text(f'vacuum (full) "{table}"'))
    except (DBAPIError, sqlite3.Error):
        raise _held() from None


def _scrub_sqlite(engine: Engine) -> None:
    with contextlib.closing(engine.raw_connection()) as pooled:
        raw: Any = pooled.driver_connection
        raw.execute("pragma secure_delete = on")
        raw.execute("vacuum")
        busy, _, _ = raw.execute("pragma wal_checkpoint(truncate)").fetchone()
        raw.execute("pragma secure_delete = off")
    if busy:
        raise _held()


def _held() -> UnavailableError:
    return UnavailableError(
        "It is destroyed, but the database's files could not be rewritten: others are using them.",
        remedy="Stop `tocsin up`, then give the same command again: it goes on from here.",
    )
