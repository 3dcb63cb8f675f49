"""Prefect's server as Tocsin runs it on one machine: its writers wait for each other instead of failing.

On SQLite, Prefect 3.8.8 opens its transactions as readers and turns them into writers later. When another has
committed in between, SQLite refuses at once, the server answers 503, and the client comes back two or more seconds
later, in the middle of a response. Opened as writers, transactions queue for the file (Prefect sets a busy timeout of
60 s). Only `tocsin up` uses this; a server on PostgreSQL needs none of it.
"""

from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI
from prefect.server.api.server import create_app as prefect_app
from prefect.server.database.configurations import AioSqliteConfiguration
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction

_begin = AioSqliteConfiguration.begin_transaction


def begin_as_writer(
    self: AioSqliteConfiguration, session: AsyncSession, with_for_update: bool = False
) -> AbstractAsyncContextManager[AsyncSessionTransaction]:
    """Begin as a writer (`BEGIN IMMEDIATE`), whether or not the caller knows already that it will write."""
    del with_for_update
    return _begin(self, session, with_for_update=True)


def create_app() -> FastAPI:
    """Make the server's application, for uvicorn's `--factory`."""
    AioSqliteConfiguration.begin_transaction = begin_as_writer  # type: ignore[method-assign, assignment]
    return prefect_app(final=True)
