"""The thread in which a batch's journal work is done, one transaction after the other, over one connection."""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from models.database import Store

Act = Callable[[Connection], Any]
# Seconds for which one thread may keep the interpreter while another wants it: writing a window of letters takes
# longer than all that the journal asks of it.
_USUAL_PATIENCE, _PATIENCE = sys.getswitchinterval(), 0.0005


def in_transaction(store: Store, act: Act) -> Any:
    """Run `act` in one writing transaction, committed durably."""
    with store.engine.connect().execution_options(tocsin_write=True) as connection, connection.begin():
        return act(connection)


class JournalThread:
    """SQLite has one writer, and waiting for it in turn is cheap: one thread does everything."""

    def __init__(self, store: Store) -> None:
        """Connect with the first transaction."""
        self._store, self._thread = store, ThreadPoolExecutor(1)
        self._connection: Connection | None = None

    async def run(self, act: Act) -> Any:
        """Run `act` in one writing transaction, committed durably."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, act)

    async def __aenter__(self) -> Self:
        """Keep the sending thread from making the journal wait."""
        sys.setswitchinterval(_PATIENCE)
        return self

    async def __aexit__(self, *_unused: object) -> None:
        """Give the connection back and end the thread."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._release)
        finally:
            sys.setswitchinterval(_USUAL_PATIENCE)
            self._thread.shutdown()

    def _run(self, act: Act) -> Any:
        connection = self._connected()
        transaction = connection.begin()
        try:
            done = act(connection)
        except DBAPIError as error:
            transaction.close()
            if not error.connection_invalidated:
                raise
            self._release()  # the server was away since the last commit; all of this transaction is undone
            with self._connected().begin():
                return act(self._connected())
        except BaseException:
            transaction.close()
            raise
        transaction.commit()
        return done

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._store.engine.connect().execution_options(tocsin_write=True)
        return self._connection

    def _release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
