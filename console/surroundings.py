"""The environment of the processes behind `tocsin up`: one home, one engine, nothing sent to third parties."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import SecretStr

from models.crypto import write_secret
from models.settings import Settings

LOOPBACK = "127.0.0.1"
POOL = "tocsin"

# What Prefect's server needs, and what it must not do (docs/decisions: the engine stays on this machine).
QUIET_ENGINE: Mapping[str, str] = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_CLI_COLORS": "false",
    "PREFECT_LOGGING_COLORS": "false",
    # No automations are declared: our own sweep looks after runs, since it knows what is done.
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P2D",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    # The lease says which executor lives; Prefect's own sign of life, 180 s by default, may be rare.
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "180",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
}


@dataclass(frozen=True)
class EngineAddress:
    """Where the engine's API is and the password it asks for."""

    url: str
    user: str
    password: str

    @property
    def auth(self) -> str:
        """Give user and password as Prefect's settings write them."""
        return f"{self.user}:{self.password}"


def engine_address(settings: Settings) -> EngineAddress:
    """Give the engine's address; its password is made once and kept beside the other keys."""
    path = settings.keys / "engine.password"
    write_secret(path, secrets.token_hex(24).encode())
    return EngineAddress(
        f"http://{LOOPBACK}:{settings.prefect_port}/api", "tocsin", path.read_text(encoding="ascii").strip()
    )


def tocsin_environment(settings: Settings) -> dict[str, str]:
    """Give this process's environment with these settings in it, the home as an absolute path."""
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    named = {f"TOCSIN_{name.upper()}": _text(value) for name, value in given.items() if value is not None}
    return {**os.environ, **named, "TOCSIN_HOME": str(settings.home.resolve()), "PYTHONUNBUFFERED": "1"}


def engine_environment(settings: Settings) -> dict[str, str]:
    """Give the environment of Prefect's server, its worker and the flows the worker starts."""
    address = engine_address(settings)
    home = engine_home(settings)
    return {
        **tocsin_environment(settings),
        **QUIET_ENGINE,
        "TOCSIN_WARM_NAME": _warm_name(address, home),
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_API_URL": address.url,
        "PREFECT_API_AUTH_STRING": address.auth,
        "PREFECT_SERVER_API_AUTH_STRING": address.auth,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / 'prefect.db'}",
    }


def _warm_name(address: EngineAddress, home: Path) -> str:
    """Name the socket of this home's warm process; nobody else can guess it."""
    return "tocsin-" + sha256(f"{address.password} {home}".encode()).hexdigest()[:32]


def engine_home(settings: Settings) -> Path:
    """Give the folder of Prefect's own state; it may be lost."""
    return settings.home.resolve() / "prefect"


def _text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
