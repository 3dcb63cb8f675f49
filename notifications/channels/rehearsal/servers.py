"""Both rehearsal servers together, in this thread's loop or in a thread of their own."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from models.errors import UnavailableError
from notifications.channels.rehearsal.mail import MailKeeper, serve_mail
from notifications.channels.rehearsal.text import TextKeeper, text_application
from notifications.targets import LOOPBACK, rehearsal_mail_folder


def rehearsal_text_folder(home: Path) -> Path:
    """Give the folder in which the rehearsal SMS provider keeps what it receives."""
    return home / "rehearsal" / "sms"


@dataclass
class Rehearsal:
    """Two running servers, and the folders in which they keep what they receive."""

    smtp_port: int
    http_port: int
    mail: MailKeeper
    text: TextKeeper
    mail_folder: Path
    text_folder: Path

    @property
    def http_url(self) -> str:
        """The base address of the SMS provider."""
        return f"http://{LOOPBACK}:{self.http_port}"


@contextlib.asynccontextmanager
async def serve(home: Path, smtp_port: int = 0, http_port: int = 0) -> AsyncIterator[Rehearsal]:
    """Run both on loopback until the block ends; port 0 takes a free one.

    Raises:
        UnavailableError: a port is taken.
    """
    mail_folder, text_folder = rehearsal_mail_folder(home), rehearsal_text_folder(home)
    for folder in (mail_folder, text_folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    mail, text = MailKeeper(mail_folder), TextKeeper(text_folder)
    runner = web.AppRunner(text_application(text), access_log=None)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(mail.close)
        stack.callback(text.close)
        with _naming_taken_port(smtp_port, "TOCSIN_REHEARSAL_SMTP_PORT"):
            smtp = await serve_mail(mail, LOOPBACK, smtp_port)
        stack.callback(smtp.close)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, LOOPBACK, http_port)
        with _naming_taken_port(http_port, "TOCSIN_REHEARSAL_HTTP_PORT"):
            await site.start()
        ports = smtp.sockets[0].getsockname()[1], runner.addresses[0][1]
        yield Rehearsal(*ports, mail, text, mail_folder, text_folder)


@contextlib.contextmanager
def _naming_taken_port(port: int, setting: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"The port {port} can't be used ({error.strerror}).",
            where=f"{LOOPBACK}:{port}",
            remedy=f"End what listens there, or choose another with {setting}.",
        ) from None


@contextlib.contextmanager
def running(home: Path, smtp_port: int = 0, http_port: int = 0) -> Iterator[Rehearsal]:
    """Run both in a thread of their own, for tests and for programs that are not asynchronous."""
    loop = asyncio.new_event_loop()
    done = asyncio.Event()
    started = threading.Event()
    outcome: list[Rehearsal | BaseException] = []

    async def life() -> None:
        try:
            async with serve(home, smtp_port, http_port) as servers:
                outcome.append(servers)
                started.set()
                await done.wait()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            outcome.append(error)
            started.set()

    thread = threading.Thread(target=loop.run_until_complete, args=(life(),), daemon=True)
    thread.start()
    started.wait()
    first = outcome[0]
    if isinstance(first, BaseException):
        thread.join()
        loop.close()
        raise first
    try:
        yield first
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()
