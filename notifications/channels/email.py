"""E-mail to one relay: a pool of persistent connections, opened by aiosmtplib, answers read by their meaning."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import cast

import aiosmtplib

from models.errors import UnavailableError
from notifications.channels.contract import SENT, UNSENT, Answer, Heard, MailLetter, Outcome, unheard
from notifications.channels.in_turn import InTurnLine
from notifications.channels.pipeline import ANSWER_SECONDS, Errand, PipelinedLine
from notifications.channels.relay_connection import connect, seconds_to_answer, unavailable
from notifications.channels.smtp_answers import read_reply
from notifications.targets import MailTarget

FIRST_LINES = 4
SLOW_ANSWER = 0.003  # seconds until a text is accepted; above it more lines are worth their cost
MOST_DROPS = 5
_OUTCOME = {
    "bad_address": Outcome.BAD_ADDRESS,
    "retry": Outcome.RETRY,
    "stop": Outcome.STOP,
    "refused": Outcome.REFUSED,
}


def lines_wanted(seconds: float, wanted: int, opened: int, most: int) -> int:
    """Want four times the lines when even the quickest of them waits `seconds` for an answer, half when it does not."""
    if seconds > SLOW_ANSWER:
        return min(most, max(wanted, opened) * 4)
    if seconds < SLOW_ANSWER / 2:
        return max(min(FIRST_LINES, most), wanted // 2)
    return wanted


class _Window:
    """The letters of one `send`, and the answers that are in."""

    def __init__(self, letters: Sequence[MailLetter], heard: Heard) -> None:
        self.answers: list[Answer | None] = [None] * len(letters)
        self.open, self.heard = len(letters), heard
        self.done = asyncio.Event()

    def answer(self, place: int, answer: Answer) -> None:
        if self.answers[place] is not None:
            return
        self.answers[place] = answer
        self.open -= 1
        self.heard(place, answer)
        if self.open == 0:
            self.done.set()

    def complete(self, answer: Answer) -> None:
        for place, given in enumerate(self.answers):
            if given is None:
                self.answer(place, answer)


class EmailChannel:
    """One relay, for the length of a batch."""

    name = "email"

    def __init__(self, target: MailTarget, connections: int = 64) -> None:
        """Open connections only as letters need them, at most so many."""
        self._target, self._most = target, connections
        self._wanted = min(FIRST_LINES, connections)
        self._lines: list[PipelinedLine | InTurnLine] = []
        self._queue: deque[Errand] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._our_name: str | None = None
        self._drops = 0
        self._stopped = self._closing = False
        self.lost = ""

    async def open(self) -> None:
        """Connect, say hello, secure the line and log in; see how far away the relay is.

        Raises:
            UnavailableError: the relay does not answer or does not let us in; nothing was sent.
        """
        client = await connect(self._target)
        self._our_name = client.local_hostname
        seconds = await seconds_to_answer(client, self._target)
        self._add_line(client).seconds = seconds

    @property
    def hungry(self) -> bool:
        """Whether no letter waits for a connection."""
        return not self._queue

    async def send(
        self, letters: Sequence[MailLetter], seconds: float, heard: Heard = unheard
    ) -> list[Answer]:
        """Send letters over the pool; what was not begun after `seconds` stays unsent."""
        window = _Window(letters, heard)
        answer = window.answer
        errands = [Errand(letter, answer, place) for place, letter in enumerate(letters)]
        self._want_lines()
        self._queue.extend(errands)
        self._kick()
        try:
            await asyncio.wait_for(window.done.wait(), seconds)
        except TimeoutError:
            self._drop_waiting(errands)
            await self._last_answers(window)
        return [given or UNSENT for given in window.answers]

    async def _last_answers(self, window: _Window) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(window.done.wait(), 1.5 * ANSWER_SECONDS)
        window.complete(Answer(Outcome.UNKNOWN, "no_answer"))  # begun, and still no word: nobody can know

    def _want_lines(self) -> None:
        waits = [line.seconds for line in self._lines[: self._wanted] if line.seconds is not None]
        if waits:
            self._wanted = lines_wanted(min(waits), self._wanted, len(self._lines), self._most)

    async def close(self) -> None:
        """Say goodbye on every connection."""
        self._closing = True
        for task in self._opening:
            task.cancel()
        for line in self._lines:
            line.quit()
        await asyncio.sleep(0)

    def answered(self, errand: Errand, answer: Answer) -> None:
        """Hear what became of a letter."""
        errand.answer(answer)
        if answer is SENT:
            self._drops = 0
        elif answer.outcome is Outcome.STOP and not self._stopped:
            self._stopped = True
            self._drop_waiting(list(self._queue))

    def _drop_waiting(self, errands: list[Errand]) -> None:
        waiting = {id(errand) for errand in errands} & {id(errand) for errand in self._queue}
        self._queue = deque(errand for errand in self._queue if id(errand) not in waiting)
        for errand in errands:
            if id(errand) in waiting:
                errand.answer(UNSENT)

    def read(self, code: int, text: str) -> Answer:
        """Read a refusal. Only the number is kept: the words may repeat the address."""
        meaning = read_reply(code, text)
        return Answer(_OUTCOME[meaning.calls_for], meaning.reason, str(code))

    def take(self) -> Errand | None:
        """Give the next letter, None when there is none just now."""
        return self._queue.popleft() if self._queue else None

    def _kick(self) -> None:
        if self._stopped or self.lost:
            self._drop_waiting(list(self._queue))
            return
        # Idle lines first: what travels behind another letter's text waits for that one's answer.
        for line in sorted(self._lines[: self._wanted], key=_is_busy):
            if not self._queue:
                return
            line.kick()
        wanted = (
            min(self._wanted, len(self._lines) + len(self._queue)) - len(self._lines) - len(self._opening)
        )
        for _ in range(wanted):
            task = asyncio.create_task(self._one_more())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _one_more(self) -> None:
        try:
            self._add_line(await connect(self._target, self._our_name))
        except UnavailableError as error:
            if not self._lines:
                self.lost = str(error)
                self._drop_waiting(list(self._queue))
            self._wanted = max(1, len(self._lines))  # the relay takes no more of them
            return
        self._kick()

    def _add_line(self, client: aiosmtplib.SMTP) -> PipelinedLine | InTurnLine:
        transport = client.transport
        capable = all(client.supports_extension(word) for word in ("pipelining", "8bitmime"))
        if capable and transport is not None:
            utf8 = client.supports_extension("smtputf8")
            line: PipelinedLine | InTurnLine = PipelinedLine(
                cast("asyncio.Transport", transport), self._target.sender, utf8, self
            )
            client.transport = client.protocol = None  # so that the client, once collected, leaves it open
        else:
            line = InTurnLine(client, self._target.sender, self)
        self._lines.append(line)
        return line

    def ended(self, line: PipelinedLine | InTurnLine) -> None:
        """Hear that a connection is gone."""
        if line in self._lines:
            self._lines.remove(line)
        if self._closing:
            return
        self._drops += 1
        if self._drops > MOST_DROPS and not self.lost:
            self.lost = str(unavailable(self._target, "keeps closing the connection"))
        self._kick()


def _is_busy(line: PipelinedLine | InTurnLine) -> bool:
    return not line.idle
