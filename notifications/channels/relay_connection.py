"""Opening a connection to a relay: greeted, secured and logged in by aiosmtplib, before anything is sent over it."""

import contextlib
import ssl
import time
from collections.abc import Iterator
from functools import lru_cache

import aiosmtplib

from models.errors import UnavailableError
from notifications.targets import MailTarget

CONNECT_SECONDS = 10.0


@lru_cache(maxsize=1)
def shared_tls() -> ssl.SSLContext:
    """Give the one TLS context of this process: a new one for each connection costs a hundred times more."""
    return ssl.create_default_context()


async def connect(target: MailTarget, our_name: str | None = None) -> aiosmtplib.SMTP:
    """Open one connection; `our_name` is what we call ourselves, asked of the name servers when it is not known.

    Raises:
        UnavailableError: the relay does not answer or does not let us in.
    """
    client = aiosmtplib.SMTP(
        hostname=target.host,
        # A rehearsal asks nobody outside.
        local_hostname="localhost" if target.rehearsal else our_name,
        port=target.port,
        timeout=CONNECT_SECONDS,
        use_tls=target.tls == "implicit",
        start_tls=target.tls == "starttls",
        tls_context=shared_tls() if target.tls != "none" else None,
        username=target.user or None,
        password=target.password or None,
    )
    with _naming_faults(target):
        await client.connect()
        if client.last_ehlo_response is None:
            await client.ehlo()
    return client


async def seconds_to_answer(client: aiosmtplib.SMTP, target: MailTarget) -> float:
    """Give how long the relay takes to answer a command that does nothing; hang up if it does not.

    Raises:
        UnavailableError: it does not answer.
    """
    began = time.perf_counter()
    with (
        _naming_faults(target),
        contextlib.suppress(aiosmtplib.SMTPResponseException),
    ):  # a refusal is an answer
        await client.noop()
    return time.perf_counter() - began


@contextlib.contextmanager
def _naming_faults(target: MailTarget) -> Iterator[None]:
    try:
        yield
    except aiosmtplib.SMTPAuthenticationError as error:
        what = f"refuses our name and password ({error.code})"
        raise unavailable(target, what, "TOCSIN_SMTP_URL") from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise unavailable(target, f"does not answer ({type(error).__name__})") from None


def unavailable(target: MailTarget, what: str, setting: str = "") -> UnavailableError:
    """Say that a relay can't be used now, and which `setting` to mend, if one."""
    remedy = f"Mend {setting}" if setting else "Start it or mend TOCSIN_SMTP_URL"
    if target.rehearsal:
        remedy = "Start the rehearsal servers (`tocsin up` does)"
    return UnavailableError(
        f"The mail relay {what}.",
        where=f"{target.host}:{target.port}",
        remedy=f"{remedy}; nothing is lost, delivery goes on when it is called again.",
    )
