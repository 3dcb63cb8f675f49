"""A drill in a network of its own, with an open way out: not one packet leaves, whatever is configured."""

import json
import sys
from pathlib import Path

import pytest

from tests.support.own_network import ELSEWHERE, own_network

pytestmark = pytest.mark.engine
ROOT = Path(__file__).parents[2]
SEND = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('{}', 9))"
FENCED = """
from models.loopback_only import loopback_only
from models.errors import TocsinError
import socket
with loopback_only() as fence:
    try:
        socket.create_connection(("{}", 25), timeout=1)
    except TocsinError:
        pass
print(fence.refused)
"""


def test_drill_with_real_providers_configured_sends_no_packet(tmp_path: Path) -> None:
    with own_network() as network:
        drill = network.run(
            [str(Path(sys.executable).with_name("tocsin")), "drill", "run", "lost-stolen-device", "--json"],
            ROOT,
            TOCSIN_HOME=str(tmp_path / "home"),
            TOCSIN_SMTP_URL=f"smtp://{ELSEWHERE}:25",
            TOCSIN_TWILIO_ACCOUNT_SID="AC" + "1" * 32,
            TOCSIN_TWILIO_AUTH_TOKEN="not-a-real-token",
        )
        assert drill.returncode == 0, drill.stderr
        assert json.loads(drill.stdout)["refused_connections"] == 0
        assert network.packets_out() == 0
        # The way out is open: what is not a drill would have left by it.
        assert network.run([sys.executable, "-c", SEND.format(ELSEWHERE)], ROOT).returncode == 0
        assert network.packets_out() == 1


def test_connection_to_another_machine_is_refused_before_a_packet_leaves() -> None:
    with own_network() as network:
        tried = network.run([sys.executable, "-c", FENCED.format(ELSEWHERE)], ROOT)
        assert (tried.stdout.strip(), network.packets_out()) == ("1", 0)
