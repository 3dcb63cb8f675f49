"""The home folder: made once by `tocsin init`, opened by every command after."""

import secrets
from pathlib import Path

from models.crypto import new_organisation_key, write_secret
from models.database import Store, make_engine, naming_database_faults
from models.errors import UnavailableError
from models.migrations.upgrade import upgrade
from models.settings import Settings
from models.signed_note import load_signer

FOLDERS = ("keys", "ledger", "reports", "inbox", "logs")


def init_home(settings: Settings) -> bool:
    """Make keys, folders and tables; calling it again changes nothing that exists. Tells whether it was new.

    Raises:
        UnavailableError: the folder can't be written, or the database does not answer.
    """
    fresh = not (settings.keys / "ledger.key").exists()
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in FOLDERS:
            (settings.home / name).mkdir(exist_ok=True, mode=0o700)
        new_organisation_key(settings.keys / "organisation.key")
        write_secret(settings.keys / "intake.secret", secrets.token_hex(32).encode())
        load_signer(settings.keys, home_id=secrets.token_hex(6))
    except OSError as error:
        raise _unwritable(settings.home, error) from None
    with naming_database_faults():
        engine = make_engine(settings.database)
        upgrade(engine)
        engine.dispose()
    return fresh


def _unwritable(home: Path, error: OSError) -> UnavailableError:
    return UnavailableError(
        f"The home folder can't be made ({error.strerror}).",
        where=str(home),
        remedy="Choose another with TOCSIN_HOME, or mend its permissions.",
    )


def open_home(settings: Settings) -> Store:
    """Open an existing home.

    Raises:
        UnavailableError: there is none at TOCSIN_HOME.
    """
    if not (settings.keys / "ledger.key").exists():
        raise UnavailableError(
            "There is no Tocsin home here.",
            where=str(settings.home),
            remedy="Run `tocsin init` or set TOCSIN_HOME.",
        )
    return Store(settings)
