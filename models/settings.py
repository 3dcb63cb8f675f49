"""Settings from the environment (`TOCSIN_*`) or `TOCSIN_HOME/tocsin.env`; every default is local."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.errors import InvalidInputError


class Settings(BaseSettings):
    """What an operator can set. Ports are TCP on loopback unless `bind` says otherwise; times are seconds."""

    model_config = SettingsConfigDict(env_prefix="TOCSIN_", extra="ignore")

    home: Path = Field(default=Path(".tocsin"), description="The one folder that holds all state.")
    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL URL; unset means SQLite in the home."
    )
    organisation_key: SecretStr | None = Field(
        default=None, description="Base64 of the 32-byte key that wraps every incident's key."
    )
    bind: str = Field(default="127.0.0.1", description="Address the intake listens on.")
    intake_port: int = Field(default=8460, ge=1, le=65535, description="Port of the intake.")
    public_url: str | None = Field(
        default=None,
        description="Address at which staff reach the intake, for links in calls; unset means this machine's.",
    )
    prefect_port: int = Field(default=8461, ge=1, le=65535, description="Port of the Prefect server.")
    rehearsal_smtp_port: int = Field(default=8462, ge=1, le=65535, description="Rehearsal SMTP server.")
    rehearsal_http_port: int = Field(default=8463, ge=1, le=65535, description="Rehearsal SMS provider.")
    rehearsal_containment_port: int = Field(
        default=8464, ge=1, le=65535, description="Rehearsal containment endpoint."
    )
    intake_secret: SecretStr | None = Field(
        default=None, description="Shared secret of detectors (HMAC-SHA256); unset means one made at init."
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="smtp:// or smtps:// URL of the relay; unset means the rehearsal server.",
    )
    smtp_journal: Path | None = Field(
        default=None, description="Folder where the relay keeps a copy of each accepted mail."
    )
    smtp_fallback_url: SecretStr | None = Field(
        default=None,
        description="Relays tried in turn when the first is away, separated by spaces.",
    )
    smtp_fallback_journal: Path | None = Field(
        default=None, description="Folder where those relays keep a copy of each accepted mail."
    )
    bounce_mailbox: SecretStr | None = Field(
        default=None,
        description="Where bounces arrive: maildir:/folder or imaps://user:password@host/INBOX.",
    )
    bounce_seconds: float = Field(default=30.0, ge=1, description="How often that mailbox is looked into.")
    signal_mailbox: SecretStr | None = Field(
        default=None,
        description="Where people and scanners write to tell of a breach: an address as of the bounce mailbox.",
    )
    signal_seconds: float = Field(default=30.0, ge=1, description="How often that mailbox is looked into.")
    mail_from: str = Field(default="notice@tocsin.example", description="Sender address of notices.")
    twilio_account_sid: str | None = Field(default=None, description="Unset means the rehearsal provider.")
    twilio_auth_token: SecretStr | None = Field(default=None, description="Token of that account.")
    twilio_from: str = Field(default="+15005550006", description="Number or sender name of SMS.")
    twilio_base_url: str | None = Field(
        default=None, description="Another address of the provider's API, such as a proxy."
    )
    unknown_mail: Literal["hold", "resend"] = Field(
        default="hold", description="What to do with a mail of which nobody can know whether it left."
    )
    delivery_batch: int = Field(default=64, ge=1, le=1000, description="Messages claimed at once.")
    mail_rate: float | None = Field(
        default=None,
        gt=0,
        description="E-mails a second at most; unset means as fast as the relay takes them.",
    )
    sms_rate: float | None = Field(
        default=None,
        gt=0,
        description="SMS a second at most; unset means as fast as the provider takes them.",
    )
    canary_size: int = Field(
        default=100,
        ge=0,
        description="People of each channel told first in a campaign of ten times as many; 0: none.",
    )
    canary_seconds: float | None = Field(
        default=None,
        ge=0,
        description="How long a canary waits for bounces and receipts; unset: 300, but 0 while all is rehearsed.",
    )
    stop_bounced: float = Field(
        default=0.2, gt=0, le=1, description="Share of dead addresses at which sending stops by itself."
    )
    timestamp_url: str | None = Field(
        default=None, description="Address of an RFC 3161 authority that stamps the ledger's head."
    )
    timestamp_ca: Path | None = Field(
        default=None, description="PEM file of the certificates that vouch for that authority."
    )
    evidence_limit_mib: int = Field(
        default=64, ge=1, le=1024, description="Size of one piece of evidence at most, in MiB."
    )
    lease_seconds: int = Field(default=15, ge=2, description="How long a silent flow keeps an incident.")
    sweep_seconds: float = Field(default=2.0, gt=0, description="How often the sweep looks for stalled runs.")
    revive_limit: int = Field(
        default=20, ge=1, description="Revivals of one incident before a person is paged."
    )
    allow_bash: bool = Field(
        default=False, description="Whether commands of imported playbooks may run on this machine."
    )
    language: Literal["en", "zh"] = Field(default="en", description="Language of the terminal.")

    @property
    def database(self) -> str:
        """The database to use, as an SQLAlchemy URL."""
        if self.database_url is None:
            return f"sqlite:///{(self.home / 'tocsin.db').resolve()}"
        url = self.database_url.get_secret_value()
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def address_for_staff(self) -> str:
        """The address that links in calls begin with."""
        return (self.public_url or f"http://{self.bind}:{self.intake_port}").rstrip("/")

    @property
    def keys(self) -> Path:
        """Folder of the key files; the most precious part of the home."""
        return self.home / "keys"


def load_settings() -> Settings:
    """Read the settings of the present environment, naming each wrong value by its variable.

    Raises:
        InvalidInputError: a value is outside its range or of the wrong kind.
    """
    home = Path(os.environ.get("TOCSIN_HOME", ".tocsin"))
    try:
        return Settings(_env_file=home / "tocsin.env")
    except ValidationError as error:
        first = error.errors()[0]
        name = "TOCSIN_" + "_".join(str(part) for part in first["loc"]).upper()
        raise InvalidInputError(
            f"The setting {name} can't be used: {first['msg']}.",
            where=str(home / "tocsin.env"),
            remedy="Mend it in the environment or in that file.",
        ) from None


@lru_cache(maxsize=1)
def current_settings() -> Settings:
    """Give the settings of this process, read once."""
    return load_settings()
