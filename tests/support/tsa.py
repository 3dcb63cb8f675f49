"""A time-stamp authority on loopback: `openssl ts` behind HTTP, with a root of its own."""

import contextlib
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIG = """
[ tsa ]
default_tsa = here
[ here ]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/ca.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""
ROOT = "basicConstraints=critical,CA:TRUE"
STAMPER = "extendedKeyUsage=critical,timeStamping"


@dataclass
class Authority:
    """Where it listens, the file of its root, and what it answers instead when it lies."""

    url: str
    root: Path
    folder: Path
    instead: bytes | None = None
    asked: int = 0


def openssl(*arguments: str | Path) -> None:
    """Run one command of openssl; its words are shown when it fails."""
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_keys(folder: Path, usage: str = STAMPER, kind: str = "rsa:2048") -> None:
    """Make a root, and a certificate under it that may stamp."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    new = ("req", "-x509", "-newkey", kind, "-nodes", "-days", "2")
    if kind == "ec":
        new = (*new, "-pkeyopt", "ec_paramgen_curve:P-256")
    openssl(
        *new, "-subj", "/CN=Root", "-addext", ROOT, "-keyout", folder / "ca.key", "-out", folder / "ca.pem"
    )
    issued = ("-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-addext", usage)
    openssl(
        *new,
        *("-subj", "/CN=Stamper", *issued, "-addext", "basicConstraints=CA:FALSE"),
        *("-keyout", folder / "tsa.key", "-out", folder / "tsa.pem"),
    )


def has_openssl() -> bool:
    """Tell whether the program is there."""
    return shutil.which("openssl") is not None


@contextlib.contextmanager
def running_authority(folder: Path, **how: str) -> Iterator[Authority]:
    """Serve stamps until the block ends."""
    make_keys(folder, **how)
    authority = Authority("", folder / "ca.pem", folder)

    class Stamps(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            authority.asked += 1
            query = self.rfile.read(int(self.headers["Content-Length"]))
            answer = authority.instead if authority.instead is not None else reply(folder, query)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Stamps) as server:
        authority.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield authority
        finally:
            server.shutdown()
            thread.join()


def reply(folder: Path, query: bytes) -> bytes:
    """Answer one query."""
    asked, answer = folder / "query.tsq", folder / "answer.tsr"
    asked.write_bytes(query)
    config = ("-config", folder / "tsa.cnf", "-section", "here")
    openssl("ts", "-reply", *config, "-queryfile", asked, "-out", answer)
    return answer.read_bytes()
