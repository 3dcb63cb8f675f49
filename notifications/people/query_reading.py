"""Reading people by a query of the bank's own database: read only, row after row, nothing of it in any log."""

import hashlib
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    NoSuchModuleError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.pool import NullPool

from models.errors import InvalidInputError, NotFoundError, UnavailableError
from notifications.people.block import BLOCK_ROWS, Block, block_of, without_surrogates

MOST_STATEMENT = 1 << 20  # bytes
_READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
}
_BEFORE = {"mysql": "SET SESSION TRANSACTION READ ONLY", "mariadb": "SET SESSION TRANSACTION READ ONLY"}
_READS, _WRITES = re.compile(r"(?i)(select|with)\b"), re.compile(r"(?i)\binto\b")
_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True)
class QuerySource:
    """A statement in a file, and the name of the environment variable that holds the database's address.

    The address holds a password: it is never stored, shown or sent anywhere else.
    """

    statement: Path
    variable: str
    _digest: Any = field(default_factory=hashlib.sha256, repr=False, compare=False)
    alone: bool = False
    slow: bool = True

    @property
    def name(self) -> str:
        """Give the statement's file name."""
        return self.statement.name

    def open(self) -> "QueryTable":
        """Run the statement.

        Raises:
            InvalidInputError: it is not one SELECT, or the database does not understand it.
            NotFoundError: the variable is not set.
            UnavailableError: the database does not answer, or its driver is not installed.
        """
        address = os.environ.get(self.variable)
        if not address:
            raise NotFoundError(
                f"The environment variable {self.variable} is not set.",
                expected="the database's address, such as postgresql+psycopg://reader@host/bank",
            )
        return QueryTable(self.name, self._text(), address, self._digest)

    def digest(self) -> str:
        """Give the SHA-256 of the rows that were read, in their order."""
        found: str = self._digest.hexdigest()
        return found

    def _text(self) -> str:
        try:
            whole = self.statement.read_bytes()[: MOST_STATEMENT + 1].decode()
        except (OSError, UnicodeError):
            raise InvalidInputError(
                "The file of the query can't be read as UTF-8.", where=str(self.statement)
            ) from None
        bare = _COMMENTS.sub(" ", whole).strip().rstrip(";").strip()
        if len(whole) > MOST_STATEMENT or ";" in bare or not _READS.match(bare) or _WRITES.search(bare):
            raise InvalidInputError(
                "The file is not one SELECT statement; nothing was run.",
                where=self.name,
                expected="one statement that begins with SELECT or WITH, and writes INTO nothing",
            )
        return whole.strip().rstrip(";")


class QueryTable:
    """A running query: its columns and its rows; the first row is row 1."""

    def __init__(self, name: str, statement: str, address: str, digest: Any) -> None:
        """Start it in a transaction that can only read."""
        self._name, self._digest = name, digest
        with self._naming_faults(statement_may_be_wrong=True):
            url = make_url(address)
            if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
                raise UnavailableError("There is no SQLite database at that address.", where=name)
            engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
            self._connection = engine.connect()
            _make_read_only(self._connection)
            streaming = {"stream_results": True, "yield_per": BLOCK_ROWS // 4}
            self._result = self._connection.execution_options(**streaming).execute(
                text(statement.replace(":", r"\:"))
            )
            self.headers = [str(name).strip() for name in self._result.keys()]  # noqa: SIM118 - a result, not a dict

    def blocks(self, used: Collection[int]) -> Iterator[Block]:
        """Read on to the end and let the connection go.

        Raises:
            InvalidInputError: a value of the `used` columns is no text.
            UnavailableError: the database went away.
        """
        row = 1
        with self._connection, self._naming_faults():
            for part in self._result.partitions():
                found = [
                    (at, [self._text(value, at, column, used) for column, value in enumerate(values)])
                    for at, values in enumerate(part, row)
                ]
                row += len(found)
                said = [each for each in found if any(each[1])]
                for _, cells in said:
                    self._digest.update("\x1f".join(cells).encode() + b"\x1e")
                if said:
                    yield block_of(said, len(self.headers), 0.0)

    def _text(self, value: object, row: int, column: int, used: Collection[int]) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return without_surrogates(value)
        if isinstance(value, float | Decimal) and value == value // 1:
            return str(int(value))
        if isinstance(value, list | tuple | set | frozenset):
            return ";".join(sorted(str(each) for each in value))
        if isinstance(value, int | float | Decimal | date):
            return str(value)
        if column in used:
            raise InvalidInputError(
                f"The query gives {type(value).__name__} where text is needed; nothing was stored.",
                where=f"{self._name}, row {row}, column {self.headers[column]}",
                remedy="Cast it to text in the query.",
            )
        return ""

    @contextmanager
    def _naming_faults(self, *, statement_may_be_wrong: bool = False) -> Iterator[None]:
        """Say what failed, but never in the database's words about a row: they may quote it."""
        try:
            yield
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
            raise UnavailableError(
                "The database's address is of no kind that can be read here.",
                expected="an address such as postgresql+psycopg://reader@host/bank, its driver installed",
            ) from None
        except SQLAlchemyError as error:
            kind = type(getattr(error, "orig", error)).__name__
            wrong = statement_may_be_wrong and isinstance(error, ProgrammingError)
            if wrong:
                raise InvalidInputError(
                    f"The database does not understand the query ({kind}); nothing was stored.",
                    where=self._name,
                    remedy="Try it in the database's own shell.",
                ) from None
            raise UnavailableError(
                f"The database failed while it was read ({kind}); nothing was stored.",
                where=self._name,
                remedy="Check the address, that the reader may log in, and the query.",
            ) from None


def _make_read_only(connection: Connection) -> None:
    dialect = connection.dialect.name
    if dialect in _BEFORE:
        connection.exec_driver_sql(_BEFORE[dialect])
        connection.rollback()
    if dialect in _READ_ONLY:
        connection.exec_driver_sql(_READ_ONLY[dialect])
