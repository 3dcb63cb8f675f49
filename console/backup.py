"""A copy of a home while it works: database, contact file, ledger anchor and reports.

The keys are never in it: whoever finds a backup finds only sealed data. It says which keys belong to it. What the
engine keeps is losable and stays out.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from console import backup_database as database
from console.backup_file import Manifest, beside, digest_of, pack, unwritable
from models.clock import iso_utc
from models.crypto import OrganisationKey
from models.database import Store
from models.errors import RefusedError
from models.home import open_home
from models.settings import Settings

FOLDERS, FILES = ("ledger", "reports"), ("organisation.yaml",)


def back_up(settings: Settings, target: Path) -> Manifest:
    """Write a backup of a home, also while it works; the file appears whole or not at all.

    Raises:
        RefusedError: the file exists already.
        UnavailableError: there is no home, or the file or the database's dump can't be written.
    """
    if target.exists():
        raise RefusedError("The backup exists already.", where=str(target), remedy="Choose another name.")
    store = open_home(settings)
    try:
        with beside(target) as draft:
            files = dict(_gather(settings, draft))
            manifest = _manifest(store, files)
            pack(draft, manifest, target)
    except OSError as error:
        raise unwritable(target, error) from None
    finally:
        store.engine.dispose()
    return manifest


def mark_of(key: OrganisationKey) -> str:
    """Give the mark by which a backup knows its key; it tells nothing about the key."""
    return key.sealer.lookup("tocsin/backup/key-check").hex()


def _gather(settings: Settings, draft: Path) -> Iterator[tuple[str, str]]:
    # The anchor first: it is written after its commit, so the copy of the database is never behind it.
    for folder in FOLDERS:
        for path in sorted((settings.home / folder).rglob("*")):
            if path.is_file():
                yield _copied(path, draft, f"{folder}/{path.relative_to(settings.home / folder)}")
    for name in FILES:
        if (settings.home / name).exists():
            yield _copied(settings.home / name, draft, name)
    dump = database.save(settings, draft)
    yield dump.name, digest_of(dump)


def _copied(path: Path, draft: Path, name: str) -> tuple[str, str]:
    target = draft / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
    return name, digest_of(target)


def _manifest(store: Store, files: dict[str, str]) -> Manifest:
    made_at, kind = iso_utc(store.clock()), database.kind_of(store.settings)
    return Manifest(made_at, kind, mark_of(store.organisation_key), files)
