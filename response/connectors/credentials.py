"""Addresses and secrets of connectors: from the environment, `tocsin.env`, or files under `keys/connectors`."""

import ipaddress
import os
from typing import Final
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import SecretStr

from models.errors import UnavailableError
from models.settings import Settings
from response.connectors.parts import UNSET

_CLEARTEXT: Final = frozenset({"http"})


class Credentials:
    """What the operator gave one connector: `TOCSIN_CONNECTOR_<NAME>_<WHAT>`, else `<name>.<what>` in the keys."""

    def __init__(self, settings: Settings, name: str) -> None:
        """Read the environment once."""
        self._name, self._folder = name, settings.keys / "connectors"
        self._given = {**dotenv_values(settings.home / "tocsin.env"), **os.environ}

    def variable(self, what: str) -> str:
        """Name the variable that holds something of this connector."""
        return f"TOCSIN_CONNECTOR_{self._name.upper().replace('-', '_')}_{what}"

    def find(self, what: str) -> SecretStr | None:
        """Give a secret, or None."""
        text = self._given.get(self.variable(what)) or self._from_file(what)
        return SecretStr(text) if text else None

    def need(self, what: str, said: str) -> SecretStr:
        """Give a secret; raises UnavailableError that names the variable."""
        found = self.find(what)
        if found is None:
            raise UnavailableError(
                f"The connector {self._name} has no {said}.", remedy=f"Set {self.variable(what)}."
            )
        return found

    def text(self, what: str) -> str:
        """Give what is no secret, such as a host key; empty where it is not set."""
        found = self.find(what)
        return found.get_secret_value() if found else ""

    def address(self, base_url: str) -> str:
        """Give the address to act at: the variable's before the definition's.

        Raises:
            UnavailableError: there is none, or it would carry secrets in the clear to another machine.
        """
        address = (self._given.get(self.variable("URL")) or base_url).rstrip("/")
        if address == UNSET:
            raise UnavailableError(
                f"The connector {self._name} has no address.", remedy=f"Set {self.variable('URL')}."
            )
        parts = urlsplit(address)
        if parts.scheme in _CLEARTEXT and not is_loopback(parts.hostname or ""):
            raise UnavailableError(
                f"The address of {self._name} would carry its secrets in the clear.",
                where=f"{parts.scheme}://{parts.hostname}",
                expected="https",
                remedy=f"Set {self.variable('URL')}.",
            )
        return address

    def _from_file(self, what: str) -> str:
        path = self._folder / f"{self._name}.{what.lower()}"
        return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def without_secrets(address: str) -> str:
    """Give an address as it may be shown: no user's password in it."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"
