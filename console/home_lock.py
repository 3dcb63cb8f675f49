"""One `tocsin up` a home: a lock that the kernel lets go when its holder ends, however it ends."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from models.errors import RefusedError


@contextlib.contextmanager
def locked_home(home: Path) -> Iterator[None]:
    """Hold the home for this process.

    Raises:
        RefusedError: another process holds it; names its id.
    """
    handle = os.open(home / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
            raise RefusedError(
                f"`tocsin up` already runs in this home, as process {holder}.",
                where=str(home),
                remedy="Use that one, stop it with Ctrl-C, or choose another home with TOCSIN_HOME.",
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def is_locked(home: Path) -> bool:
    """Tell whether some `tocsin up` serves this home now."""
    try:
        with locked_home(home):
            return False
    except RefusedError:
        return True
