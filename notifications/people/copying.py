"""People as PostgreSQL's binary COPY reads them: half the bytes of its text form, and nothing to write out or parse."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import chain, compress, islice
from struct import Struct, pack
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from notifications.people.parcel import FLAG_BITS, HAS_EMAIL, HAS_NUMBER, HAS_PHONE, Parcel, Shared
from notifications.sealed_person import KEY_BYTES

AT_ONCE = 3 * 4096
_COLUMNS = """incident_id, place, language, relation, categories, addressee, has_email, has_phone,
    number, phone_key, sealed"""
_FIELDS = _COLUMNS.count(",") + 1
_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_COUNT, _LENGTH = Struct(">h"), Struct(">i")
_END, _NULL = _COUNT.pack(-1), _LENGTH.pack(-1)
_NUMBER = _LENGTH.pack(_LENGTH.size) + bytes(_LENGTH.size)
_KEY = _LENGTH.pack(KEY_BYTES) + bytes(KEY_BYTES)
_OWN = _NUMBER + _KEY + bytes(_LENGTH.size)  # what stands before each sealed contact, its length at the end


_COPY = f"COPY data_subject ({_COLUMNS}) FROM STDIN (FORMAT binary)"
_UNITE = """
    UPDATE data_subject SET categories = coalesce(gained.categories, '')
    FROM unnest(
        CAST(string_to_array(:numbers, ' ') AS integer[]), string_to_array(:categories, ' ')
    ) AS gained (number, categories)
    WHERE data_subject.incident_id = :incident_id AND data_subject.number = gained.number
"""


class ParcelCopier:
    """Stores parcels of one import."""

    def __init__(self, connection: Connection, incident_id: str) -> None:
        """Write within the connection's transaction."""
        self._connection, self._incident_id = connection, incident_id
        self._before = _COUNT.pack(_FIELDS) + _field(incident_id.encode())
        self._common: list[bytes] = []  # by kind

    def store(self, parcel: Parcel, shared: Sequence[Shared]) -> None:
        """Insert the people of a parcel; `shared` holds all that was met so far."""
        dbapi = self._connection.dialect.loaded_dbapi
        driver: Any = self._connection.connection.driver_connection
        try:
            with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
                for rows in self._copied(parcel, shared):
                    copy.write(rows)
        except dbapi.Error as error:
            raise DBAPIError.instance(_COPY, None, error, dbapi.Error, hide_parameters=True) from error

    def unite(self, gains: Sequence[tuple[int, str]]) -> None:
        """Store the kinds of data of people who gained some."""
        # Without statistics of the new rows the planner would read all of them to change a few.
        for wide in ("enable_hashjoin", "enable_mergejoin"):
            self._connection.exec_driver_sql(f"SET LOCAL {wide} TO off")
        # The driver takes longer to write out a list than the server to cut a text (of which nothing gives no part).
        numbers, categories = (" ".join(map(str, column)) for column in zip(*gains, strict=True))
        gained = {"numbers": numbers, "categories": categories, "incident_id": self._incident_id}
        self._connection.execute(text(_UNITE), gained)

    def close(self) -> None:
        """Leave nothing behind on the connection: there is nothing."""

    def _copied(self, parcel: Parcel, shared: Sequence[Shared]) -> Iterator[bytes]:
        for each in shared[len(self._common) >> FLAG_BITS :]:
            words = self._before + b"".join(_field(word.encode()) for word in each)
            self._common += [words + _flags(flags) for flags in range(1 << FLAG_BITS)]
        parts = map(self._common.__getitem__, parcel.kinds), _own(parcel)
        contacts = map(BytesIO(parcel.sealed).read, parcel.lengths)
        rows = chain.from_iterable(zip(*parts, contacts, strict=True))
        yield _HEAD
        while several := b"".join(islice(rows, AT_ONCE)):
            yield several
        yield _END


def _field(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


def _flags(flags: int) -> bytes:
    return b"".join(_field(b"\x01" if flags & flag else b"\x00") for flag in (HAS_EMAIL, HAS_PHONE))


def _own(parcel: Parcel) -> list[bytes]:
    """Give number, digest and length of the contact of each person, laid out for all of them column by column."""
    count = len(parcel.kinds)
    laid, width = bytearray(_OWN * count), len(_OWN)
    numbers = range(parcel.first, parcel.first + count)
    _lay(laid, _LENGTH.size, pack(f">{count}i", *numbers))
    _lay(laid, len(_NUMBER) + _LENGTH.size, parcel.keys, KEY_BYTES)
    _lay(laid, width - _LENGTH.size, pack(f">{count}i", *parcel.lengths))
    own = list(Struct(f"{width}s" * count).unpack(laid))
    numberless = frozenset(kind for kind in set(parcel.kinds) if not kind & HAS_NUMBER)
    for at in compress(range(count), map(numberless.__contains__, parcel.kinds)) if numberless else ():
        own[at] = own[at][: len(_NUMBER)] + _NULL + own[at][-_LENGTH.size :]
    return own


def _lay(laid: bytearray, start: int, values: bytes, size: int = _LENGTH.size) -> None:
    """Write values of one size, each into its person's part."""
    for at in range(size):
        laid[start + at :: len(_OWN)] = values[at::size]
