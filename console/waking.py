"""Noticing that time went on without us: a lid was closed, a virtual machine paused, a process frozen.

On waking, Prefect would run late all that it had planned meanwhile, as it would after a downtime; so what was missed is
caught up in the same way. A moment is measured by everybody's clock: the machine's steady one stands still in sleep.
"""

from datetime import datetime, timedelta

import structlog

from console.catching_up import Missed, catch_up
from console.engine import Engine
from models.clock import Clock
from models.database import Store
from models.errors import TocsinError

LOG = structlog.get_logger(__name__)
ASLEEP = timedelta(minutes=1)  # a look that comes this late was kept by sleep, not by work


class Slumber:
    """Tells how long nothing looked, where that was long enough to be sleep; a clock put back is none."""

    def __init__(self, clock: Clock) -> None:
        """Begin awake."""
        self._clock = clock
        self._looked: datetime = clock()

    def over(self) -> timedelta | None:
        """Look now; gives how long it was since the last look, None where that was no sleep."""
        before, self._looked = self._looked, self._clock()
        gap = self._looked - before
        return gap if gap >= ASLEEP else None


class Waking:
    """Catches up once after each sleep; tried again at the next look when the engine is not awake yet."""

    def __init__(self, store: Store, engine: Engine) -> None:
        """Watch the clock of a home."""
        self._store, self._engine = store, engine
        self._slumber = Slumber(store.clock)
        self._owed = False

    def once(self) -> tuple[Missed, ...]:
        """Look at the clock; gives what was caught up."""
        slept = self._slumber.over()
        if slept is not None:
            LOG.info("woke up", slept_seconds=round(slept.total_seconds()))
            self._owed = True
        if not self._owed:
            return ()
        try:
            found = catch_up(self._store, self._engine)
        except TocsinError as error:
            LOG.warning("missed schedules were not caught up yet", fault=error.what)
            return ()
        self._owed = False
        return found
