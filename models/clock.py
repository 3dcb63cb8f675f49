"""Time: UTC inside, an offset at every edge, and a clock that is passed in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from models.errors import InvalidInputError

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Tell the present moment in UTC; the only place that reads the machine's clock."""
    return datetime.now(UTC)


class VirtualClock:
    """A clock for drills and tests that stands still until it is moved; never backwards."""

    def __init__(self, start: datetime) -> None:
        """Start at an aware moment."""
        self._now = as_utc(start)

    def __call__(self) -> datetime:
        """Tell the virtual moment in UTC."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move forward by a non-negative span and tell the new moment."""
        if by < timedelta(0):
            raise InvalidInputError("A clock can't run backwards.", expected="a span of zero or more")
        self._now += by
        return self._now


class FlyingClock:
    """A drill's clock: it runs as the machine's does, and can jump ahead; never backwards."""

    def __init__(self, start: datetime | None = None, machine: Clock = system_clock) -> None:
        """Start at an aware moment, or now where that moment has passed."""
        self._machine, self._ahead = machine, timedelta(0)
        if start is not None:
            self.jump(start)

    def __call__(self) -> datetime:
        """Tell the drill's moment in UTC."""
        return self._machine() + self._ahead

    def jump(self, to: datetime) -> datetime:
        """Go to a later moment at once, nowhere if it has passed; tells the drill's moment."""
        self._ahead += max(timedelta(0), as_utc(to) - self())
        return self()


def as_utc(moment: datetime) -> datetime:
    """Convert an aware moment to UTC; a naive one is refused, since guessing a zone bends a deadline."""
    if moment.tzinfo is None:
        raise InvalidInputError(
            f"The moment {moment.isoformat()} has no offset.",
            expected="an offset such as +08:00 or Z",
        )
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def iso_utc(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC with a trailing Z, microseconds only when there are any."""
    return f"{as_utc(moment).isoformat()[:-6]}Z"


def read_moment(text: str, where: str = "") -> datetime:
    """Read an ISO 8601 moment with an offset."""
    try:
        return as_utc(datetime.fromisoformat(text))
    except ValueError:
        raise InvalidInputError(
            f"{text!r} is not a moment.", where=where, expected="ISO 8601 with an offset"
        ) from None
