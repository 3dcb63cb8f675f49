"""The SQL connector for PostgreSQL: the statements of a definition one by one, every identifier quoted."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from models.errors import RefusedError, UnavailableError
from models.settings import Settings
from response.connectors.contract import Plan, State, Verdict, final, put_back, same
from response.connectors.credentials import Credentials, without_secrets
from response.connectors.sql_definition import SqlAct, SqlDefinition, Statement

CONNECT_SECONDS: Final = 10
_LIMITS: Final = "-c statement_timeout=15s -c lock_timeout=10s"
Row = dict[str, Any]
Session = psycopg.Connection[Row]


class SqlConnector:
    """Acts on one PostgreSQL database."""

    rehearsal = False
    repeatable = True

    def __init__(self, definition: SqlDefinition, address: str, user: str, password: str) -> None:
        """Keep what is needed; no connection is made yet."""
        self.definition, self.address = definition, without_secrets(address)
        account: dict[str, Any] = {"user": user} if user else {}
        account |= {"password": password} if password else {}
        self._connect: Callable[[], Session] = lambda: psycopg.connect(
            address,
            row_factory=dict_row,
            connect_timeout=CONNECT_SECONDS,
            options=_LIMITS,
            application_name="tocsin",
            autocommit=True,
            **account,
        )

    def plan(self, capability: str, target: str, now: datetime) -> Plan:
        """Say what would be done; touches nothing."""
        return self.definition.plan(self.address, capability, target, now)

    def read_state(self, capability: str, target: str) -> State:
        """Read the rows that undoing would restore."""
        act, values = self._act(capability, target)
        with self._session() as session:
            rows = _ask(session, act.read_state.query, values)
            counted = _ask(session, act.touches.query, values) if act.touches else []
        if not rows and not act.may_be_empty:
            raise RefusedError(
                "The database knows nothing of this target.",
                where=f"{self.definition.connector} {target}",
                remedy="Look at its spelling.",
            )
        count = next(iter(counted[0].values())) if counted else None
        whole = json.dumps({"rows": rows, "touches": count}, sort_keys=True).encode()
        return State({"rows": rows}, whole, count if isinstance(count, int) else None)

    def execute(self, capability: str, target: str, key: str) -> dict[str, Any]:
        """Run the statements, each committed before the next: who is thrown out must find the door shut already."""
        del key
        act, values = self._act(capability, target)
        with self._session() as session:
            for statement in act.execute:
                session.execute(statement.composed(values), values)
        return {"statements": len(act.execute)}

    def verify(self, capability: str, target: str) -> Verdict:
        """Look whether the act holds."""
        act, values = self._act(capability, target)
        with self._session() as session:
            answers = [(each, _ask(session, each.query, values)) for each in act.verify]
        broken = tuple(
            f"query {number}"
            for number, (each, rows) in enumerate(answers, 1)
            if not same(rows, [dict(row) for row in each.equals])
        )
        return Verdict(not broken, broken)

    def revert(self, capability: str, target: str, before: Mapping[str, Any], key: str) -> None:
        """Restore the rows before, and see that they are restored."""
        del key
        act, values = self._act(capability, target)
        if not act.revert:
            raise final(self.definition.connector, capability)
        put_back(
            lambda: self.read_state(capability, target),
            before,
            lambda: self._undo(act, values, before),
            self.definition.connector,
            target,
        )

    def _undo(self, act: SqlAct, values: Mapping[str, str], before: Mapping[str, Any]) -> None:
        with self._session() as session:
            for statement in act.revert:
                for row in _rows_for(statement, before):
                    session.execute(statement.composed(values, row), values)

    def _act(self, capability: str, target: str) -> tuple[SqlAct, dict[str, str]]:
        return self.definition.act(capability), self.definition.values(target)

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with self._connect() as session:
                yield session
        except psycopg.OperationalError as error:
            raise UnavailableError(
                f"The database behind {self.definition.connector} does not answer ({type(error).__name__}).",
                where=self.address,
            ) from None
        except psycopg.Error as error:
            raise RefusedError(
                f"The database refuses ({error.sqlstate or type(error).__name__}).",
                where=f"{self.definition.connector} at {self.address}",
                expected="an account that may do this, and a target that exists",
            ) from None


def _rows_for(statement: Statement, before: Mapping[str, Any]) -> list[Row | None]:
    if not statement.for_each:
        return [None]
    return [row for row in before["rows"] if statement.fits(row)]


def _ask(session: Session, query: str, values: Mapping[str, str]) -> list[Row]:
    rows = session.execute(query, values).fetchall()  # the text is the operator's file
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def sql_connector(definition: SqlDefinition, settings: Settings) -> SqlConnector:
    """Open the operator's database; its account is `…_USER` and `…_PASSWORD`, or stands in the address."""
    given = Credentials(settings, definition.connector)
    return SqlConnector(
        definition, given.address(definition.base_url), given.text("USER"), given.text("PASSWORD")
    )
