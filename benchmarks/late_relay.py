"""A relay that takes every mail and drops it, and gives each answer a fixed time after what it answers came.

It is written for little but that: a general server's own work, and its timers of whole milliseconds, would be
measured with the client. Its answers are those of Postfix's `smtp-sink`.
"""

import contextlib
import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection

HOST = "127.0.0.1"
BACKLOG = 1024
MOST_BYTES = 262_144
_END = b"\r\n.\r\n"
_OK = b"250 2.0.0 Ok\r\n"
_ANSWERS = {
    b"EHLO": b"250-late\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n",
    b"MAIL": b"250 2.1.0 Ok\r\n",
    b"RCPT": b"250 2.1.5 Ok\r\n",
    b"DATA": b"354 End data with <CR><LF>.<CR><LF>\r\n",
    b"QUIT": b"221 Bye\r\n",
}


class Session:
    """One connection, as far as it was read."""

    def __init__(self, line: socket.socket) -> None:
        """Begin with the first command."""
        self.line = line
        self._read, self._in_text = b"", False

    def take(self, data: bytes) -> bytes:
        """Take bytes in any portions; gives the answers to all commands and texts that are complete."""
        read, answers = self._read + data, b""
        while True:
            end = read.find(_END if self._in_text else b"\r\n")
            if end < 0:
                # Of a text only what might begin its end is looked at again.
                self._read = read[1 - len(_END) :] if self._in_text else read
                return answers
            if self._in_text:
                answers, read, self._in_text = answers + _OK, read[end + len(_END) :], False
                continue
            word, read = read[:4].upper(), read[end + 2 :]
            answers += _ANSWERS.get(word, _OK)
            if word == b"DATA":
                read, self._in_text = b"\r\n" + read, True  # an empty text is a dot alone


class LateRelay:
    """All connections, and the answers that wait for their time."""

    def __init__(self, seconds: float) -> None:
        """Listen on a free port."""
        self._seconds = seconds
        self._server = socket.create_server((HOST, 0), backlog=BACKLOG)
        self._server.setblocking(False)
        self.port = self._server.getsockname()[1]
        self._sessions: dict[int, Session] = {}
        self._waiting: deque[tuple[float, Session, bytes]] = deque()  # in the order of their moments
        self._heard = select.epoll()
        self._heard.register(self._server, select.EPOLLIN)

    def run(self) -> None:
        """Serve until the process is ended."""
        while True:
            # Waits to the microsecond, where epoll's own time-out knows whole milliseconds only.
            select.select([self._heard], [], [], self._send_due())
            for number, _ in self._heard.poll(0):
                if number == self._server.fileno():
                    self._accept()
                else:
                    self._receive(self._sessions[number])

    def _send_due(self) -> float | None:
        """Send the answers whose time has come; gives the seconds until the next."""
        waiting = self._waiting
        while waiting:
            left = waiting[0][0] - time.monotonic()
            if left > 0:
                return left
            _, session, answers = waiting.popleft()
            with contextlib.suppress(OSError):  # whoever asked hung up
                session.line.send(answers)
        return None

    def _accept(self) -> None:
        line, _ = self._server.accept()
        line.setblocking(False)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = self._sessions[line.fileno()] = Session(line)
        self._heard.register(line, select.EPOLLIN)
        self._waiting.append((time.monotonic() + self._seconds, session, b"220 late ESMTP\r\n"))

    def _receive(self, session: Session) -> None:
        try:
            data = session.line.recv(MOST_BYTES)
        except OSError:
            data = b""
        if not data:
            self._heard.unregister(session.line)
            del self._sessions[session.line.fileno()]
            session.line.close()
        elif answers := session.take(data):
            self._waiting.append((time.monotonic() + self._seconds, session, answers))


def serve(seconds: float, told: Connection) -> None:
    """Run the relay in this process until it is ended."""
    relay = LateRelay(seconds)
    told.send(relay.port)
    relay.run()


@contextlib.contextmanager
def late(seconds: float) -> Iterator[int]:
    """Run a relay whose every answer comes `seconds` late, in a process of its own; yields its port."""
    ours, theirs = get_context("spawn").Pipe()
    running = get_context("spawn").Process(target=serve, args=(seconds, theirs), daemon=True)
    running.start()
    try:
        yield ours.recv()
    finally:
        running.terminate()
        running.join()
