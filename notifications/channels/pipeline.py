"""One relay connection with commands in a pipeline (RFC 2920): one round trip a message instead of four.

While a message's text is on its way, the next one's MAIL, RCPT and DATA travel with it. aiosmtplib has opened,
greeted, secured and authenticated the connection; its transport is handed over here.
"""

import asyncio
import re
from collections import deque
from typing import Generic, Protocol, TypeVar

from notifications.channels.contract import SENT, UNSENT, Answer, Heard, MailLetter, Outcome

ANSWER_SECONDS = 30.0
LONGEST_REPLY = 65536
_REFUSALS, _GO_AHEAD, _CLOSING = 300, 354, 421
_ENVELOPE = ("mail", "rcpt", "data")
_USUAL = ("body", *_ENVELOPE)
_TAKEN_AND_GO_AHEAD = re.compile(rb"(?:250 [^\r\n]*\r\n){3}354 [^\r\n]*\r\n")


class Errand:
    """A letter and where its answer goes."""

    __slots__ = ("_heard", "_place", "letter", "refusal")

    def __init__(self, letter: MailLetter, heard: Heard, place: int) -> None:
        """Note whom to tell, and which letter of theirs it is."""
        self.letter, self._heard, self._place = letter, heard, place
        self.refusal: Answer | None = None

    def answer(self, answer: Answer) -> None:
        """Tell what became of it."""
        self._heard(self._place, answer)


Line_contra = TypeVar("Line_contra", contravariant=True)


class Pool(Protocol, Generic[Line_contra]):
    """What a connection needs of the channel whose letters it carries."""

    def take(self) -> Errand | None:
        """Give the next letter, None when there is none just now."""

    def answered(self, errand: Errand, answer: Answer) -> None:
        """Hear what became of a letter."""

    def read(self, code: int, text: str) -> Answer:
        """Read a refusal."""

    def ended(self, line: Line_contra) -> None:
        """Hear that a connection is gone."""


class PipelinedLine(asyncio.Protocol):
    """Sends the pool's letters one behind the other. `seconds`: how long the last text waited for its acceptance."""

    def __init__(
        self, transport: asyncio.Transport, sender: str, smtputf8: bool, pool: Pool["PipelinedLine"]
    ) -> None:
        """Take over an open connection on which nothing is outstanding."""
        self._transport, self._smtputf8, self._pool = transport, smtputf8, pool
        self._mail = f"MAIL FROM:<{sender}> BODY=8BITMIME"
        self._usual = b""  # the four answers as they came last: most relays say the same each time
        self._awaited: deque[str] = deque()
        self._envelope: Errand | None = None  # MAIL, RCPT and DATA are out, no text yet
        self._body: Errand | None = None  # the text is out, its acceptance is not in
        self._began = 0.0
        self.seconds: float | None = None
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
        """Begin with the next letter unless one has begun: it may travel behind the text of another."""
        if self._envelope is None and not self.gone:
            self._write()

    def quit(self) -> None:
        """Say goodbye and hang up."""
        if not self.gone:
            self._transport.write(b"QUIT\r\n")
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Cut what arrived into replies; all four that a text and the next envelope get, mostly."""
        self._heard = self._loop.time()
        if len(self._awaited) == len(_USUAL) and self._body and self._envelope and self._is_usual(data):
            self._awaited.clear()
            self._answer_body(SENT)
            self._after_data(_GO_AHEAD, "")
            return
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

    def _is_usual(self, data: bytes) -> bool:
        if self._rest or self._reply:
            return False
        if data == self._usual:
            return True
        if _TAKEN_AND_GO_AHEAD.fullmatch(data) is None:
            return False
        self._usual = data
        return True

    def _take_reply(self, line: bytes) -> None:
        if not self._awaited or not line[:3].isdigit():
            self._transport.abort()  # out of step: nothing that follows could be trusted
            return
        kind, code, text = self._awaited.popleft(), int(line[:3]), ""
        if code >= _REFUSALS:
            text = " ".join([*self._reply, line[4:].decode("utf-8", "replace")])
        self._reply.clear()
        if kind == "body":
            self._answer_body(SENT if code < _REFUSALS else self._pool.read(code, text))
        elif kind == "data":
            self._after_data(code, text)
        elif kind in ("mail", "rcpt") and code >= _REFUSALS and self._envelope is not None:
            self._envelope.refusal = self._envelope.refusal or self._pool.read(code, text)
        if code == _CLOSING:
            self._transport.abort()

    def _answer_body(self, answer: Answer) -> None:
        errand, self._body = self._body, None
        self.seconds = self._heard - self._began
        if errand is not None:
            self._pool.answered(errand, answer)

    def _after_data(self, code: int, text: str) -> None:
        errand, self._envelope = self._envelope, None
        if errand is None:
            return
        if code == _GO_AHEAD and errand.refusal is None:
            letter = errand.letter
            self._body, self._began = errand, self._heard
            self._awaited.append("body")
            self._write(letter.skeleton.stuffed(letter.filled), b".\r\n")
            return
        self._pool.answered(errand, errand.refusal or self._pool.read(code, text))
        if code == _GO_AHEAD:
            # Nobody is left to receive it, yet the relay waits for a text: an empty one goes to nobody.
            self._awaited.append("void")
            self._write(b".\r\n")
        else:
            self._awaited.append("reset")
            self._write(b"RSET\r\n")

    def _write(self, *before: bytes) -> None:
        errand = self._next()
        if errand is not None:
            self._envelope = errand
            address = errand.letter.filled.address
            more = "" if address.isascii() else " SMTPUTF8"
            envelope = f"{self._mail}{more}\r\nRCPT TO:<{address}>\r\nDATA\r\n".encode()
            self._awaited.extend(_ENVELOPE)
            self._transport.write(b"".join((*before, envelope)))
        elif before:
            self._transport.write(b"".join(before))
        if self._timer is None:
            self._watch()

    def _next(self) -> Errand | None:
        while (errand := self._pool.take()) is not None:
            if self._smtputf8 or errand.letter.filled.address.isascii():
                return errand
            self._pool.answered(errand, Answer(Outcome.REFUSED, "relay_without_smtputf8"))
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
            self._pool.answered(body, Answer(Outcome.UNKNOWN, "connection_lost"))
        if envelope is not None:
            self._pool.answered(envelope, envelope.refusal or UNSENT)
        self._pool.ended(self)
