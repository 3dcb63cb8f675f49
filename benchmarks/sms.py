"""Time SMS notices through the provider's SDK beside the bare HTTP client; `make bench NAME=sms`.

`share_of_aiohttp`: notices per second, each written for its reader, claimed and recorded durably (SQLite), as a share
of the same requests made with aiohttp alone over as many connections; both to one stub on loopback, in a process of
its own, that answers as the provider does and keeps nothing. `share_of_aiohttp_postgres`: the same on PostgreSQL.
Medians of three rounds. 10,000 notices; ARGS=500 for fewer, of which more goes into starting.
"""

import asyncio
import contextlib
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count as counting
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp

from benchmarks.campaigns import approved_campaign, new_home, servers
from benchmarks.email import deliver
from benchmarks.harness import LEAST_ROUNDS, median, print_result, say
from notifications.outbox.running import run_async
from notifications.targets import LOOPBACK, REHEARSAL_ACCOUNT, REHEARSAL_TOKEN
from notifications.texts.notice_text import render_part, variant_of
from tests.notifications.conftest import details
from tests.support.databases import Databases

CONNECTIONS = 16  # as many as the channel opens
MESSAGES = f"/2010-04-01/Accounts/{REHEARSAL_ACCOUNT}/Messages.json"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Stub(asyncio.Protocol):
    """Answers each POST as a message taken, each GET as an empty list."""

    numbers = counting()

    def __init__(self) -> None:
        """Start with nothing read."""
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the line."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._read += data
        while (ends := self._read.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._read, 0, ends)
            whole = ends + 4 + (int(found[1]) if found else 0)
            if len(self._read) < whole:
                return
            posted, self._read = self._read.startswith(b"POST"), self._read[whole:]
            self._transport.write(_answer(posted))  # type: ignore[attr-defined]


def _answer(posted: bool) -> bytes:
    message = {
        "sid": f"SM{next(Stub.numbers):032x}",
        "status": "queued",
        "error_code": None,
        "num_segments": "1",
    }
    body = json.dumps(message if posted else {"messages": []}).encode()
    status = b"201 Created" if posted else b"200 OK"
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


def serve(told: Connection) -> None:
    """Run the stub in this process until it is ended."""

    async def life() -> None:
        server = await asyncio.get_running_loop().create_server(Stub, LOOPBACK, 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    run_async(life())


@contextlib.contextmanager
def stub() -> Iterator[str]:
    """Run the stub in a process of its own; yields its address."""
    ours, theirs = get_context("spawn").Pipe()
    running = get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    running.start()
    try:
        yield f"http://{LOOPBACK}:{ours.recv()}"
    finally:
        running.terminate()
        running.join()


def bare(address: str, count: int) -> float:
    """Make the same requests with aiohttp alone; seconds."""
    variant = variant_of("breach-notice", "en", "SG", "", named=False)
    body = render_part("sms.txt", "breach-notice", details(), variant, False)

    async def line(session: aiohttp.ClientSession, numbers: Iterator[int]) -> None:
        for number in numbers:
            form = {"To": _phone(number), "From": "+15005550006", "Body": body}
            async with session.post(address + MESSAGES, data=form) as answer:
                await answer.json()

    async def every() -> float:
        numbers, auth = iter(range(count)), aiohttp.BasicAuth(REHEARSAL_ACCOUNT, REHEARSAL_TOKEN)
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        async with aiohttp.ClientSession(auth=auth, connector=connector) as session:
            began = time.perf_counter()
            await asyncio.gather(*(line(session, numbers) for _ in range(CONNECTIONS)))
            return time.perf_counter() - began

    return float(run_async(every()))


def _phone(number: int) -> str:
    return f"+659{number:07d}"


def ours(folder: Path, address: str, count: int, databases: Databases | None) -> float:
    """Tell as many people through a campaign, in a fresh process; seconds."""
    people = folder / "people.csv"
    with people.open("w", encoding="utf-8") as file:
        file.write("id,name,phone,place\n")
        file.writelines(f"{n},Person {n},{_phone(n)},SG\n" for n in range(count))
    settings = new_home(folder / "home", databases)
    settings.twilio_base_url = address
    campaign_id = approved_campaign(settings, people)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(deliver, settings, campaign_id, count).result().seconds


def share(address: str, count: int, databases: Databases | None) -> float:
    """Measure both in turn; the median share."""
    shares = []
    for _ in range(LEAST_ROUNDS):
        with tempfile.TemporaryDirectory() as name, ProcessPoolExecutor(1, get_context("spawn")) as pool:
            alone = pool.submit(bare, address, count).result()
            told = ours(Path(name), address, count, databases)
        shares.append(alone / told)
        kind = "postgres" if databases else "sqlite"
        say(f"{kind}: {count / told:,.0f}/s beside {count / alone:,.0f}/s, share {shares[-1]:.2f}")
    return median(shares)


def main(count: int = 10_000) -> None:
    """Run it."""
    found = dict[str, float]()
    with stub() as address, servers() as databases:
        found["share_of_aiohttp"] = share(address, count, None)
        if databases:
            found["share_of_aiohttp_postgres"] = share(address, count, databases)
    print_result("sms", notices=count, rounds=LEAST_ROUNDS, **found)


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:2]))
