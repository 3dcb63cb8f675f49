"""A network of a test's own: what runs inside it may send, a route leads out, and each packet on it is counted."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

LINE = "line0"
FAR_END = "192.0.2.2"  # documentation addresses (RFC 5737): nobody has them
ELSEWHERE = "198.51.100.1"


@dataclass(frozen=True)
class OwnNetwork:
    """A network namespace with one line out of it."""

    name: str

    def run(
        self, command: Sequence[str], folder: Path, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside; gives what it said."""
        return subprocess.run(
            ["ip", "netns", "exec", self.name, *command],
            cwd=folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def packets_out(self) -> int:
        """Count the packets that left by the line so far."""
        shown = _ip("-n", self.name, "-s", "-j", "link", "show", LINE)
        return int(json.loads(shown)[0]["stats64"]["tx"]["packets"])


@contextmanager
def own_network() -> Iterator[OwnNetwork]:
    """Make a network with a default route to a far end that swallows everything; skips where that can't be had."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("a network of one's own needs root and the command ip")
    near, far = (f"tocsin-{end}-{os.getpid()}" for end in ("near", "far"))
    try:
        try:
            _ip("netns", "add", near)
            _ip("netns", "add", far)
            _ip("link", "add", LINE, "netns", near, "type", "veth", "peer", "name", LINE, "netns", far)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"this machine makes no network namespaces ({error.stderr.strip()})")
        # Without this the kernel itself looks for IPv6 neighbours, which nobody asked for.
        no_ipv6 = "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 || true"
        _ip("netns", "exec", near, "sh", "-c", no_ipv6)
        _ip("-n", near, "link", "set", "lo", "up")
        _ip("-n", near, "addr", "add", "192.0.2.1/24", "dev", LINE)
        for end in (near, far):
            _ip("-n", end, "link", "set", LINE, "up")
        _ip("-n", near, "neigh", "add", FAR_END, "lladdr", "02:00:00:00:00:01", "dev", LINE)
        _ip("-n", near, "route", "add", "default", "via", FAR_END)
        yield OwnNetwork(near)
    finally:
        for end in (near, far):
            with suppress(subprocess.CalledProcessError):
                _ip("netns", "del", end)


def _ip(*arguments: str) -> str:
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, check=True, timeout=30).stdout
