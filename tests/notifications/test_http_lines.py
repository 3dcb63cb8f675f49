"""HTTP as the SMS channel needs it: whole answers in any portions, and never a guess about what became of a request."""

import asyncio
import contextlib
import itertools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidInputError
from notifications.channels import http_lines
from notifications.channels.hold import Hold, read_retry_after
from notifications.channels.http_lines import Lines, NotConnectedError
from notifications.channels.http_reply import Reply, ReplyReader, UnreadableReplyError
from tests.support.ports import spare_port

BODIES = {
    "length": b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a": 12}',
    "chunks": b'HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\n{"a"\r\n5\r\n: 12}\r\n0\r\nT: 1\r\n\r\n',
    "interim": b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length:9\r\n\r\n{"a": 12}',
}
NOT_HTTP = {
    "other": b"220 smtp.example ESMTP\r\n\r\n",
    "status": b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "both": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "header": b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "chunk end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naXX0\r\n\r\n",
    "too much": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ASKED = b"GET / HTTP/1.1\r\n\r\n"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.mark.parametrize("form", BODIES)
@given(cuts=st.lists(st.integers(0, 120), max_size=6))
def test_answer_is_the_same_in_whatever_portions_it_comes(form: str, cuts: list[int]) -> None:
    reader, raw = ReplyReader(), BODIES[form]
    edges = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    found = [reader.feed(raw[a:b]) for a, b in itertools.pairwise(edges)]
    assert (found[-1].status, found[-1].body, found[-1].last) == (201, b'{"a": 12}', False)


def test_answer_without_a_length_ends_with_the_connection() -> None:
    reader = ReplyReader()
    assert reader.feed(b"HTTP/1.0 200 OK\r\nA: b\r\n\r\nall of ") is None
    assert reader.feed(b"it") is None
    assert reader.end() == Reply(200, {"a": "b"}, b"all of it", last=True)


def test_answer_cut_short_is_none() -> None:
    reader = ReplyReader()
    reader.feed(OK[:-1])
    assert reader.end() is None


@pytest.mark.parametrize("kind", NOT_HTTP)
def test_answer_that_is_not_http_is_refused(kind: str) -> None:
    with pytest.raises(UnreadableReplyError):
        ReplyReader().feed(NOT_HTTP[kind])


def test_answer_without_end_is_refused() -> None:
    with pytest.raises(UnreadableReplyError, match="head"):
        ReplyReader().feed(b"HTTP/1.1 200 OK\r\n" + b"a" * 100_000)


@given(st.binary(max_size=200))
def test_reader_gives_an_answer_or_refuses_whatever_comes(data: bytes) -> None:
    with contextlib.suppress(UnreadableReplyError):
        ReplyReader().feed(b"HTTP/1.1 200 OK\r\n" + data)


@contextlib.asynccontextmanager
async def host(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Run a host whose every connection is `talk`; yields its address."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=tls)
    async with server:
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def answering(*answers: bytes) -> Talk:
    """Answer each request of a connection with the next of `answers`, then close it."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()

    return talk


async def test_lines_keep_a_connection_for_the_next_request() -> None:
    async with host(answering(OK, OK, OK)) as address:
        lines = Lines(address, 4)
        assert [(await lines.ask(ASKED)).body for _ in range(3)] == [b"ok"] * 3
        await lines.close()


async def test_lines_make_no_more_connections_than_allowed() -> None:
    open_now, most = 0, 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)

    async with host(talk) as address:
        lines = Lines(address, 3)
        await asyncio.gather(*(lines.ask(ASKED) for _ in range(50)))
        await lines.close()
    assert most == 3


async def test_lines_say_that_nothing_was_sent_where_nobody_listens() -> None:
    with pytest.raises(NotConnectedError):
        await Lines(f"http://127.0.0.1:{spare_port()}", 1).ask(ASKED)


@pytest.mark.parametrize("answer", [b"", OK[:-1], b"not http\r\n\r\n"])
async def test_lines_never_call_a_request_unsent_that_was_written(answer: bytes) -> None:
    async with host(answering(answer)) as address:
        with pytest.raises(ConnectionError) as failure:
            await Lines(address, 1).ask(ASKED)
    assert not isinstance(failure.value, NotConnectedError)


async def test_lines_wait_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_lines, "ANSWER_SECONDS", 0.05)

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with host(silent) as address:
        lines = Lines(address, 1)
        with pytest.raises(TimeoutError):
            await lines.ask(ASKED)


async def test_lines_use_no_connection_that_the_host_gave_up() -> None:
    last = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    async with host(answering(last)) as address:
        lines = Lines(address, 1)
        assert [(await lines.ask(ASKED)).last for _ in range(3)] == [True] * 3


def certificate(folder: Path) -> Path:
    """Make a certificate of this machine that nobody vouches for."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = folder / "host.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *plain) + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


async def test_lines_talk_to_no_host_that_cannot_prove_its_name(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    async with host(answering(OK), context) as address:
        with pytest.raises(NotConnectedError, match="SSLCertVerificationError"):
            await Lines(address, 1).ask(ASKED)


@pytest.mark.parametrize(
    "address", ["", "api.twilio.com", "ftp://api.twilio.com", "https://", "http://h:port"]
)
async def test_lines_refuse_an_address_that_is_none(address: str) -> None:
    with pytest.raises(InvalidInputError, match="TOCSIN_TWILIO_BASE_URL"):
        Lines(address, 1)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Tue, 03 Mar 2026 03:01:00 GMT", 60.0),
        ("Tue, 03 Mar 2026 02:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(said: str | None, seconds: float | None) -> None:
    assert read_retry_after(said, datetime(2026, 3, 3, 3, 0, tzinfo=UTC)) == seconds


async def test_hold_grows_while_the_provider_goes_on_refusing() -> None:
    moment = 0.0
    hold = Hold(lambda: moment)
    waits = []
    for _ in range(12):
        hold.refused(None)
        hold.refused(None)  # of the same moment: says nothing new
        waits.append(hold.seconds)
        moment += hold.seconds
    assert waits == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30]
    hold.taken()
    hold.refused(3.0)
    assert hold.seconds == 3.0
