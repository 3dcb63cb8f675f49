"""A home from a backup: it appears whole, with the keys that belong to it and a ledger that verifies, or not at all."""

import shutil
import tempfile
from pathlib import Path

from console import backup_database as database
from console.backup import mark_of
from console.backup_file import Manifest, beside, unpack
from models.crypto import OrganisationKey, load_organisation_key
from models.errors import RefusedError
from models.home import FOLDERS, open_home
from models.ledger_audit import audit_home
from models.ledger_faults import Audit
from models.settings import Settings
from models.vocabulary import Role
from reports.exercises_held import RESTORE_TESTED
from response.context import TOCSIN

KEY_FILES = ("organisation.key", "ledger.key", "ledger.pub", "intake.secret")


def restore(settings: Settings, source: Path, keys: Path | None = None) -> Audit:
    """Make a home from a backup and verify its ledger; nothing is left behind when anything is wrong.

    `keys` is a copy of the keys folder; without it, the keys must lie in the home already.

    Raises:
        RefusedError: the home or its database holds something, the keys are others, or the ledger does not verify.
        InvalidInputError: the file is no backup, or was changed.
        UnavailableError: something can't be read or written.
    """
    home = settings.home.resolve()
    _refuse_used(settings)
    with beside(home) as draft:
        manifest = unpack(source, draft)
        _bring_keys(keys or settings.keys, draft / "keys")
        _check_keys(
            load_organisation_key(draft / "keys" / "organisation.key"), manifest, keys or settings.keys
        )
        database.load(settings, draft, manifest.database)
        try:
            audit = _audited(settings.model_copy(update={"home": draft}))
        except BaseException:
            database.empty(settings)
            raise
        _move_in(draft, home)
    return audit


def try_restore(settings: Settings, source: Path) -> Audit:
    """Restore a backup of a home on SQLite into a folder of its own, verify its ledger, and throw it away.

    Raises:
        As `restore`; RefusedError also when the backup is PostgreSQL's: that needs a database to restore into.
    """
    with tempfile.TemporaryDirectory(dir=source.resolve().parent) as place:
        elsewhere = settings.model_copy(update={"home": Path(place) / "home", "database_url": None})
        return restore(elsewhere, source, settings.keys)


def prove_restore(settings: Settings, source: Path) -> int:
    """Try a backup, and record that it held: one that nobody restored is a hope. Gives its number of ledger entries.

    Raises:
        As `try_restore`; nothing is recorded then.
    """
    entries = try_restore(settings, source).size
    store = open_home(settings)
    try:
        with store.work() as unit:
            unit.record(RESTORE_TESTED, actor=TOCSIN, role=Role.ADMINISTRATOR, body={"entries": entries})
    finally:
        store.engine.dispose()
    return entries


def _bring_keys(keys: Path, target: Path) -> None:
    target.mkdir(mode=0o700)
    for name in KEY_FILES:
        if (keys / name).exists():
            shutil.copyfile(keys / name, target / name)
            (target / name).chmod(0o600)


def _check_keys(key: OrganisationKey, manifest: Manifest, keys: Path) -> None:
    if mark_of(key) != manifest.key_check:
        raise RefusedError(
            "These keys do not open what is sealed in this backup.",
            where=str(keys),
            remedy="Give the keys folder of the home it was made from with --keys.",
        )


def _audited(settings: Settings) -> Audit:
    store = open_home(settings)
    try:
        audit = audit_home(store)
    finally:
        store.engine.dispose()
    if audit.findings:
        raise RefusedError(
            f"The ledger in this backup does not verify: {audit.findings[0]}.",
            remedy="Restore an older backup, and keep this one for the auditors.",
        )
    return audit


def _refuse_used(settings: Settings) -> None:
    home = settings.home
    used = [each.name for each in home.iterdir() if each.name != "keys"] if home.exists() else []
    if used or not database.is_empty(settings):
        raise RefusedError(
            "There is a home here already.",
            where=str(home),
            expected="an empty folder (its keys folder may be there) and an empty database",
            remedy="Choose another with TOCSIN_HOME, or move this one away.",
        )


def _move_in(draft: Path, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in sorted(draft.iterdir()):
        if path.name == "keys" and (home / "keys").exists():
            continue
        path.rename(home / path.name)
    for folder in FOLDERS:
        (home / folder).mkdir(exist_ok=True, mode=0o700)
