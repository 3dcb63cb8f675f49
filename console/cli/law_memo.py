"""What the law's files read as, kept in the user's cache folder: reading YAML takes longer than the answer.

A reading is found by the whole text it was read from, in a file named after the code that read it: it can be
absent, never out of date. Whatever is wrong with the file or the folder, the law is read from its own files.
"""

import marshal
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import yaml

from regulations import plain_yaml
from regulations.plain_yaml import MEMO

DIGEST_BYTES = 32
OTHERS_MAY_WRITE = 0o022


@contextmanager
def law_memo() -> Iterator[None]:
    """Read law from the kept readings while inside; afterwards keep those that were missing."""
    file = memo_file()
    MEMO.open(_read(file) if file else {})
    try:
        yield
        if MEMO.has_missed and file:
            _keep(file)
    finally:
        MEMO.close()


def memo_file() -> Path | None:
    """Name the file of this version of the reader; None where there is no cache folder."""
    parts = (sys.implementation.cache_tag, marshal.version, yaml.__version__)
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
        reader = Path(plain_yaml.__file__).read_bytes()
    except (OSError, RuntimeError):
        return None
    name = f"law-{sha256(repr(parts).encode() + reader).hexdigest()[:16]}.readings"
    return base / "tocsin" / name if base.is_absolute() else None


def _read(file: Path) -> dict[str, bytes]:
    """Read the file if it is whole and nobody else can write to it."""
    try:
        with file.open("rb") as opened:
            status = os.fstat(opened.fileno())
            if status.st_uid != os.getuid() or status.st_mode & OTHERS_MAY_WRITE:
                return {}
            whole = memoryview(opened.read())
    except OSError:
        return {}
    digest, readings = whole[:DIGEST_BYTES], whole[DIGEST_BYTES:]
    if sha256(readings).digest() != digest:
        return {}
    found: dict[str, bytes] = marshal.loads(readings)  # noqa: S302 - our own file, and whole
    return found


def _keep(file: Path) -> None:
    """Read the rest of the law and keep all of it; a folder that can't be written to is no fault."""
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:
            _read_all_law()
            readings = marshal.dumps(MEMO.used)
            written = Path(folder, file.name)
            written.write_bytes(sha256(readings).digest() + readings)
            written.chmod(0o600)
            written.replace(file)


def _read_all_law() -> None:
    """Read every file of the law again, past what this process remembers of them."""
    from regulations.gradings import tables
    from regulations.loader import load_law
    from regulations.zones import zones

    tables.__wrapped__()
    zones.__wrapped__()
    for file in load_law.__wrapped__().files:
        _ = file.head, file.rules
