"""Rehearsal systems: a real HTTP endpoint on loopback that connectors act on in demos, drills and tests.

It keeps its state in a file, so that it survives restarts, and counts each act by its idempotency key.
"""

import argparse
import hashlib
import json
import re
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

OPEN_SESSIONS: Final = 3
BLOCKED: Final = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
MOST_BODY_BYTES: Final = 100_000
Reply = tuple[int, Any]


class RehearsalState:
    """What the rehearsal systems hold, in one SQLite file."""

    def __init__(self, path: Path) -> None:
        """Open or make the file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._file.execute("create table if not exists system (name text primary key, state text not null)")
        self._file.execute(
            "create table if not exists act (key text primary key, calls integer not null, applied integer not null)"
        )

    def get(self, name: str) -> Any:
        """Give what is stored under a name, or None."""
        with self._lock:
            row = self._file.execute("select state from system where name = ?", [name]).fetchone()
        return json.loads(row[0]) if row else None

    def act(self, name: str, state: Any, key: str | None) -> bool:
        """Store a state, once per idempotency key; None removes it. Tells whether it was applied."""
        with self._lock:
            self._file.execute("begin immediate")
            known = self._file.execute("select 1 from act where key = ?", [key]).fetchone() if key else None
            if known is None:
                if state is None:
                    self._file.execute("delete from system where name = ?", [name])
                else:
                    self._file.execute(
                        "insert or replace into system values (?, ?)", [name, json.dumps(state)]
                    )
            if key:
                self._file.execute(
                    "insert into act values (?, 1, 1) on conflict (key) do update set calls = calls + 1",
                    [key],
                )
            self._file.execute("commit")
        return known is None

    def acts(self) -> dict[str, dict[str, int]]:
        """Count by idempotency key: how often a call came, how often it changed something."""
        with self._lock:
            rows = self._file.execute("select key, calls, applied from act order by key").fetchall()
        return {key: {"calls": calls, "applied": applied} for key, calls, applied in rows}

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class RehearsalSystems:
    """Answers requests; knows nothing of HTTP beyond method, path and body."""

    def __init__(self, state: RehearsalState) -> None:
        """Keep the state."""
        self._state = state
        self._routes: tuple[tuple[str, Callable[[str, str, Any, str | None], Reply]], ...] = (
            (r"/storage/buckets/([^/]+)/public-access-block", self._bucket),
            (r"/storage/buckets/([^/]+)/seen-from-outside", self._outside),
            (r"/identity/keys/([^/]+)", self._key),
            (r"/identity/accounts/([^/]+)/sessions(?:/revoke)?", self._sessions),
        )

    def reply(self, method: str, path: str, body: Any, key: str | None) -> Reply:
        """Answer one request with a status and a JSON document."""
        if path == "/health":
            return HTTPStatus.OK, {"status": "ok"}
        if path == "/acts" and method == "GET":
            return HTTPStatus.OK, self._state.acts()
        if path == "/authorities/reports" and method == "POST":
            return self._report(body, key)
        for pattern, answer in self._routes:
            match = re.fullmatch(pattern, path)
            if match:
                return answer(method, unquote(match[1]), body, key)
        return HTTPStatus.NOT_FOUND, {"error": "there is nothing here"}

    def _report(self, body: Any, key: str | None) -> Reply:
        if not key or not isinstance(body, dict) or not body.get("reference") or not body.get("report"):
            return HTTPStatus.BAD_REQUEST, {"error": "POST a reference and a report with an Idempotency-Key"}
        # The digest is all that is kept: a report names people. The receipt says that no authority gave it.
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        receipt = f"REHEARSAL-{int(hashlib.sha256(key.encode()).hexdigest()[:12], 16) % 10**8:08d}"
        fresh = self._state.act(f"report/{body['reference']}", {"receipt": receipt, "sha256": digest}, key)
        return HTTPStatus.CREATED if fresh else HTTPStatus.OK, {"receipt": receipt}

    def _bucket(self, method: str, bucket: str, body: Any, key: str | None) -> Reply:
        name = f"bucket/{bucket}"
        if method == "GET":
            held = self._state.get(name)
            return (
                (HTTPStatus.OK, held) if held else (HTTPStatus.NOT_FOUND, {"error": "no block is configured"})
            )
        if method == "DELETE":
            self._state.act(name, None, key)
            return HTTPStatus.NO_CONTENT, None
        block = body.get("PublicAccessBlockConfiguration") if isinstance(body, dict) else None
        if (
            method != "PUT"
            or not isinstance(block, dict)
            or not all(isinstance(block.get(n), bool) for n in BLOCKED)
        ):
            return HTTPStatus.BAD_REQUEST, {
                "error": "PUT a PublicAccessBlockConfiguration with its four switches"
            }
        self._state.act(name, {"PublicAccessBlockConfiguration": {n: block[n] for n in BLOCKED}}, key)
        return HTTPStatus.OK, {}

    def _outside(self, method: str, bucket: str, _body: Any, _key: str | None) -> Reply:
        if method != "GET":
            return HTTPStatus.METHOD_NOT_ALLOWED, {"error": "only GET"}
        held = self._state.get(f"bucket/{bucket}") or {"PublicAccessBlockConfiguration": {}}
        return HTTPStatus.OK, {
            "readable": not held["PublicAccessBlockConfiguration"].get("RestrictPublicBuckets", False)
        }

    def _key(self, method: str, key_id: str, body: Any, key: str | None) -> Reply:
        name = f"key/{key_id}"
        if method == "GET":
            return HTTPStatus.OK, self._state.get(name) or {"status": "Active"}
        if method != "PUT" or not isinstance(body, dict) or body.get("status") not in {"Active", "Inactive"}:
            return HTTPStatus.BAD_REQUEST, {"error": "PUT a status: Active or Inactive"}
        self._state.act(name, {"status": body["status"]}, key)
        return HTTPStatus.OK, {}

    def _sessions(self, method: str, account: str, _body: Any, key: str | None) -> Reply:
        name = f"sessions/{account}"
        if method == "POST":
            self._state.act(name, {"count": 0}, key)
            return HTTPStatus.ACCEPTED, {}
        return HTTPStatus.OK, self._state.get(name) or {"count": OPEN_SESSIONS}


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
