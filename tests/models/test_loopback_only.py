"""Nothing leaves behind the fence: every way out of Python is refused and counted, loopback is free."""

import asyncio
import socket
import threading

import pytest

from models.loopback_only import OutsideRefusedError, is_fenced, loopback_only

TEST_NET = "192.0.2.1"  # RFC 5737: belongs to nobody


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()


def test_connection_to_another_machine_is_refused_and_counted() -> None:
    with loopback_only() as fence, socket.socket() as line:
        line.settimeout(1)
        with pytest.raises(OutsideRefusedError):
            line.connect((TEST_NET, 25))
    assert fence.refused == 1


@pytest.mark.parametrize("host", ["relay.example", "::ffff:192.0.2.1", "2001:db8::1"])
def test_name_and_address_of_another_machine_are_not_even_looked_up(host: str) -> None:
    with loopback_only() as fence, pytest.raises(OutsideRefusedError):
        socket.getaddrinfo(host, 443)
    assert fence.refused == 1


def test_datagram_to_another_machine_is_refused() -> None:
    with loopback_only() as fence, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        with pytest.raises(OutsideRefusedError):
            line.sendto(b"x", (TEST_NET, 53))
        with pytest.raises(OutsideRefusedError):
            line.sendmsg([b"x"], [], 0, (TEST_NET, 53))
    assert fence.refused == 2


def test_asynchronous_connection_is_refused() -> None:
    async def connect() -> None:
        await asyncio.open_connection(TEST_NET, 25)

    with loopback_only() as fence, pytest.raises(OutsideRefusedError):
        asyncio.run(connect())
    assert fence.refused == 1


def test_other_threads_are_fenced_too() -> None:
    found: list[BaseException] = []

    def aside() -> None:
        try:
            socket.create_connection((TEST_NET, 25), timeout=1)
        except OutsideRefusedError as error:
            found.append(error)

    with loopback_only() as fence:
        thread = threading.Thread(target=aside)
        thread.start()
        thread.join()
    assert (len(found), fence.refused) == (1, 1)


def test_loopback_and_local_sockets_stay_free(listener: tuple[str, int]) -> None:
    with loopback_only() as fence:
        socket.create_connection(listener).close()
        socket.create_connection(("localhost", listener[1])).close()
        for end in socket.socketpair():
            end.close()
    assert fence.refused == 0


def test_fence_is_gone_after_the_block() -> None:
    with loopback_only():
        assert is_fenced()
    assert not is_fenced()
    assert socket.getaddrinfo(TEST_NET, 25)
