"""The ledger's rows on the hot path: written and read through the driver, without objects of the ORM.

Imports nothing heavy: the processes that help to verify start with it.
"""

import sqlite3
from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sqlalchemy import Connection

COLUMNS = "seq, at, tag, incident_id, document, leaf_hash"
FETCH = 1024
# Below this many rows PostgreSQL's COPY costs more to start than it saves.
COPY_FROM = 32


# One row of ledger_entry in the order of COLUMNS, with `at` as its document writes it. A plain tuple: there are many.
EntryRow = tuple[int, str, str, str | None, bytes, bytes]
WHOLE_SECOND = 20  # characters of 2026-03-03T03:00:00Z


class CheckpointRow(NamedTuple):
    """One row of ledger_checkpoint."""

    size: int
    root: bytes
    frontier: bytes
    note: str


def insert_entries(connection: "Connection", rows: Sequence[EntryRow]) -> None:
    """Insert rows inside the caller's transaction, by the fastest way the driver has."""
    if connection.dialect.name == "sqlite":
        # "or fail" spares SQLite a journal for each row, which would undo that row alone: a unit fails whole.
        connection.exec_driver_sql(
            f"insert or fail into ledger_entry ({COLUMNS}) values (?, ?, ?, ?, ?, ?)",  # noqa: S608 - constants
            [(row[0], _sqlite_moment(row[1]), *row[2:]) for row in rows],
        )
    elif len(rows) < COPY_FROM:
        connection.exec_driver_sql(
            f"insert into ledger_entry ({COLUMNS}) values (%s, %s, %s, %s, %s, %s)",  # noqa: S608
            [(row[0], datetime.fromisoformat(row[1]), *row[2:]) for row in rows],
        )
    else:
        _copy(driver(connection), rows)


def _copy(postgres: Any, rows: Sequence[EntryRow]) -> None:
    statement = f"copy ledger_entry ({COLUMNS}) from stdin (format binary)"
    with postgres.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["int4", "timestamptz", "text", "text", "bytea", "bytea"])
        for row in rows:
            copy.write_row((row[0], datetime.fromisoformat(row[1]), *row[2:]))


def _sqlite_moment(text: str) -> str:
    # The form in which SQLAlchemy's own type stores it: UTC without an offset, always with microseconds.
    return f"{text[:10]} {text[11:-1]}" + (".000000" if len(text) == WHOLE_SECOND else "")


def driver(connection: "Connection") -> Any:
    """Give the driver's own connection under SQLAlchemy's; the functions below read through it."""
    return connection.connection.driver_connection


def read(raw: Any, statement: str, *values: int) -> Generator[list[Any]]:
    """Stream a query's rows in lists as the driver gives them; `?` stands for each value."""
    if isinstance(raw, sqlite3.Connection):
        cursor: Any = raw.execute(statement, values)
    else:
        cursor = raw.cursor(name="ledger_reading", binary=True)
        cursor.execute(statement.replace("?", "%s"), values)
    try:
        while rows := cursor.fetchmany(FETCH):
            yield rows
    finally:
        cursor.close()


def read_entries(raw: Any, start: int, stop: int) -> list[Any]:
    """Read the entries numbered from `start` up to, not including, `stop`, as the driver gives them."""
    query = f"select {COLUMNS} from ledger_entry where seq >= ? and seq < ? order by seq"  # noqa: S608
    return [row for rows in read(raw, query, start, stop) for row in rows]


def read_checkpoints(raw: Any, start: int, stop: int) -> list[CheckpointRow]:
    """Read the checkpoints of sizes from `start` up to, not including, `stop`."""
    query = (
        "select size, root, frontier, note from ledger_checkpoint where size >= ? and size < ? order by size"
    )
    return [CheckpointRow(*row) for rows in read(raw, query, start, stop) for row in rows]


def moment_of(stored: Any) -> datetime | None:
    """Read the `at` column as either driver gives it; None when it is no moment any more."""
    if isinstance(stored, datetime):
        return stored.astimezone(UTC)
    try:
        return datetime.fromisoformat(stored).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return None
