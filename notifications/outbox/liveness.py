"""Whether the process behind a claim still lives: it holds a lock that the kernel drops at its death.

That is known at once and cannot be wrong on one machine. A worker of another machine has no lock file here; its
lease decides.
"""

import contextlib
import fcntl
import os
import uuid
from collections.abc import Iterator
from pathlib import Path


def _lock_file(home: Path, worker: str) -> Path:
    return home / "workers" / f"{worker.rpartition(':')[2]}.lock"


@contextlib.contextmanager
def alive(home: Path, worker: str) -> Iterator[str]:
    """Give the unique name under which this worker claims, provably alive until the block or process ends."""
    unique = f"{worker}:{uuid.uuid4().hex}"
    path = _lock_file(home, unique)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield unique
        path.unlink(missing_ok=True)  # only after a clean end: a dead worker's file is the proof of its death
    finally:
        os.close(handle)


def is_dead(home: Path, worker: str) -> bool:
    """Tell whether a worker is known to have died; False also when nobody here can know."""
    try:
        handle = os.open(_lock_file(home, worker), os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(handle)
