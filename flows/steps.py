"""The loop that carries a plan forward: run what is ready, in parallel, until only people or the end remain.

Shared by a response (which parks at a gate) and a drill (whose scripted participants answer at once). It knows
nothing of Prefect: `perform` runs one step, `at_gate` waits for people.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from flows.leasehold import Leasehold
from models.database import Store
from models.errors import TocsinError
from response.context import StepFailedError, StepOutcome
from response.leases import LeaseLostError
from response.plan import PlanView, StepCard, next_steps

LOOK_SECONDS = 0.25
TROUBLE_LIMIT = 6  # tries of a step that our own database or machine keeps from running

Perform = Callable[[StepCard], Awaitable[StepOutcome]]
AtGate = Callable[[PlanView], Awaitable[bool]]


class StepTroubleError(TocsinError):
    """A step could not be run or recorded at all; its record is as before, so it may be tried again."""


class Ending(StrEnum):
    """Why the loop stopped."""

    FINISHED = "finished"
    WAITING = "waiting"
    STUCK = "stuck"


@dataclass
class Progress:
    """Steps under way in this process, when each may be tried again, and how often each met trouble."""

    running: dict[str, asyncio.Task[StepOutcome]] = field(default_factory=dict)
    not_before: dict[str, float] = field(default_factory=dict)
    troubles: dict[str, int] = field(default_factory=dict)

    def startable(self, ready: Iterable[StepCard]) -> list[StepCard]:
        """Pick the ready steps that are not under way and not told to wait."""
        now = time.monotonic()
        return [c for c in ready if c.key not in self.running and self.not_before.get(c.key, 0) <= now]

    def collect(self, done: Iterable[asyncio.Task[StepOutcome]]) -> None:
        """Take in finished steps; a step that failed for good is in the record, so the plan decides what follows.

        Raises:
            LeaseLostError: another executor has the incident.
            StepTroubleError: a step could not even be recorded, again and again.
        """
        ended = set(done)
        for key in [key for key, task in self.running.items() if task in ended]:
            task = self.running.pop(key)
            error = task.exception()
            if error is None:
                self.not_before[key] = time.monotonic() + task.result().wait_seconds
            elif isinstance(error, LeaseLostError):
                raise error
            elif not isinstance(error, StepFailedError):
                self._wait_longer(key)

    def _wait_longer(self, key: str) -> None:
        """Wait longer each time before the next try; the step itself left no record of this."""
        count = self.troubles[key] = self.troubles.get(key, 0) + 1
        if count >= TROUBLE_LIMIT:
            raise StepTroubleError(f"Step {key} can't be run or recorded.")
        self.not_before[key] = time.monotonic() + 0.25 * 2**count


async def advance(store: Store, incident_id: str, executor: str, perform: Perform, at_gate: AtGate) -> Ending:
    """Carry an incident's plan forward under its lease and say why it stopped.

    `at_gate` is called when only people can go on; True means look again, False means stop here. It runs under
    the lease, so it must be brief.

    Raises:
        LeaseLostError: another executor has the incident; nothing more is done here.
        StepTroubleError: a step could not be run or recorded at all.
    """
    async with Leasehold(store, incident_id, executor) as lease:
        progress = Progress()
        try:
            while True:
                if lease.lost.is_set():
                    raise LeaseLostError("The lease of this incident was lost.", where=incident_id)
                view = await asyncio.to_thread(next_steps, store, incident_id)
                ending = await _turn(view, progress, perform, at_gate)
                if ending is not None:
                    return ending
        finally:  # what was started ends before the lease is given back
            await asyncio.gather(*progress.running.values(), return_exceptions=True)


async def _turn(view: PlanView, progress: Progress, perform: Perform, at_gate: AtGate) -> Ending | None:
    """Start what can start, then wait for the next thing to happen; an ending when nothing can."""
    for card in progress.startable(view.ready):
        progress.running[card.key] = asyncio.ensure_future(perform(card))
    if progress.running:
        # Looking again now and then, too: a person may have answered, or the lease be lost.
        done, _ = await asyncio.wait(
            progress.running.values(), timeout=4 * LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        progress.collect(done)
    elif view.ready:
        await asyncio.sleep(LOOK_SECONDS)
    elif view.finished:
        return Ending.FINISHED
    elif not view.waiting:
        return Ending.STUCK
    elif not await at_gate(view):
        return Ending.WAITING
    return None
