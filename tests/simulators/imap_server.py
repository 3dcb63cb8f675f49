"""A small IMAP4rev1 server on loopback: one user, one folder, and the commands that reading new mail takes."""

import contextlib
import re
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

USER, PASSWORD, FOLDER = "bounces", 'p"ss', "INBOX"


@dataclass
class Kept:
    """The folder's mails by UID, which of them were seen, and every command that came."""

    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)
    port: int = 0

    def add(self, *mails: bytes) -> None:
        for raw in mails:
            self.mails[len(self.mails) + 1] = raw


class _Line(socketserver.StreamRequestHandler):
    kept: Kept

    def handle(self) -> None:
        self.say("* OK [CAPABILITY IMAP4rev1] ready")
        state = "new"
        while line := self.rfile.readline().decode():
            tag, _, rest = line.strip().partition(" ")
            self.kept.commands.append(rest.split()[0].upper())
            answer, state = self.obey(rest, state)
            self.say(f"{tag} {answer}")
            if state == "out":
                return

    def obey(self, command: str, state: str) -> tuple[str, str]:
        word = command.upper().split()[0]
        if word == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1")
            return "OK done", state
        if word == "LOGIN":
            good = command == 'LOGIN bounces "p\\"ss"'
            return ("OK in", "in") if good else ("NO [AUTHENTICATIONFAILED] bounces is not let in", state)
        if word == "LOGOUT":
            self.say("* BYE")
            return "OK out", "out"
        if state == "new":
            return "BAD not logged in", state
        if word == "SELECT":
            self.say(f"* {len(self.kept.mails)} EXISTS")
            return (
                ("OK [READ-WRITE] open", "open") if f'"{FOLDER}"' in command else ("NO no such folder", state)
            )
        return (self.on_mails(command), state) if state == "open" else ("BAD nothing is open", state)

    def on_mails(self, command: str) -> str:
        if command == "UID SEARCH UNSEEN":
            left = " ".join(str(uid) for uid in self.kept.mails if uid not in self.kept.seen)
            self.say(f"* SEARCH {left}".rstrip())
            return "OK searched"
        if found := re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
            raw = self.kept.mails[int(found[1])][: int(found[2])]
            self.wfile.write(
                b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n" % (int(found[1]), len(raw)) + raw + b")\r\n"
            )
            return "OK fetched"
        if found := re.fullmatch(r"UID STORE (\d+) \+FLAGS\.SILENT \(\\Seen\)", command):
            self.kept.seen.add(int(found[1]))
            return "OK stored"
        return "BAD unknown"

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@contextlib.contextmanager
def imap_server() -> Iterator[Kept]:
    """Run the server on a free port of loopback."""
    kept = Kept()
    line = type("Line", (_Line,), {"kept": kept})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), line) as server:
        server.daemon_threads = True
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
