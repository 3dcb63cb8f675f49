"""What of one channel is in flight: people claimed and not yet recorded, never more than a worker may expose.

Answers gather here while the journal commits, and all that are in go into its next commit. So the connections never
wait for the journal: a slow disk writes more answers at a time, not fewer a second.
"""

import asyncio
import contextlib
from collections.abc import Callable

from notifications.channels.contract import Answer
from notifications.outbox.journal import Claim, ClaimedPerson

FEW = 8  # the part of a batch that is worth a commit when connections have nothing left to begin with
LONGEST_WAIT = 1.0  # seconds an answer waits to be recorded while others are still under way
Answered = list[tuple[ClaimedPerson, Answer]]


class Flight:
    """The open windows of one channel: `most` people at once, recorded by `batch` unless connections want more."""

    def __init__(self, batch: int, most: int, hungry: Callable[[], bool]) -> None:
        """Begin with nobody; `hungry` tells whether connections have nothing left to begin with."""
        self._batch, self._few, self._most, self._hungry = batch, batch // FEW, most, hungry
        self._fresh: list[tuple[Claim, ClaimedPerson, Answer]] = []
        self._unanswered = 0
        self._stir = asyncio.Event()

    @property
    def empty(self) -> bool:
        """Whether everybody claimed was handed over to be recorded."""
        return not self._unanswered and not self._fresh

    @property
    def ripe(self) -> bool:
        """Whether a commit is worth its while."""
        return self._stir.is_set()

    @property
    def room(self) -> int:
        """How many may be claimed by the commit that records what was taken."""
        return max(0, min(self._batch, self._most - self._unanswered - len(self._fresh)))

    def add(self, claimed: Claim) -> None:
        """Take up a window whose claim is committed."""
        self._unanswered += len(claimed.people)

    def heard(self, claimed: Claim, person: ClaimedPerson, answer: Answer) -> None:
        """Take in one answer."""
        self._fresh.append((claimed, person, answer))
        self._unanswered -= 1
        fresh = len(self._fresh)
        if not self._unanswered or fresh >= self._batch or (fresh >= self._few and self._hungry()):
            self._stir.set()

    def take(self) -> list[tuple[Claim, Answered]]:
        """Hand over the answers for the next commit, window by window."""
        fresh, self._fresh = self._fresh, []
        self._stir.clear()
        taken: dict[int, tuple[Claim, Answered]] = {}
        for claimed, person, answer in fresh:
            found = taken.get(claimed.window)
            if found is None:
                found = taken[claimed.window] = claimed, []
            found[1].append((person, answer))
        return list(taken.values())

    async def ripen(self, longest: float = LONGEST_WAIT) -> None:
        """Wait until another commit is worth its while, `longest` seconds at most."""
        if self.ripe:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stir.wait(), longest)
