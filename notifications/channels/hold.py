"""Keeping still when a provider says that we are too fast."""

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime

FIRST_SECONDS, LONGEST_SECONDS = 0.25, 30.0


def read_retry_after(text: str | None, now: datetime) -> float | None:
    """Read a Retry-After (RFC 9110, 10.2.3), seconds or a date, as seconds from `now`; None when it has neither."""
    if not text:
        return None
    try:
        seconds = (
            float(text) if text.strip().isdigit() else (parsedate_to_datetime(text) - now).total_seconds()
        )
    except (TypeError, ValueError):
        return None
    return max(0.0, seconds)


class Hold:
    """One provider's wish to be left alone; all lines to it wait together, longer each time it refuses again."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without a wish; `clock` gives seconds that only ever grow."""
        self._clock = clock
        self._until, self._again = 0.0, 0

    @property
    def seconds(self) -> float:
        """How long to wait still."""
        return max(0.0, self._until - self._clock())

    def refused(self, wish: float | None) -> None:
        """Take in a refusal with the provider's own wish in seconds, if it had one."""
        if not self.seconds:  # what was under way when the first was refused says nothing new
            self._again += 1
        backoff = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** (self._again - 1))
        self._until = max(self._until, self._clock() + max(wish or 0.0, backoff))

    def taken(self) -> None:
        """Take in that the provider takes messages again."""
        self._again = 0
