"""What the rehearsal systems are: a handful of switches behind REST calls, in one file, each act counted by its key."""

import hashlib
import json
import re
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

OPEN_SESSIONS: Final = 3
BLOCKED: Final = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
Reply = tuple[int, Any]


@dataclass(frozen=True)
class Thing:
    """One kind of system: where it answers, how each stands at first, and what it takes. Others only read."""

    kind: str
    path: str
    at_first: dict[str, Any]
    takes: dict[str, tuple[Any, ...]]  # by field, the values that may be put there; none means any text
    shows: dict[str, Any] | None = None


_SWITCH: Final = (True, False)
THINGS: Final = (
    Thing("key", r"/identity/keys/([^/]+)", {"status": "Active"}, {"status": ("Active", "Inactive")}),
    Thing("account", r"/identity/accounts/([^/]+)", {"active": True}, {"active": _SWITCH}),
    Thing(
        "source",
        r"/edge/sources/([^/]+)",
        {"action": "allow", "ttl_seconds": None},
        {"action": ("allow", "challenge"), "ttl_seconds": (None, 86400)},
    ),
    Thing("endpoint", r"/endpoints/([^/]+)", {"isolated": False}, {"isolated": _SWITCH}),
    Thing("job", r"/mail/jobs/([^/]+)", {"state": "sending"}, {"state": ("sending", "held")}),
    Thing("device", r"/devices/([^/]+)/lock", {"locked": False}, {"locked": _SWITCH}),
    Thing("data", r"/devices/([^/]+)/data", {"wiped": False}, {"wiped": (True,)}, {"devices": 1}),
    Thing("page", r"/web/pages/([^/]+)/policy", {"script_src": "*"}, {"script_src": ()}),
    Thing("partner", r"/partners/connections/([^/]+)", {"enabled": True}, {"enabled": _SWITCH}),
    # Every connector that is rehearsed stands here: <connector>/<capability>/<target>.
    Thing(
        "act", r"/systems/([a-z0-9-]+/[a-z0-9_]+/[^/]+)", {"held": False}, {"held": _SWITCH}, {"touches": 1}
    ),
)


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
        for thing in THINGS:
            match = re.fullmatch(thing.path, path)
            if match:
                return self._thing(thing, method, unquote(match[1]), body, key)
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

    def _thing(self, thing: Thing, method: str, name: str, body: Any, key: str | None) -> Reply:
        place = f"{thing.kind}/{name}"
        held = self._state.get(place) or thing.at_first
        if method == "GET":
            return HTTPStatus.OK, {**held, **(thing.shows or {})}
        if method != "PUT" or not isinstance(body, dict) or not body or not _taken(thing, body):
            return HTTPStatus.BAD_REQUEST, {"error": f"PUT one of {', '.join(thing.takes)}"}
        self._state.act(place, {**held, **body}, key)
        return HTTPStatus.OK, {}

    def _sessions(self, method: str, account: str, _body: Any, key: str | None) -> Reply:
        name = f"sessions/{account}"
        if method == "POST":
            self._state.act(name, {"count": 0}, key)
            return HTTPStatus.ACCEPTED, {}
        return HTTPStatus.OK, self._state.get(name) or {"count": OPEN_SESSIONS}


def _taken(thing: Thing, body: dict[str, Any]) -> bool:
    return all(
        name in thing.takes and (value in thing.takes[name] if thing.takes[name] else isinstance(value, str))
        for name, value in body.items()
    )
