"""The one file of a backup: a tar whose manifest names every other file with its SHA-256."""

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from models.errors import InvalidInputError, UnavailableError

SCHEMA = "tocsin/backup/1"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: each file with its SHA-256, and the mark of the key that opens what is sealed in it."""

    made_at: str
    database: str
    key_check: str
    files: Mapping[str, str]
    schema: str = SCHEMA


def pack(draft: Path, manifest: Manifest, target: Path) -> None:
    """Write the manifest and every file it names into one file, readable by the owner only."""
    (draft / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
    packed = draft / "packed.tar"
    with tarfile.open(packed, "w") as archive:
        for name in (MANIFEST, *manifest.files):
            archive.add(draft / name, name)
    packed.chmod(0o600)
    with packed.open("rb") as written:
        os.fsync(written.fileno())
    packed.rename(target)


def unpack(source: Path, draft: Path) -> Manifest:
    """Lay the files of a backup out; raises InvalidInputError when it is none, or was changed."""
    manifest = read_manifest(source)
    wanted = {MANIFEST, *manifest.files}
    try:
        with tarfile.open(source) as archive:
            if sorted(archive.getnames()) != sorted(wanted):
                raise _no_backup(source)
            archive.extractall(draft, filter="data")
    except (tarfile.TarError, EOFError):
        raise _no_backup(source) from None
    for name, digest in manifest.files.items():
        if digest_of(draft / name) != digest:
            raise InvalidInputError(
                f"The backup was changed: {name} is not what it says.",
                where=str(source),
                remedy="Use another.",
            )
    (draft / MANIFEST).unlink()
    return manifest


def read_manifest(source: Path) -> Manifest:
    """Read what a backup says of itself; raises InvalidInputError or UnavailableError."""
    try:
        with tarfile.open(source) as archive:
            member = archive.extractfile(MANIFEST)
            return _read(json.load(member) if member else None, source)
    except (tarfile.TarError, KeyError, ValueError, EOFError):
        raise _no_backup(source) from None
    except OSError as error:
        raise UnavailableError(f"The backup can't be read ({error.strerror}).", where=str(source)) from None


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def beside(place: Path) -> Iterator[Path]:
    """Give a draft folder on the same disk, so that moving is one step; it goes whatever happens."""
    parent = Path(os.path.realpath(place)).parent  # unlike resolve, no fault at a link to itself
    try:
        parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".tocsin-", dir=parent))
    except OSError as error:
        raise unwritable(place, error) from None
    try:
        yield draft
    finally:
        with suppress(OSError):
            shutil.rmtree(draft)


def unwritable(target: Path, error: OSError) -> UnavailableError:
    """Say that a file can't be written, and why."""
    return UnavailableError(f"This can't be written ({error.strerror}).", where=str(target))


def _read(document: object, source: Path) -> Manifest:
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise _no_backup(source)
    try:
        manifest = Manifest(**document)
    except TypeError:
        raise _no_backup(source) from None
    return manifest


def _no_backup(source: Path) -> InvalidInputError:
    return InvalidInputError(
        "This is not a whole backup of a home.",
        where=str(source),
        expected="a file that `tocsin backup` wrote",
    )
