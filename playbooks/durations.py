"""ISO 8601 durations as playbooks write them: `PT4H`, `P1D`, `P1DT30M`."""

import re
from datetime import timedelta
from typing import Final

_PATTERN: Final = re.compile(
    r"P(?!$)(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?!$)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,8})S)?)?"
)
_DAY: Final = 24 * 3600


def parse_duration(text: str) -> timedelta:
    """Read a duration of weeks, days, hours, minutes and seconds.

    Months and years are refused: their length depends on the calendar, and a timeout must not.
    Raises ValueError, which the loader turns into an error with file and line.
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        msg = f"{text!r} is not a duration; write for example PT4H, PT30M or P1D"
        raise ValueError(msg)
    return timedelta(**{unit: int(amount) for unit, amount in match.groupdict(default="0").items()})


def format_duration(span: timedelta) -> str:
    """Write a duration the way a manager reads it: `25 h`, `1 h 30 min`, `3 d`."""
    seconds = int(span.total_seconds())
    if seconds and seconds % _DAY == 0 and seconds > 3 * _DAY:
        return f"{seconds // _DAY} d"
    parts = [(seconds // 3600, "h"), (seconds % 3600 // 60, "min"), (seconds % 60, "s")]
    return " ".join(f"{amount} {unit}" for amount, unit in parts if amount) or "0 s"
