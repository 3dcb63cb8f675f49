"""Run the rehearsal servers: `python -m notifications.channels.rehearsal --home HOME`; one line says when ready."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from models.errors import TocsinError
from notifications.channels.rehearsal.servers import serve
from notifications.targets import LOOPBACK


async def _run(home: Path, smtp_port: int, http_port: int) -> None:
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    async with serve(home, smtp_port, http_port) as servers:
        ready = {"ready": True, "smtp": f"{LOOPBACK}:{servers.smtp_port}", "http": servers.http_url}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await ended.wait()


def main() -> int:
    """Serve until ended by a signal."""
    parser = argparse.ArgumentParser(prog="python -m notifications.channels.rehearsal")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--smtp-port", type=int, default=8462)
    parser.add_argument("--http-port", type=int, default=8463)
    given = parser.parse_args()
    try:
        asyncio.run(_run(given.home, given.smtp_port, given.http_port))
    except TocsinError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
