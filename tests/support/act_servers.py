"""Servers on loopback that act on what they are told over HTTP: an OpenC2 consumer, a program of our own, vendors."""

import contextlib
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[str, dict[str, str], bytes], tuple[int, Any]]


@contextlib.contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Serve requests on a free port; yields the address. The method is given among the headers as `:method`."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            given = {name.lower(): value for name, value in self.headers.items()}
            status, document = answer(self.path, {**given, ":method": self.command}, body)
            content = b"" if status == HTTPStatus.NO_CONTENT else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server asks for these names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name http.server gives it
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Openc2Filter:
    """A packet filter that takes OpenC2 by its transfer specification (version 1.1)."""

    def __init__(self) -> None:
        self.denied = set[str]()
        self.changes = list[dict[str, Any]]()

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        if path != "/.well-known/openc2" or headers.get("authorization") != "Bearer t0ken":
            return 404, {}
        if headers.get("content-type") != "application/openc2+json;version=1.0":
            return 400, {}
        message = json.loads(body)
        status, results = self.perform(message["body"]["openc2"]["request"])
        response = {"status": status, **({"results": results} if results is not None else {})}
        headers_back = {"request_id": message["headers"]["request_id"], "from": "filter"}
        return 200, {"headers": headers_back, "body": {"openc2": {"response": response}}}

    def perform(self, request: dict[str, Any]) -> tuple[int, Any]:
        ((kind, value),) = request["target"].items()
        if request["action"] == "query" and kind == "x-tocsin:rule":
            return 200, {"x-tocsin": {"denied": value in self.denied}}
        if request["action"] not in {"deny", "allow"} or kind != "ipv4_net":
            return 501, None
        self.changes.append(request)
        (self.denied.add if request["action"] == "deny" else self.denied.discard)(value)
        return 200, {}


class OwnProgram:
    """A program that takes signed posts, as docs/operating.md describes them."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.states = dict[str, str]()
        self.changes = list[str]()

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        del path
        parts = dict(part.split("=", 1) for part in headers.get("x-tocsin-signature", "").split(","))
        text = f"{parts.get('t')}.".encode() + body
        wanted = hmac.new(self.secret.encode(), text, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(parts.get("v1", ""), wanted):
            return 401, {}
        return 200, self.perform(json.loads(body))

    def perform(self, asked: dict[str, Any]) -> dict[str, Any]:
        state = self.states.get(asked["target"], "open")
        if asked["do"] == "look":
            return {"state": {"door": state}, "touches": 1}
        if asked["do"] == "check":
            return {"holds": state == "shut", "broken": [] if state == "shut" else ["door"]}
        self.changes.append(f"{asked['do']} {asked['key']}")
        self.states[asked["target"]] = "shut" if asked["do"] == "act" else asked["before"]["door"]
        return {"done": True}
