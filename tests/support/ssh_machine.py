"""A private SSH server in this process: it runs what it is told in a real shell, with programs of its own."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh

# As chage(1) and pkill(1) of Debian behave, over files in the machine's folder.
CHAGE = """#!/bin/sh
cd "$MACHINE"
case "$*" in
  "--iso8601 --list "*) shift 2; test -f "accounts/$1" || exit 1
    echo "Last password change : 2026-01-01"; echo "Account expires						: $(cat "accounts/$1")";;
  "--expiredate 0 "*) echo "$*" >>changes; echo 1970-01-01 >"accounts/$3";;
  "--expiredate=-1 "*) echo "$*" >>changes; echo never >"accounts/$2";;
  "--expiredate="*) echo "$*" >>changes; echo "${1#--expiredate=}" >"accounts/$2";;
  *) echo "strange: $*" >>changes; exit 2;;
esac
"""
SUDO = """#!/bin/sh
test "$1" = -n && shift
exec "$@"
"""
PKILL = """#!/bin/sh
exit 1
"""


@dataclass(frozen=True)
class Machine:
    """A running server: where, its key, the key it lets in, and its folder."""

    url: str
    host_key: str
    user_key: str
    folder: Path

    def expires(self, account: str) -> str:
        """Read when an account expires."""
        return (self.folder / "accounts" / account).read_text().strip()

    def changes(self) -> list[str]:
        """List what changed anything."""
        path = self.folder / "changes"
        return path.read_text().splitlines() if path.exists() else []


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Machine]:
    """Run a machine with two accounts."""
    _furnish(folder)
    host, user = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    environment = {"PATH": f"{folder}/bin:/usr/bin:/bin", "MACHINE": str(folder)}

    async def handle(process: asyncssh.SSHServerProcess[str]) -> None:
        ran = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", process.command or "", env=environment, cwd=folder,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        output, _ = await ran.communicate()
        process.stdout.write(output.decode())
        process.exit(ran.returncode or 0)

    async def listen() -> asyncssh.SSHAcceptor:
        keys = asyncssh.import_authorized_keys(user.export_public_key().decode())
        return await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[host], authorized_client_keys=keys, process_factory=handle
        )

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(60)
    try:
        yield Machine(
            f"ssh://tocsin@127.0.0.1:{server.get_port()}",
            host.export_public_key().decode().strip(),
            user.export_private_key().decode(),
            folder,
        )
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server: asyncssh.SSHAcceptor) -> None:
    server.close()
    await server.wait_closed()


def _furnish(folder: Path) -> None:
    (folder / "bin").mkdir()
    for name, text in {"chage": CHAGE, "sudo": SUDO, "pkill": PKILL}.items():
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)
    (folder / "accounts").mkdir()
    (folder / "accounts" / "teller").write_text("never\n")
    (folder / "accounts" / "temp").write_text("2026-12-31\n")
