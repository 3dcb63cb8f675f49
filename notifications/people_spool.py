"""Rows between validation and storing: sealed, on disk, in the order of their numbers."""

import marshal
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlmodel import Session

CHUNK = 4000
COLUMNS = (
    *("incident_id", "number", "place", "language", "relation", "categories", "has_email", "has_phone"),
    *("email_key", "phone_key", "identity", "import_number", "sealed"),
)
SubjectRow = tuple[Any, ...]  # one value per name in COLUMNS


class Spool:
    """A file of rows that only this process reads; what is personal in it is sealed."""

    def __init__(self, folder: Path) -> None:
        """Open a file without a name in `folder`: it is gone with the process."""
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - lives as long as the import
        self._pending: list[SubjectRow] = []
        self.count = 0

    def add(self, row: SubjectRow) -> None:
        """Append one row."""
        self._pending.append(row)
        self.count += 1
        if len(self._pending) >= CHUNK:
            self._flush()

    def chunks(self) -> Iterator[list[SubjectRow]]:
        """Give all rows back, some thousands at a time."""
        self._flush()
        self._file.seek(0)
        while self._file.read(1):
            self._file.seek(-1, 1)
            yield marshal.load(self._file)  # noqa: S302 - written above by this very process
        self._file.seek(0, 2)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _flush(self) -> None:
        if self._pending:
            marshal.dump(self._pending, self._file)
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
