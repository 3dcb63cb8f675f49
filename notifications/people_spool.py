"""Rows between validation and storing: sealed, on disk, in the order of their numbers."""

import marshal
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple

from sqlmodel import Session

from models.crypto import Sealer
from notifications.people_rows import PersonRow
from notifications.sealed_person import email_key, phone_key, seal_contacts

CHUNK = 500  # more at once cost more than they save: Python's collector walks over what is held
COLUMNS = (
    *("incident_id", "number", "place", "language", "relation", "categories", "has_email", "has_phone"),
    *("email_key", "phone_key", "identity", "import_number", "sealed"),
)
SubjectRow = tuple[Any, ...]  # one value per name in COLUMNS
_LENGTH = Struct("<Q")


class Draft(NamedTuple):
    """A person on the way to a row."""

    number: int
    person: PersonRow
    identity: bytes | None


def sealed_rows(
    sealer: Sealer, incident_id: str, import_number: int, drafts: Sequence[Draft]
) -> list[SubjectRow]:
    """Turn people into rows; what is personal is sealed or digested."""
    contacts = [draft.person.contact for draft in drafts]
    sealed = seal_contacts(sealer, incident_id, [draft.number for draft in drafts], contacts)
    return [
        (
            *(incident_id, number, person.place, person.language, person.relation),
            *(joined(person.categories), bool(contact.email), person.textable),
            *(email_key(sealer, contact.email), phone_key(sealer, contact.phone), identity),
            *(import_number, hidden),
        )
        for (number, person, identity), contact, hidden in zip(drafts, contacts, sealed, strict=True)
    ]


@lru_cache(maxsize=4096)
def joined(categories: frozenset[str]) -> str:
    """Write kinds of data as they are stored."""
    return ",".join(sorted(categories))


class Spool:
    """A file of rows that only this process reads; what is personal in it is sealed."""

    def __init__(self, folder: Path, seal: Callable[[Sequence[Draft]], list[SubjectRow]]) -> None:
        """Open a file without a name in `folder`: it is gone with the process."""
        self._seal = seal
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - lives as long as the import
        self._pending: list[Draft] = []
        self.count = 0

    def add(self, draft: Draft) -> None:
        """Append one person."""
        self._pending.append(draft)
        self.count += 1
        if len(self._pending) >= CHUNK:
            self._flush()

    def chunks(self) -> Iterator[list[SubjectRow]]:
        """Give all rows back, some thousands at a time."""
        self._flush()
        self._file.seek(0)
        while length := self._file.read(_LENGTH.size):
            whole = self._file.read(
                *_LENGTH.unpack(length)
            )  # marshal reads a file by the byte, bytes at once
            yield marshal.loads(whole)  # noqa: S302 - written below by this very process
        self._file.seek(0, 2)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _flush(self) -> None:
        if self._pending:
            whole = marshal.dumps(self._seal(self._pending))
            self._file.write(_LENGTH.pack(len(whole)) + whole)
            self._pending = []


def insert_subjects(session: Session, rows: Iterable[SubjectRow]) -> None:
    """Insert rows by the driver's fastest way, inside the session's transaction."""
    connection = session.connection()
    names = ", ".join(COLUMNS)
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY data_subject ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(COLUMNS))
    driver = connection.connection.driver_connection
    driver.executemany(f"INSERT INTO data_subject ({names}) VALUES ({marks})", rows)  # noqa: S608 - our own names
