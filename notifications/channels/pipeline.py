"""One relay connection with commands in a pipeline (RFC 2920): one round trip a message instead of four.

While a message's text is on its way, the next one's MAIL, RCPT and DATA travel with it. aiosmtplib has opened,
greeted, secured and authenticated the connection; its transport is handed over here.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from notifications.channels.contract import SENT, UNSENT, Answer, MailLetter, Outcome

ANSWER_SECONDS = 30.0
LONGEST_REPLY = 65536
_GO_AHEAD, _CLOSING = 354, 421


@dataclass(slots=True)
class Errand:
    """A letter and where its answer goes."""

    letter: MailLetter
    answer: Callable[[Answer], None]
    refusal: Answer | None = None


class PipelinedLine(asyncio.Protocol):
    """Sends errands one behind the other; `take` gives the next, None when there is none just now."""

    def __init__(
        self,
        transport: asyncio.Transport,
        sender: str,
        smtputf8: bool,
        take: Callable[[], Errand | None],
        read: Callable[[int, str], Answer],
        ended: Callable[["PipelinedLine"], None],
    ) -> None:
        """Take over an open connection on which nothing is outstanding."""
        self._transport, self._smtputf8 = transport, smtputf8
        self._take, self._read, self._ended = take, read, ended
        self._mail = f"MAIL FROM:<{sender}> BODY=8BITMIME"
        self._awaited: deque[str] = deque()
        self._envelope: Errand | None = None  # MAIL, RCPT and DATA are out, no text yet
        self._body: Errand | None = None  # the text is out, its acceptance is not in
        self._rest = b""
        self._reply: list[str] = []
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self.gone = False
        transport.set_protocol(self)

    @property
    def idle(self) -> bool:
        """Whether nothing is outstanding."""
        return not self._awaited and not self.gone

    def kick(self) -> None:
        """Begin with the next errand if idle."""
        if self.idle:
            self._write(b"")

    def quit(self) -> None:
        """Say goodbye and hang up."""
        if not self.gone:
            self._transport.write(b"QUIT\r\n")
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Cut what arrived into replies."""
        self._heard = self._loop.time()
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LONGEST_REPLY:
            self._transport.abort()
            return
        for line in lines:
            if self.gone:
                return
            if line[3:4] == b"-":
                self._reply.append(line[4:].decode("utf-8", "replace"))
                continue
            self._take_reply(line)

    def _take_reply(self, line: bytes) -> None:
        if not self._awaited or not line[:3].isdigit():
            self._transport.abort()  # out of step: nothing that follows could be trusted
            return
        kind, code = self._awaited.popleft(), int(line[:3])
        if kind == "body" and code == 250 and not self._reply:  # noqa: PLR2004 - by far the commonest
            self._answer_body(SENT)
            return
        text = " ".join([*self._reply, line[4:].decode("utf-8", "replace")])
        self._reply.clear()
        self._react(kind, code, text)

    def _react(self, kind: str, code: int, text: str) -> None:
        if kind == "body":
            self._answer_body(SENT if code < 300 else self._read(code, text))  # noqa: PLR2004
        elif kind in ("mail", "rcpt"):
            if code >= 300 and self._envelope is not None and self._envelope.refusal is None:  # noqa: PLR2004
                self._envelope.refusal = self._read(code, text)
        elif kind == "data":
            self._after_data(code, text)
        if code == _CLOSING:
            self._transport.abort()

    def _answer_body(self, answer: Answer) -> None:
        errand, self._body = self._body, None
        if errand is not None:
            errand.answer(answer)

    def _after_data(self, code: int, text: str) -> None:
        errand, self._envelope = self._envelope, None
        if errand is None:
            return
        if code == _GO_AHEAD and errand.refusal is None:
            content = errand.letter.skeleton.eight_bit(errand.letter.filled)
            if b"\n." in content:
                content = content.replace(b"\r\n.", b"\r\n..")
            self._body = errand
            self._awaited.append("body")
            self._write(content + b".\r\n")
            return
        errand.answer(errand.refusal or self._read(code, text))
        if code == _GO_AHEAD:
            # Nobody is left to receive it, yet the relay waits for a text: an empty one goes to nobody.
            self._awaited.append("void")
            self._write(b".\r\n")
        else:
            self._awaited.append("reset")
            self._write(b"RSET\r\n")

    def _write(self, before: bytes) -> None:
        errand = self._next()
        if errand is not None:
            self._envelope = errand
            address = errand.letter.filled.address
            more = "" if address.isascii() else " SMTPUTF8"
            before += f"{self._mail}{more}\r\nRCPT TO:<{address}>\r\nDATA\r\n".encode()
            self._awaited.extend(("mail", "rcpt", "data"))
        if before:
            self._transport.write(before)
            self._watch()

    def _next(self) -> Errand | None:
        while (errand := self._take()) is not None:
            if self._smtputf8 or errand.letter.filled.address.isascii():
                return errand
            errand.answer(Answer(Outcome.REFUSED, "relay_without_smtputf8"))
        return None

    def _watch(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(ANSWER_SECONDS, self._check)

    def _check(self) -> None:
        self._timer = None
        if not self._awaited or self.gone:
            return
        if self._loop.time() - self._heard >= ANSWER_SECONDS:
            self._transport.abort()
        else:
            self._watch()

    def eof_received(self) -> bool:
        """Let the transport close: a relay that hung up hears nothing more."""
        return False

    def connection_lost(self, _error: Exception | None) -> None:
        """Answer for what was outstanding: a text without its acceptance may or may not have been taken."""
        self.gone = True
        if self._timer is not None:
            self._timer.cancel()
        body, envelope, self._body, self._envelope = self._body, self._envelope, None, None
        if body is not None:
            body.answer(Answer(Outcome.UNKNOWN, "connection_lost"))
        if envelope is not None:
            envelope.answer(envelope.refusal or UNSENT)
        self._ended(self)
