"""A private PostgreSQL server from the machine's own binaries, for the length of a test session."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

CANDIDATES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def binaries() -> Path | None:
    """Find initdb and pg_ctl, on the path or where Debian puts them."""
    found = shutil.which("initdb")
    if found and shutil.which("pg_ctl"):
        return Path(found).parent
    return next((folder for folder in CANDIDATES if (folder / "initdb").exists()), None)


def free_port() -> int:
    """Give a TCP port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(command: list[object]) -> None:
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextlib.contextmanager
def private_server(folder: Path) -> Iterator[str]:
    """Run a server in `folder` on a spare port; yields its URL without a database name."""
    programs = binaries()
    assert programs is not None
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    data, sockets = folder / "data", Path(tempfile.mkdtemp(prefix="pg"))
    if as_postgres:
        for place in (folder, sockets):
            shutil.chown(place, "postgres")
        for parent in folder.parents:
            if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o011)
    port = free_port()
    _run([*as_postgres, programs / "initdb", "-D", data, "-U", "tocsin", "-A", "trust", "-N"])
    options = f"-p {port} -k {sockets} -c listen_addresses=127.0.0.1 -c max_connections=200"
    control = [*as_postgres, programs / "pg_ctl", "-D", data, "-w"]
    _run([*control, "-o", options, "-l", folder / "log", "start"])
    try:
        yield f"postgresql://tocsin@127.0.0.1:{port}"
    finally:
        _run([*control, "-m", "immediate", "stop"])
        shutil.rmtree(sockets, ignore_errors=True)
