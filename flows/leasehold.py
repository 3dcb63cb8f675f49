"""Hold an incident's lease while working on it: taken with patience, renewed by a thread, given back at the end."""

import asyncio
import copy
import os
import socket
import threading
import time
from types import TracebackType
from typing import Self

import structlog

from models.clock import system_clock
from models.database import Store
from models.errors import UnavailableError
from response import leases
from response.leases import LeaseLostError

LOG = structlog.get_logger(__name__)
POLL_SECONDS = 0.25


def executor_name(run_id: str) -> str:
    """Name this process as an executor; host and process id let the sweep see that it died before the lease ends."""
    return f"{run_id}@{socket.gethostname()}:{os.getpid()}"


class Leasehold:
    """The lease of one incident as an async context; `lost` is set once someone else may have it.

    Leases run on the machine's clock even in a drill, whose own clock jumps.
    """

    def __init__(self, store: Store, incident_id: str, holder: str) -> None:
        """Prepare; nothing is taken yet."""
        self._store = copy.copy(store)
        self._store.clock = system_clock
        self._incident_id, self._holder = incident_id, holder
        self._term = store.settings.lease_seconds
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew, name=f"lease-{incident_id}", daemon=True)
        self.lost = threading.Event()

    async def __aenter__(self) -> Self:
        """Take the lease, waiting for a dead holder's to run out.

        Raises:
            LeaseLostError: another executor holds it and renews it.
        """
        until = time.monotonic() + self._term + 2 * POLL_SECONDS
        while True:
            asked = time.monotonic()  # a slow answer is of this moment: the holder may have run out since
            if await asyncio.to_thread(leases.take, self._store, self._incident_id, self._holder):
                break
            if asked > until:
                raise LeaseLostError("Another executor holds this incident.", where=self._incident_id)
            await asyncio.sleep(POLL_SECONDS)
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the lease back; one that was lost stays with its new holder."""
        self._done.set()
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(leases.release, self._store, self._incident_id, self._holder)

    def _renew(self) -> None:
        expires = time.monotonic() + self._term
        while not self._done.wait(self._term / 4):
            asked = time.monotonic()
            try:
                kept = leases.renew(self._store, self._incident_id, self._holder)
            except UnavailableError as error:
                LOG.warning("lease not renewed", incident=self._incident_id, fault=error.what)
                kept = asked < expires
            else:
                expires = asked + self._term
            if not kept:
                self.lost.set()
                return
