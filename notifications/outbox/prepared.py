"""Statements of the hot path: written in SQLAlchemy's words, put into the database's once, and run by its driver.

SQLAlchemy takes ten times as long over one execution as the driver does. Values are bound as it would bind them;
rows come as the driver gives them, so what a statement selects must be numbers, text and bytes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ClauseElement, Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

Values = Mapping[str, Any]


class Prepared:
    """One statement; made for each kind of database when it is first run there."""

    def __init__(self, statement: ClauseElement) -> None:
        """Take a statement whose values all have names; a list of values can't be one of them."""
        self._statement = statement
        self._texts: dict[str, tuple[str, Callable[[Values], Any]]] = {}

    def run(self, connection: Connection, values: Values) -> Any:
        """Run it inside the caller's transaction; gives the driver's cursor.

        Raises:
            DBAPIError: as SQLAlchemy would.
        """
        dialect = connection.dialect
        text, bound = self._texts.get(dialect.name) or self._make(dialect)
        driver: Any = connection.connection.driver_connection
        try:
            return driver.execute(text, bound(values))
        except dialect.loaded_dbapi.Error as error:
            gone = dialect.is_disconnect(error, driver, None)
            if gone:
                connection.invalidate(error)
            raise DBAPIError.instance(
                *(text, None, error, dialect.loaded_dbapi.Error),
                hide_parameters=True,
                connection_invalidated=gone,
                dialect=dialect,
            ) from error

    def _make(self, dialect: Dialect) -> tuple[str, Callable[[Values], Any]]:
        compiled: Any = self._statement.compile(dialect=dialect)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        fixed, given = compiled.params, []
        for name in compiled.positiontup or binds:
            write = binds[name].type.dialect_impl(dialect).bind_processor(dialect) or _same
            given.append((name, write, binds[name].required))

        def in_order(values: Values) -> tuple[Any, ...]:
            return tuple(
                [write(values[name] if required else fixed[name]) for name, write, required in given]
            )

        def by_name(values: Values) -> dict[str, Any]:
            return {name: write(values[name] if required else fixed[name]) for name, write, required in given}

        made = self._texts[dialect.name] = str(compiled), in_order if compiled.positional else by_name
        return made


def _same(value: Any) -> Any:
    return value
