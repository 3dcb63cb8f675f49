"""Ports: each is looked at before anything starts, so that a taken one is one clear message."""

import contextlib
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from models.errors import UnavailableError
from models.settings import Settings


@dataclass(frozen=True)
class Port:
    """A port that something of ours listens on, and the setting that chooses it."""

    host: str
    number: int
    setting: str
    used_by: str


def check_free(ports: Iterable[Port]) -> None:
    """Look whether each can be listened on.

    Raises:
        UnavailableError: one is taken, or taken twice by our own settings; names port and setting.
    """
    seen: dict[int, Port] = {}
    for port in ports:
        other = seen.setdefault(port.number, port)
        if other is not port:
            raise _taken(port, f"also set as {other.setting}")
        if not _can_listen(port):
            raise _taken(port, "taken by another program")


def _can_listen(port: Port) -> bool:
    with contextlib.closing(socket.socket(socket.AF_INET6 if ":" in port.host else socket.AF_INET)) as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # a port just left is free, as servers see it
        try:
            probe.bind((port.host, port.number))
            probe.listen(1)
        except OSError:
            return False
    return True


def _taken(port: Port, why: str) -> UnavailableError:
    return UnavailableError(
        f"Port {port.number} on {port.host}, wanted for the {port.used_by}, is {why}.",
        where=port.setting,
        remedy=f"Choose another with {port.setting}=<port>, or end the program that listens there.",
    )


PORT_SETTINGS = (
    "intake_port",
    "prefect_port",
    "rehearsal_smtp_port",
    "rehearsal_http_port",
    "rehearsal_containment_port",
)


def spare_ports(settings: Settings) -> Settings:
    """Give the settings with each taken port replaced by a free one, for a run that others need not find."""
    chosen: dict[str, int] = {}
    for name in PORT_SETTINGS:
        number = getattr(settings, name)
        if number in chosen.values() or not _can_listen(Port(settings.bind, number, name, "")):
            chosen[name] = _free_port(settings.bind, {*chosen.values()})
    return settings.model_copy(update=chosen)


def _free_port(host: str, taken: set[int]) -> int:
    while True:
        with contextlib.closing(socket.socket()) as probe:
            probe.bind((host, 0))
            number: int = probe.getsockname()[1]
        if number not in taken:
            return number
