"""Ports for servers that listen a little later, or never: nobody else is given one meanwhile."""

import contextlib
import os
import random
import socket
from collections.abc import Iterator

# Below what the system hands out: a port of that range may serve another's connection a moment later.
LOWEST, HIGHEST, PROCESSES = 12_000, 32_000, 16
DICE = random.SystemRandom()


def spare_port() -> int:
    """Find a port that nothing listens on: none twice, and none that another process of the tests finds."""
    return next(_spare)


def _spare_ports() -> Iterator[int]:
    place = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % PROCESSES
    ports = list(range(LOWEST + place, HIGHEST, PROCESSES))
    DICE.shuffle(ports)
    yield from filter(_is_free, ports)


def _is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        return True
    return False


_spare = _spare_ports()
