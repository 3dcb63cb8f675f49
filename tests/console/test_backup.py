"""Backups: a home comes back as it was, and nothing else passes for one."""

import io
import json
import tarfile
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import select

from console.backup import back_up
from console.founding import found_home
from console.restoring import prove_restore, restore
from models.errors import InvalidInputError, RefusedError, TocsinError, UnavailableError
from models.home import open_home
from models.incident import Incident
from models.ledger import LedgerEntry
from models.ledger_audit import audit_home
from models.settings import Settings
from models.signal import Signal
from reports.exercises_held import RESTORE_TESTED
from response.detection import take_signal
from tests.support.signals import macie


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Give a home with one incident in it."""
    url = SecretStr(request.getfixturevalue("fresh_database")) if request.param == "postgres" else None
    settings = Settings(home=tmp_path / "home", database_url=url)
    found_home(settings)
    store = open_home(settings)
    take_signal(store, macie(), None, "detector")
    store.engine.dispose()
    return settings


@pytest.fixture
def sqlite_home(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    found_home(settings)
    return settings


@pytest.fixture
def backup(sqlite_home: Settings, tmp_path: Path) -> Path:
    back_up(sqlite_home, tmp_path / "copy.tar")
    return tmp_path / "copy.tar"


def fresh_place(settings: Settings, request: pytest.FixtureRequest, folder: Path) -> Settings:
    """Give an empty home on an empty database of the same kind."""
    if settings.database_url is None:
        return Settings(home=folder)
    databases = request.getfixturevalue("databases")
    return Settings(home=folder, database_url=SecretStr(databases.empty()))


def test_home_comes_back_with_incident_signal_and_ledger(
    home: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    back_up(home, tmp_path / "copy.tar")
    elsewhere = fresh_place(home, request, tmp_path / "elsewhere")
    audit = restore(elsewhere, tmp_path / "copy.tar", home.keys)
    store = open_home(elsewhere)
    with store.reading() as session:
        signal, incident = session.exec(select(Signal)).one(), session.exec(select(Incident)).one()
    assert store.organisation_key.sealer.open(signal.payload, f"signal/{signal.id}") == macie()
    assert (incident.id, audit.size) == (signal.incident_id, audit_home(store).size)
    take_signal(store, macie(own_id="b"), None, "detector")  # it goes on from there
    assert audit_home(store).ok
    store.engine.dispose()


def test_backup_holds_no_key(backup: Path, sqlite_home: Settings) -> None:
    content = backup.read_bytes()
    for name in ("organisation.key", "ledger.key", "intake.secret"):
        assert (sqlite_home.keys / name).read_bytes().strip() not in content
    assert backup.stat().st_mode & 0o077 == 0


def test_tried_restore_is_recorded_and_leaves_nothing(backup: Path, sqlite_home: Settings) -> None:
    before = sorted(backup.parent.iterdir())
    assert prove_restore(sqlite_home, backup) > 0
    assert sorted(backup.parent.iterdir()) == before
    store = open_home(sqlite_home)
    with store.reading() as session:
        tags = session.exec(select(LedgerEntry.tag).order_by(LedgerEntry.seq)).all()
    store.engine.dispose()
    assert tags[-1] == RESTORE_TESTED


def test_used_home_is_not_overwritten(backup: Path, sqlite_home: Settings) -> None:
    with pytest.raises(RefusedError, match="There is a home here already"):
        restore(sqlite_home, backup)


def test_other_keys_are_refused_and_nothing_is_left(backup: Path, tmp_path: Path) -> None:
    other = Settings(home=tmp_path / "other")
    found_home(other)
    target = Settings(home=tmp_path / "target")
    with pytest.raises(RefusedError, match="do not open what is sealed"):
        restore(target, backup, other.keys)
    assert not target.home.exists()


def changed(backup: Path, name: str, content: bytes | None) -> Path:
    """Write a copy in which one file has other bytes, or is missing."""
    out = backup.with_name("changed.tar")
    with tarfile.open(backup) as old, tarfile.open(out, "w") as new:
        for member in old.getmembers():
            body = old.extractfile(member).read()
            if member.name == name:
                if content is None:
                    continue
                body, member.size = content, len(content)
            new.addfile(member, io.BytesIO(body))
    return out


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("organisation.yaml", b"schema: tocsin/organisation/1\n", "organisation.yaml is not what it says"),
        ("organisation.yaml", None, "not a whole backup"),
        ("manifest.json", b"{}", "not a whole backup"),
        ("manifest.json", b"[", "not a whole backup"),
        ("manifest.json", json.dumps({"schema": "tocsin/backup/1"}).encode(), "not a whole backup"),
    ],
)
def test_changed_backup_is_refused_and_nothing_is_left(
    backup: Path, sqlite_home: Settings, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    target = Settings(home=tmp_path / "target")
    with pytest.raises(InvalidInputError, match=said):
        restore(target, changed(backup, name, content), sqlite_home.keys)
    assert not target.home.exists()


@pytest.mark.parametrize("content", [b"", b"no tar at all", b"\0" * 20480])
def test_file_that_is_no_backup_is_refused(sqlite_home: Settings, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.tar").write_bytes(content)
    with pytest.raises(InvalidInputError, match="not a whole backup"):
        restore(Settings(home=tmp_path / "target"), tmp_path / "odd.tar", sqlite_home.keys)


def test_backup_that_is_cut_short_is_refused(backup: Path, sqlite_home: Settings, tmp_path: Path) -> None:
    short = tmp_path / "short.tar"
    short.write_bytes(backup.read_bytes()[:-60_000])
    with pytest.raises(TocsinError):
        restore(Settings(home=tmp_path / "target"), short, sqlite_home.keys)
    assert not (tmp_path / "target").exists()


def test_backup_is_never_overwritten_and_needs_a_home(
    backup: Path, sqlite_home: Settings, tmp_path: Path
) -> None:
    with pytest.raises(RefusedError, match="exists already"):
        back_up(sqlite_home, backup)
    with pytest.raises(UnavailableError, match="no Tocsin home"):
        back_up(Settings(home=tmp_path / "nowhere"), tmp_path / "b.tar")
    assert not (tmp_path / "b.tar").exists()
