"""Migrated databases on the private server, emptied and lent again: making one anew costs ten times as much."""

import uuid

import psycopg

from models.database import make_engine
from models.migrations.upgrade import VERSION_TABLE, upgrade

TABLES = "select tablename from pg_tables where schemaname = 'public' order by tablename"
SHAPE = f"""select (select array_agg(concat(table_name, '.', column_name) order by 1) from information_schema.columns
 where table_schema = 'public'), (select array_agg(tgname order by 1) from pg_trigger where not tgisinternal),
 (select version_num from {VERSION_TABLE})"""


class Databases:
    """Lends databases; one that comes back with another shape, or still in use, is not lent again."""

    def __init__(self, server: str) -> None:
        self.server = server
        self._idle = list[str]()
        self._shape: object = None

    def empty(self) -> str:
        """Make a database without tables and give its URL."""
        name = f"t{uuid.uuid4().hex[:12]}"
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as connection:
            connection.execute(f"create database {name}")
        return f"{self.server}/{name}"

    def borrow(self) -> str:
        """Give the URL of a database with all tables and no rows."""
        if self._idle:
            return self._idle.pop()
        url = self.empty()
        engine = make_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        upgrade(engine)
        engine.dispose()
        if self._shape is None:
            with psycopg.connect(url) as connection:
                self._shape = connection.execute(SHAPE).fetchone()
        return url

    def give_back(self, url: str) -> None:
        """Empty a database for the next test."""
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                if connection.execute(SHAPE).fetchone() == self._shape:
                    _empty(connection)
                    self._idle.append(url)
        except (
            psycopg.errors.LockNotAvailable,
            psycopg.errors.DeadlockDetected,
            psycopg.errors.UndefinedTable,
        ):
            pass


def _empty(connection: psycopg.Connection) -> None:
    # As a replica fires no triggers: the ledger's refuse to be emptied.
    connection.execute("set session_replication_role = replica")
    connection.execute("set lock_timeout = '2s'")
    names = [name for (name,) in connection.execute(TABLES) if name != VERSION_TABLE]
    asked = " union all ".join(f"select '{name}' where exists (select 1 from {name})" for name in names)
    used = [name for (name,) in connection.execute(asked)]
    if used:
        connection.execute(f"truncate {', '.join(used)} restart identity cascade")
