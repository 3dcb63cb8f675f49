"""Rehearsal systems: a real HTTP endpoint on loopback that connectors act on in demos, drills and tests.

It keeps its state in a file, so that it survives restarts, and counts each act by its idempotency key.
"""

import argparse
import json
import signal
import sys
from contextlib import closing
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from response.connectors.rehearsal_systems import RehearsalState, RehearsalSystems

MOST_BODY_BYTES: Final = 100_000


def make_server(home: Path, port: int, host: str = "127.0.0.1") -> ThreadingHTTPServer:
    """Bind the endpoint (port 0 picks a free one); the caller serves and closes it."""
    systems = RehearsalSystems(RehearsalState(home / "rehearsal" / "systems.db"))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(min(length, MOST_BODY_BYTES))
            if self.path not in {"/health", "/acts"} and not self.headers.get("Authorization", "").startswith(
                "Bearer "
            ):
                return self._send(HTTPStatus.UNAUTHORIZED, {"error": "a bearer token is needed"})
            try:
                body = json.loads(raw) if raw else None
            except ValueError:
                return self._send(HTTPStatus.BAD_REQUEST, {"error": "the body is not JSON"})
            return self._send(
                *systems.reply(self.command, self.path, body, self.headers.get("Idempotency-Key"))
            )

        do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - http.server asks for these names

        def _send(self, status: int, document: Any) -> None:
            content = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name http.server gives it
            """Say nothing: paths name systems."""

    return ThreadingHTTPServer((host, port), Handler)


def main() -> int:
    """Run until stopped; prints one ready line that names the address."""
    parser = argparse.ArgumentParser(prog="python -m response.connectors.rehearsal", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the home folder that keeps the state")
    parser.add_argument("--port", type=int, required=True, help="port on loopback, 0 for a free one")
    given = parser.parse_args()
    try:
        server = make_server(given.home, given.port)
    except (OSError, OverflowError) as error:
        print(f"The rehearsal systems can't listen on port {given.port}: {error}.", file=sys.stderr)  # noqa: T201
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with closing(server.socket):
        print(f"ready http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201 - the ready line is the contract
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
