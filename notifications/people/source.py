"""Where people come from: a file of one of several kinds, or a query."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from models.errors import InvalidInputError
from notifications.people.block import PeopleTable
from notifications.people.csv_reading import open_csv
from notifications.people.parquet_reading import ParquetTable
from notifications.people.xlsx_reading import XlsxTable

LARGE = 4 << 20  # bytes from which reading pays for a process of its own
LARGE_PACKED = LARGE // 8
MOST_BYTES = 4 << 30
XLSX, PARQUET = b"PK\x03\x04", b"PAR1"


class Source(Protocol):
    """Something that can be opened as a table of people."""

    @property
    def name(self) -> str:
        """Give what errors call it."""

    @property
    def alone(self) -> bool:
        """Say whether it is read in a process of its own."""

    @property
    def slow(self) -> bool:
        """Say whether reading it takes so long that the database must not be locked meanwhile."""

    def open(self) -> PeopleTable:
        """Read what is needed to name its columns."""

    def digest(self) -> str:
        """Give the SHA-256 of what was read, in hexadecimal."""


@dataclass(frozen=True)
class FileSource:
    """A file."""

    path: Path
    encoding: str | None = None
    sheet: str | None = None

    @property
    def name(self) -> str:
        """Give the file's name without its folder."""
        return self.path.name

    @property
    def alone(self) -> bool:
        """Say whether it is large, or of a kind whose damage may bring a reader down."""
        return self._size() >= (LARGE_PACKED if self._head() == XLSX else LARGE) or self._head() == PARQUET

    @property
    def slow(self) -> bool:
        """Say whether it is read cell by cell."""
        return self._head() == XLSX

    def open(self) -> PeopleTable:
        """Find out what kind of file it is.

        Raises:
            InvalidInputError: it is missing, too large, or nothing that holds a table.
        """
        if self._size() > MOST_BYTES:
            raise InvalidInputError(
                f"The file has {self._size() / 2**30:.1f} GiB; nothing was stored.",
                where=self.name,
                expected=f"at most {MOST_BYTES >> 30} GiB at once",
                remedy="Split it: people who stand in several parts are known again and stored once.",
            )
        if self._head() == XLSX:
            return XlsxTable(self.path, self.sheet)
        if self._head() == PARQUET:
            return ParquetTable(self.path)
        return open_csv(self.path, self.encoding)

    def digest(self) -> str:
        """Give the SHA-256 of the file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _head(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                return file.read(4)
        except OSError as error:
            raise InvalidInputError(
                f"The file can't be read ({error.strerror}).", where=str(self.path)
            ) from None

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError as error:
            raise InvalidInputError(
                f"The file can't be read ({error.strerror}).", where=str(self.path)
            ) from None
