"""Neutral counterparts: Postfix's `smtp-sink` and `smtp-source`, and Nodemailer's pool.

Postfix's programs are looked for in the folder TOCSIN_POSTFIX names (Debian's postfix package, extracted with
`dpkg -x`), on the path, and last in build/, where that package is downloaded to by its name and never installed.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.ports import spare_port

HOST = "127.0.0.1"
BACKLOG = "1024"
SESSIONS = 16  # of each counterpart
BUILD = Path(__file__).parents[1] / "build"


def postfix_folder() -> Path | None:
    """Give the folder of the extracted package; None where the programs are on the path."""
    if named := os.environ.get("TOCSIN_POSTFIX"):
        return Path(named)
    if shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin"):
        return None
    return downloaded_postfix(BUILD / "postfix")


def downloaded_postfix(folder: Path) -> Path | None:
    """Download and extract Debian's package once; None where that can't be done."""
    if (folder / "usr/sbin/smtp-sink").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["apt-get", "download", "postfix"], cwd=folder, check=True, capture_output=True)
        package = next(folder.glob("postfix_*.deb"))
        subprocess.run(["dpkg", "-x", package.name, "."], cwd=folder, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError, StopIteration):
        return None
    return folder


def program(name: str) -> str:
    """Find one of Postfix's programs.

    Raises:
        FileNotFoundError: it is nowhere.
    """
    folder = postfix_folder()
    places = os.pathsep.join(str(folder / part) for part in ("usr/sbin", "")) if folder else None
    found = shutil.which(name, path=places) or shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        raise FileNotFoundError(name)
    return found


def _environment() -> dict[str, str]:
    folder = postfix_folder()
    return os.environ | ({"LD_LIBRARY_PATH": str(folder / "usr/lib/postfix")} if folder else {})


def nodemailer() -> Path | None:
    """Give the folder of Nodemailer, installed by npm into build/; None where node, npm or the package is missing."""
    folder = BUILD / "nodemailer"
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    if not (folder / "node_modules/nodemailer").exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", ".", "nodemailer"]
        if subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode:
            return None
    return folder


def nodemailer_source(folder: Path, port: int, count: int, length: int) -> float:
    """Send `count` equal prebuilt mails through Nodemailer's pool of 16 connections; seconds."""
    script = Path(__file__).with_name("nodemailer_pool.js")
    command = ["node", str(script), *(str(each) for each in (port, count, length, SESSIONS))]
    environment = os.environ | {"NODE_PATH": str(folder / "node_modules")}
    told = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    return float(told.stdout)


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """Run a sink that takes every mail and drops it; yields its port."""
    port = spare_port()
    as_nobody = ["-u", pwd.getpwnam("nobody").pw_name] if os.geteuid() == 0 else []
    running = subprocess.Popen(
        [program("smtp-sink"), *as_nobody, f"{HOST}:{port}", BACKLOG], env=_environment()
    )
    try:
        _await_port(port)
        yield port
    finally:
        running.terminate()
        running.wait()


def _await_port(port: int) -> None:
    ends = time.monotonic() + 10
    while True:
        try:
            socket.create_connection((HOST, port), 1).close()
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.02)
        else:
            return


def source(port: int, count: int, length: int) -> float:
    """Send `count` equal mails of `length` bytes over 16 sessions; seconds."""
    addresses = ["-f", "notice@bank.example", "-t", "ann@mail.example"]
    sessions = ["-s", str(SESSIONS), "-m", str(count), "-l", str(length)]
    command = [program("smtp-source"), *sessions, *addresses, f"{HOST}:{port}"]
    began = time.perf_counter()
    subprocess.run(command, check=True, env=_environment())
    return time.perf_counter() - began
