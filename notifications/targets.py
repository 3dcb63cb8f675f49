"""Where notices go: the bank's relay and provider, or the rehearsal servers on loopback.

A drill always goes to the rehearsal servers, whatever is set.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from models.errors import InvalidInputError
from models.settings import Settings

REHEARSAL_ACCOUNT = "AC" + "0" * 32
REHEARSAL_TOKEN = "rehearsal"  # noqa: S105 - opens nothing but our own loopback endpoint
LOOPBACK = "127.0.0.1"
# Where the SMS provider posts what became of a message, and what people reply; console.sms_callbacks answers there.
REPORTS_PATH, REPLIES_PATH = "/receipts/sms", "/receipts/sms/replies"


@dataclass(frozen=True)
class MailTarget:
    """One relay. `journal` is where it keeps copies of what it accepted, if anywhere."""

    host: str
    port: int
    tls: Literal["none", "starttls", "implicit"]
    user: str
    password: str
    sender: str
    journal: Path | None
    rehearsal: bool


@dataclass(frozen=True)
class TextTarget:
    """One account of the SMS provider; `base_url` empty means the provider's own address."""

    account: str
    token: str
    sender: str
    base_url: str
    rehearsal: bool
    reports_to: str = ""  # where the provider shall say what became of a message; empty: nowhere


def rehearsal_mail_folder(home: Path) -> Path:
    """Give the folder in which the rehearsal SMTP server keeps what it receives."""
    return home / "rehearsal" / "mail"


def all_rehearsed(settings: Settings, drill: bool) -> bool:
    """Tell whether every message ends in a rehearsal server, of whose deaths nobody writes later."""
    return drill or (settings.smtp_url is None and settings.twilio_account_sid is None)


def is_rehearsed(settings: Settings, drill: bool, channel: str) -> bool:
    """Tell whether a channel's messages end in a rehearsal server."""
    configured = settings.twilio_account_sid if channel == "sms" else settings.smtp_url
    return drill or configured is None


def mail_target(settings: Settings, drill: bool) -> MailTarget:
    """Read the first relay from the settings.

    Raises:
        InvalidInputError: TOCSIN_SMTP_URL can't be used.
    """
    return mail_targets(settings, drill)[0]


def mail_targets(settings: Settings, drill: bool) -> tuple[MailTarget, ...]:
    """Read the relays from the settings, in the order in which they are tried.

    Raises:
        InvalidInputError: the address of one can't be used.
    """
    if drill or settings.smtp_url is None:
        folder, port = rehearsal_mail_folder(settings.home), settings.rehearsal_smtp_port
        return (MailTarget(LOOPBACK, port, "none", "", "", settings.mail_from, folder, rehearsal=True),)
    first = _relay(settings, settings.smtp_url.get_secret_value(), "TOCSIN_SMTP_URL", settings.smtp_journal)
    if settings.smtp_fallback_url is None:
        return (first,)
    behind = settings.smtp_fallback_url.get_secret_value().split()
    setting, journal = "TOCSIN_SMTP_FALLBACK_URL", settings.smtp_fallback_journal
    return (first, *(_relay(settings, url, setting, journal) for url in behind))


def _relay(settings: Settings, url: str, setting: str, journal: Path | None) -> MailTarget:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (465 if parts.scheme == "smtps" else 587)
    except ValueError:
        parts, host, port = urlsplit(""), "", 0
    if parts.scheme not in ("smtp", "smtps") or not host:
        raise InvalidInputError(
            "The relay's address can't be used.",
            where=setting,
            expected="smtp://user:password@host:587 or smtps://host:465",
        )
    # A relay on this machine may do without TLS; anywhere else the notice would cross a network in clear.
    tls: Literal["none", "starttls", "implicit"] = "implicit" if parts.scheme == "smtps" else "starttls"
    if tls == "starttls" and host in ("localhost", "127.0.0.1", "::1"):
        tls = "none"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailTarget(host, port, tls, user, password, settings.mail_from, journal, rehearsal=False)


def text_target(settings: Settings, drill: bool) -> TextTarget:
    """Read the provider's account from the settings.

    Raises:
        InvalidInputError: an account is named without its token.
    """
    if drill or settings.twilio_account_sid is None:
        base = settings.twilio_base_url if not drill and settings.twilio_base_url else ""
        base = base or f"http://{LOOPBACK}:{settings.rehearsal_http_port}"
        return TextTarget(REHEARSAL_ACCOUNT, REHEARSAL_TOKEN, settings.twilio_from, base, rehearsal=True)
    if settings.twilio_auth_token is None:
        raise InvalidInputError(
            "The SMS provider's account has no token.",
            where="TOCSIN_TWILIO_AUTH_TOKEN",
            remedy="Set it beside TOCSIN_TWILIO_ACCOUNT_SID.",
        )
    return TextTarget(
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        settings.twilio_from,
        settings.twilio_base_url or "",
        rehearsal=False,
        reports_to=f"{settings.address_for_staff}{REPORTS_PATH}" if settings.public_url else "",
    )
