"""`tocsin doctor`: looks at what a response will need before it is needed, and says how to mend what is wrong."""

import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlmodel import col, select

from console.home_lock import is_locked
from console.parts import parts_of, ports_of
from console.ports import check_free
from models.database import Store, naming_database_faults
from models.errors import TocsinError
from models.home import open_home
from models.ledger_audit import audit_home
from models.migrations.upgrade import current, newest
from models.settings import Settings
from models.staff import Staff
from models.vocabulary import Role
from notifications.mailbox import BOUNCES, open_mailbox
from response.signal_mail import SETTING as SIGNALS
from response.signal_mail import mailbox_of
from response.telling.receiving import mailbox_of as bounces_to

LEAST_FREE_BYTES = 500_000_000
REACH_SECONDS = 3.0


@dataclass(frozen=True)
class Checkup:
    """One thing that was looked at."""

    what: str
    well: bool
    finding: str
    mend: str = ""


def examine(settings: Settings) -> tuple[Checkup, ...]:
    """Look at everything; a check that fails never keeps the others from running."""
    try:
        store = open_home(settings)
    except TocsinError as error:
        return (Checkup("home", well=False, finding=error.what, mend=error.remedy),)
    checks: tuple[tuple[str, Callable[[Store], str]], ...] = (
        ("keys", _keys),
        ("disk", _disk),
        ("database", _tables),
        ("contact tree", _roles),
        ("ledger", _ledger),
        ("engine", _engine),
        ("mail relay", _relay),
        ("SMS provider", _provider),
        ("bounce mailbox", _bounce_mailbox),
        ("signal mailbox", _signal_mailbox),
    )
    try:
        return tuple(_run(name, check, store) for name, check in checks)
    finally:
        store.engine.dispose()


class _UnwellError(TocsinError):
    """A check that found something."""


def _run(name: str, check: Callable[[Store], str], store: Store) -> Checkup:
    try:
        return Checkup(name, well=True, finding=check(store))
    except TocsinError as error:
        return Checkup(name, well=False, finding=f"{error.where} {error.what}".strip(), mend=error.remedy)
    except OSError as error:
        return Checkup(name, False, f"{error.filename} {error.strerror}.", "Mend the access to it.")


def _keys(store: Store) -> str:
    open_to_others = [path.name for path in _key_files(store.settings.keys) if path.stat().st_mode & 0o077]
    if open_to_others:
        raise _UnwellError(
            f"Others can read {', '.join(open_to_others)}.", remedy=f"chmod 600 {store.settings.keys}/*"
        )
    return "readable by their owner only"


def _key_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.suffix != ".pub")


def _disk(store: Store) -> str:
    free = shutil.disk_usage(store.settings.home).free
    if free < LEAST_FREE_BYTES:
        raise _UnwellError(f"Only {free // 1_000_000} MB are free.", remedy="Free space where the home is.")
    return f"{free // 1_000_000_000} GB free"


def _tables(store: Store) -> str:
    with naming_database_faults(), store.engine.connect() as connection:
        found, wanted = current(connection), newest()
    if found == wanted:
        return f"tables of version {found}, as this program needs"
    if found is not None and found > wanted:
        raise _UnwellError(
            f"The tables are of version {found}, newer than this program's {wanted}.",
            remedy="Run the newer version of Tocsin.",
        )
    raise _UnwellError(
        f"The tables are of version {found or 'none'}; this program needs {wanted}.",
        remedy="Make a backup with the version that made them, then run `tocsin init`.",
    )


def _roles(store: Store) -> str:
    with store.reading() as session:
        people = session.exec(select(Staff).where(col(Staff.active))).all()
    empty = [role for role in Role if not any(role in person.roles for person in people)]
    if empty:
        raise _UnwellError(
            f"Nobody holds: {', '.join(empty)}.",
            remedy="Add them to organisation.yaml and run `tocsin staff import`.",
        )
    return f"{len(people)} people hold every role"


def _ledger(store: Store) -> str:
    audit = audit_home(store)
    if not audit.ok:
        raise _UnwellError(
            str(audit.findings[0]), remedy="See `tocsin ledger verify`; restore from the backup."
        )
    return f"{audit.size} entries, whole"


def _engine(store: Store) -> str:
    if is_locked(store.settings.home):
        return "runs"
    check_free(ports_of(store.settings, parts_of(store.settings)))
    return "does not run; its ports are free"


def _relay(store: Store) -> str:
    if store.settings.smtp_url is None:
        return "the rehearsal server: nothing leaves this machine"
    url = urlsplit(store.settings.smtp_url.get_secret_value())
    standard = 465 if url.scheme == "smtps" else 25
    return _reach(url.hostname or "", url.port or standard, "TOCSIN_SMTP_URL")


def _provider(store: Store) -> str:
    if store.settings.twilio_account_sid is None:
        return "the rehearsal endpoint: nothing leaves this machine"
    if store.settings.twilio_auth_token is None:
        raise _UnwellError("The account has no token.", remedy="Set TOCSIN_TWILIO_AUTH_TOKEN.")
    url = urlsplit(store.settings.twilio_base_url or "https://api.twilio.com")
    return _reach(
        url.hostname or "", url.port or (443 if url.scheme == "https" else 80), "TOCSIN_TWILIO_BASE_URL"
    )


def _bounce_mailbox(store: Store) -> str:
    return _opens(bounces_to(store.settings), BOUNCES)


def _signal_mailbox(store: Store) -> str:
    return _opens(mailbox_of(store.settings), SIGNALS)


def _opens(address: str, setting: str) -> str:
    if not address:
        return f"none is set ({setting})"
    with open_mailbox(address, setting):
        return "opens"


def _reach(host: str, port: int, setting: str) -> str:
    try:
        with socket.create_connection((host, port), timeout=REACH_SECONDS):
            return f"{host}:{port} answers"
    except OSError as error:
        raise _UnwellError(
            f"{host}:{port} does not answer ({error}).",
            where=setting,
            remedy="Mend the setting or the network.",
        ) from None
