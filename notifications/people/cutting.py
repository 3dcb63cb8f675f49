"""People as SQLite stores them fastest: a parcel is bound whole, and one statement cuts the people out of it.

A statement run anew for each person, with each value bound singly, takes twice as long.
"""

from collections.abc import Sequence

import polars as pl
from sqlalchemy import Connection

from notifications.people.parcel import (
    FLAG_BITS,
    HAS_EMAIL,
    HAS_NUMBER,
    HAS_PHONE,
    Parcel,
    Shared,
    kind_of,
)
from notifications.sealed_person import KEY_BYTES

# SQLite has no way from bytes to a number but by digits: of each person the kind, and what part of `sealed` is theirs.
KIND, START, LENGTH = 8, 10, 6
_WIDTH = KIND + START + LENGTH
_TABLES = {
    "parcel_row": "at INTEGER PRIMARY KEY",
    "parcel_kind": "kind INTEGER PRIMARY KEY, place, language, relation, categories, addressee, email, phone, number",
}
_INSERT = f"""
    INSERT INTO data_subject (
        incident_id, number, place, language, relation, categories, addressee, has_email, has_phone,
        phone_key, sealed
    )
    SELECT ?1, ?2 + at, place, language, relation, categories, addressee, email, phone,
        CASE WHEN number THEN substr(?4, at * {KEY_BYTES} + 1, {KEY_BYTES}) END,
        substr(?5, start + 1, length)
    FROM (
        SELECT at,
            CAST(substr(?3, at * {_WIDTH} + 1, {KIND}) AS INTEGER) AS kind,
            CAST(substr(?3, at * {_WIDTH} + {KIND + 1}, {START}) AS INTEGER) AS start,
            CAST(substr(?3, at * {_WIDTH} + {KIND + START + 1}, {LENGTH}) AS INTEGER) AS length
        FROM temp.parcel_row WHERE at < ?6
    )
    CROSS JOIN temp.parcel_kind USING (kind)
"""  # noqa: S608 - our own names and numbers
_UNITE = "UPDATE data_subject SET categories = ?3 WHERE incident_id = ?1 AND number = ?2"


class ParcelCutter:
    """Stores parcels of one import; its two tables of numbers and words are temporary."""

    def __init__(self, connection: Connection, incident_id: str) -> None:
        """Write within the connection's transaction."""
        self._connection, self._incident_id = connection, incident_id
        self._rows = self._kinds = 0
        for name, columns in _TABLES.items():
            self._run(f"CREATE TEMP TABLE {name} ({columns})")

    def store(self, parcel: Parcel, shared: Sequence[Shared]) -> None:
        """Insert the people of a parcel; `shared` holds all that was met so far."""
        count = len(parcel.kinds)
        if count > self._rows:
            self._run("INSERT INTO temp.parcel_row VALUES (?)", [(at,) for at in range(self._rows, count)])
            self._rows = count
        met = [
            (
                kind_of(at, flags),
                *shared[at],
                *(bool(flags & flag) for flag in (HAS_EMAIL, HAS_PHONE, HAS_NUMBER)),
            )
            for at in range(self._kinds, len(shared))
            for flags in range(1 << FLAG_BITS)
        ]
        if met:
            self._run("INSERT INTO temp.parcel_kind VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", met)
            self._kinds = len(shared)
        if count:
            whole = (parcel.first, _heads(parcel), parcel.keys, parcel.sealed, count)
            self._run(_INSERT, (self._incident_id, *whole))

    def unite(self, gains: Sequence[tuple[int, str]]) -> None:
        """Store the kinds of data of people who gained some."""
        self._run(_UNITE, [(self._incident_id, number, categories) for number, categories in gains])

    def close(self) -> None:
        """Leave nothing behind on the connection."""
        for name in _TABLES:
            self._run(f"DROP TABLE temp.{name}")

    def _run(self, statement: str, values: list[tuple[object, ...]] | tuple[object, ...] = ()) -> None:
        self._connection.exec_driver_sql(statement, values)


def _heads(parcel: Parcel) -> bytes:
    lengths = pl.Series(parcel.lengths, dtype=pl.UInt32)
    columns = (
        (pl.Series(parcel.kinds, dtype=pl.UInt32), KIND),
        (lengths.cum_sum() - lengths, START),
        (lengths, LENGTH),
    )
    digits = [column.cast(pl.String).str.zfill(width) for column, width in columns]
    heads: str = pl.select(pl.concat_str(digits).str.join("")).item()
    return heads.encode()
