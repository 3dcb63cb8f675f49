"""A private PostgreSQL server from the machine's own binaries, for the length of a test session."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.ports import spare_port

CANDIDATES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def binaries() -> Path | None:
    """Find initdb and pg_ctl, on the path or where Debian puts them."""
    found = shutil.which("initdb")
    if found and shutil.which("pg_ctl"):
        return Path(found).parent
    return next((folder for folder in CANDIDATES if (folder / "initdb").exists()), None)


def _run(command: list[object]) -> None:
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, cwd="/")


# Tests end processes, not the machine: what the system's cache holds is as good as what the disk holds.
QUICK = "-c fsync=off -c full_page_writes=off -c max_connections=200 -c max_wal_size=128MB"
DURABLE = "-c max_connections=200"
ROOM_BYTES = 6_000_000_000
PREFIX = "tocsin-pg-"


def _start(control: list[object], sockets: Path, log: Path, kind: str) -> int:
    """Start the server; somebody else may take the spare port in the meantime, so try a few."""
    for last in (False, False, True):
        port = spare_port()
        options = f"-p {port} -k {sockets} -c listen_addresses=127.0.0.1 {kind}"
        try:
            _run([*control, "-t", "60", "-o", options, "-l", log, "start"])
        except subprocess.CalledProcessError:
            if last:
                raise
            subprocess.run(
                [str(word) for word in [*control, "-m", "immediate", "stop"]], check=False, cwd="/"
            )
        else:
            return port
    raise AssertionError


def _memory() -> str | None:
    """Give a folder in memory where there is room: emptying a disk of many small databases takes minutes."""
    folder, memory = Path("/dev/shm"), Path("/proc/meminfo")
    if not (folder.is_dir() and memory.is_file()):
        return None
    available = re.search(r"^MemAvailable: +(\d+) kB", memory.read_text(), re.MULTILINE)
    room = min(shutil.disk_usage(folder).free, int(available[1]) * 1024 if available else 0)
    return str(folder) if room > ROOM_BYTES else None


def _folder(parent: str | None) -> Path:
    """Make a folder that names this process, and take away those of processes that were killed."""
    for left in Path(parent or tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = left.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            with contextlib.suppress(OSError, ValueError):
                os.kill(int((left / "data/postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))


@contextlib.contextmanager
def private_server(*, durable: bool = False) -> Iterator[str]:
    """Run a server on a spare port; yields its URL without a database name.

    `durable` for benchmarks: a commit is on the disk. Its folder is not one of pytest's: PostgreSQL does
    not run as root, and each pytest session shuts that folder against other users anew.
    """
    programs = binaries()
    assert programs is not None
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = _folder(None if durable else _memory())
    if as_postgres:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    _run([*as_postgres, programs / "initdb", "-D", data, "-U", "tocsin", "-A", "trust", "-N"])
    control = [*as_postgres, programs / "pg_ctl", "-D", data, "-w"]
    port = _start(control, folder, folder / "log", DURABLE if durable else QUICK)
    try:
        yield f"postgresql://tocsin@127.0.0.1:{port}"
    finally:
        _run([*control, "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)
