"""Nothing leaves: while a drill runs, this process reaches nothing but its own machine.

Python tells audit hooks of every connection before it is made (PEP 578). A hook can't be taken out again, so it
stays and does nothing while no fence stands. What C libraries connect by themselves is not seen: the event loop
written in C is therefore not used behind a fence, and the database's own client is left out on purpose.
"""

import contextlib
import ipaddress
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from models.errors import RefusedError

_ADDRESSED: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_NAMED: Final = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_LOCAL_NAMES: Final = frozenset({"", "localhost", "localhost.localdomain", "ip6-localhost"})
_lock = threading.Lock()
_standing: list["Fence"] = []
_installed: list[bool] = []


class OutsideRefusedError(RefusedError):
    """A drill tried to reach something beyond this machine; nothing was sent."""


@dataclass
class Fence:
    """Counts what was refused while it stood."""

    refused: int = 0


@contextlib.contextmanager
def loopback_only() -> Iterator[Fence]:
    """Refuse every connection to another machine until the block ends.

    Raises:
        OutsideRefusedError: where such a connection is attempted, in whatever thread attempts it.
    """
    fence = Fence()
    with _lock:
        if not _installed:
            sys.addaudithook(_hook)
            _installed.append(True)
        _standing.append(fence)
    try:
        yield fence
    finally:
        with _lock:
            _standing.remove(fence)


def is_fenced() -> bool:
    """Tell whether this process is fenced now."""
    return bool(_standing)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if not _standing or not event.startswith("socket."):
        return
    if (event in _ADDRESSED and not _address_is_here(*args[:2])) or (
        event in _NAMED and not _is_here(args[0])
    ):
        for fence in _standing:
            fence.refused += 1
        raise OutsideRefusedError(
            "A drill tried to reach another machine.", where=event, expected="loopback only; nothing was sent"
        )


def _address_is_here(line: Any, address: Any) -> bool:
    # A datagram without an address goes where its socket was connected, which was looked at then.
    if address is None or getattr(line, "family", None) not in (socket.AF_INET, socket.AF_INET6):
        return True
    return _is_here(address[0] if isinstance(address, tuple) else address)


def _is_here(host: Any) -> bool:
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)
    if name.lower().rstrip(".") in _LOCAL_NAMES:
        return True
    try:
        found = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback
