"""E-mail over a first relay and others behind it: what is known not to have left by one goes over the next.

Only such letters: what a relay refused it would have delivered, and what it may have taken could arrive twice.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from models.errors import UnavailableError
from notifications.channels.contract import UNSENT, Answer, Heard, MailLetter, Outcome, unheard
from notifications.channels.email import EmailChannel
from notifications.targets import MailTarget

LOG = structlog.get_logger(__name__)
REST_SECONDS = 60.0  # a relay that went away is not asked again for so long, while another takes its place

Make = Callable[[MailTarget], EmailChannel]
# Shared by the batches of a process: each is short, and a relay may be away for many of them.
_RESTS: dict[tuple[str, int], float] = {}


class RelayChain:
    """Relays in order, each with a pool of its own, for the length of a batch; the first that works is used."""

    name = "email"

    def __init__(
        self,
        targets: Sequence[MailTarget],
        make: Make = EmailChannel,
        rests: dict[tuple[str, int], float] | None = None,
    ) -> None:
        """Keep the relays in the order in which they are tried; there is at least one."""
        self._targets, self._make = list(targets), make
        self._rests = _RESTS if rests is None else rests
        self._at = -1  # which relay is open
        self._open: EmailChannel | None = None
        self._used: list[EmailChannel] = []
        self._changing = asyncio.Lock()
        self.lost = ""

    async def open(self) -> None:
        """Connect to the first relay that lets us in; one that just went away is tried last.

        Raises:
            UnavailableError: none does; nothing was sent.
        """
        now = time.monotonic()
        self._targets.sort(key=lambda target: self._rests.get(_place(target), 0.0) > now)
        await self._next()

    @property
    def hungry(self) -> bool:
        """Whether no letter waits for a connection of the relay that is open."""
        return self._open is not None and self._open.hungry

    async def send(
        self, letters: Sequence[MailLetter], seconds: float, heard: Heard = unheard
    ) -> list[Answer]:
        """Send letters; those that one relay certainly did not take go over the next."""
        ends = asyncio.get_running_loop().time() + seconds
        answers = [UNSENT] * len(letters)
        waiting = list(range(len(letters)))
        while waiting and (relay := self._open) is not None:
            left = ends - asyncio.get_running_loop().time()
            if left <= 0:
                break
            told = partial(_unless_unsent, heard, waiting)
            for place, answer in zip(
                waiting, await relay.send([letters[at] for at in waiting], left, told), strict=True
            ):
                answers[place] = answer
            waiting = [at for at in waiting if answers[at].outcome is Outcome.UNSENT]
            if not relay.lost:
                break  # it stopped, or the time was up: the letters wait for the next batch
            await self._replace(relay)
        for place in waiting:
            heard(place, UNSENT)
        return answers

    async def close(self) -> None:
        """Disconnect from every relay that was used."""
        for relay in self._used:
            await relay.close()

    async def _replace(self, gone: EmailChannel) -> None:
        """Go on to the next relay, once, however many lines noticed that this one went away."""
        async with self._changing:
            if self._open is not gone:
                return
            self._rest(gone.lost)
            self._open = None
            try:
                await self._next()
            except UnavailableError as error:
                self.lost = str(error)

    async def _next(self) -> None:
        fault: UnavailableError | None = None
        while self._at + 1 < len(self._targets):
            self._at += 1
            relay = self._make(self._targets[self._at])
            try:
                await relay.open()
            except UnavailableError as error:
                fault = error
                self._rest(error.what)
                continue
            self._used.append(relay)
            self._open = relay
            return
        raise fault or UnavailableError(
            "Every mail relay went away.", remedy="Delivery goes on when it is called again."
        )

    def _rest(self, fault: str) -> None:
        place = _place(self._targets[self._at])
        self._rests[place] = time.monotonic() + REST_SECONDS
        if len(self._targets) > 1:
            LOG.warning("relay given up for a while", relay=f"{place[0]}:{place[1]}", fault=fault)


def _unless_unsent(heard: Heard, places: list[int], at: int, answer: Answer) -> None:
    if answer.outcome is not Outcome.UNSENT:  # another relay may still take it
        heard(places[at], answer)


def _place(target: MailTarget) -> tuple[str, int]:
    return target.host, target.port
