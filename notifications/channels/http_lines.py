"""Kept HTTP/1.1 connections to one host, one request at a time on each: as little as the provider's API needs.

A general client spends three quarters of its time on what is not needed here. Each failure tells whether the request
may have been carried out: `NotConnectedError` says that it was not; any other `ConnectionError` or `TimeoutError`
that nobody knows.
"""

import asyncio
import ssl
from functools import lru_cache
from urllib.parse import urlsplit

from models.errors import InvalidInputError
from notifications.channels.http_reply import Reply, ReplyReader, UnreadableReplyError

CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 20.0


class NotConnectedError(ConnectionError):
    """No connection could be made: nothing was sent."""


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """Make the one context for all connections: making it costs a hundred times what a message does."""
    return ssl.create_default_context()


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        """Not connected yet."""
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Reply] | None = None
        self._reader = ReplyReader()
        self._loop = asyncio.get_running_loop()

    @property
    def usable(self) -> bool:
        """Whether another request can go over it."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = transport  # type: ignore[assignment]

    async def ask(self, request: bytes) -> Reply:
        """Send one request and wait for its answer.

        Raises:
            ConnectionError: the connection broke, or what came is no answer.
            TimeoutError: no answer in time.
        """
        if self._transport is None:
            raise NotConnectedError
        self._answer, self._reader = self._loop.create_future(), ReplyReader()
        late = self._loop.call_later(ANSWER_SECONDS, self._fail, TimeoutError())
        try:
            self._transport.write(request)
            return await self._answer
        except asyncio.CancelledError:
            self._transport.abort()
            raise
        finally:
            late.cancel()
            self._answer = None

    def data_received(self, data: bytes) -> None:
        """Read on; bytes that nobody asked for end the connection."""
        if self._answer is None:
            self.close()
            return
        try:
            reply = self._reader.feed(data)
        except UnreadableReplyError as error:
            self._fail(error)
            return
        if reply is not None:
            self._finish(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        """Answer whoever waits with what came, or with the loss."""
        reply = self._reader.end() if exc is None and self._answer is not None else None
        if reply is not None:
            self._finish(reply)
        self._fail(ConnectionResetError())

    def _finish(self, reply: Reply) -> None:
        if reply.last:
            self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(reply)

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()


class Lines:
    """All connections to one host; at most `most` at once."""

    def __init__(self, base_url: str, most: int) -> None:
        """Connect to nothing yet; must be made inside a running loop.

        Raises:
            InvalidInputError: this is no address of a host.
        """
        try:
            parts = urlsplit(base_url)
            self._host, port = parts.hostname or "", parts.port
        except ValueError:
            parts, self._host, port = urlsplit(""), "", None
        if parts.scheme not in ("http", "https") or not self._host:
            raise InvalidInputError(
                "The SMS provider's address can't be used.",
                where="TOCSIN_TWILIO_BASE_URL",
                expected="https://host or https://host:port",
            )
        self._tls = _trust() if parts.scheme == "https" else None
        self._port = port or (443 if self._tls else 80)
        self.host, self.path = parts.netloc.rpartition("@")[2], parts.path.rstrip("/")
        self._free: list[Line] = []
        self._places = asyncio.Semaphore(most)

    async def ask(self, request: bytes) -> Reply:
        """Send one request over a free connection, or a new one while there are fewer than allowed.

        Raises:
            NotConnectedError: the host does not answer; nothing was sent.
            ConnectionError: the connection broke on the way.
            TimeoutError: no answer in time.
        """
        async with self._places:
            line = self._kept() or await self._connect()
            try:
                return await line.ask(request)
            finally:
                if line.usable:
                    self._free.append(line)

    def _kept(self) -> Line | None:
        while self._free:
            line = self._free.pop()
            if line.usable:
                return line
        return None

    async def _connect(self) -> Line:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, line = await loop.create_connection(Line, self._host, self._port, ssl=self._tls)
        except (OSError, TimeoutError) as error:
            raise NotConnectedError(type(error).__name__) from error
        return line

    async def close(self) -> None:
        """Close the kept connections."""
        while self._free:
            self._free.pop().close()
        await asyncio.sleep(0)
