"""Looking into a foreign JSON document: dotted paths, `*` over a list, names found whatever their case.

The same product writes `Title` in one API and `title` in another, so case never decides.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

MOST_VALUES: Final = 1000
_SECONDS_UNTIL_2100: Final = 4_102_444_800
_NUMBER: Final = re.compile(r"\d{9,19}(?:\.\d{1,9})?")


def values_at(document: Any, path: str, most: int = MOST_VALUES) -> list[Any]:
    """Give every value at a path, in order; null and missing are nothing; at most `most`."""
    found: list[Any] = []
    for value in _walk(document, path.split(".")):
        if value is not None and value != "":
            found.append(value)
        if len(found) >= most:
            break
    return found


def first_at(document: Any, paths: tuple[str, ...]) -> Any:
    """Give the first value of the first path that has one, else None."""
    for path in paths:
        for value in values_at(document, path):
            return value
    return None


def first_plain(document: Any, paths: tuple[str, ...]) -> Any:
    """Give the first value of these paths that is a text or a number, else None: nothing nested becomes a name."""
    found = (value for path in paths for value in values_at(document, path))
    return next(
        (value for value in found if isinstance(value, str | int | float) and value is not True), None
    )


def _walk(value: Any, parts: list[str]) -> Iterator[Any]:
    if not parts:
        yield value
        return
    head, rest = parts[0], parts[1:]
    if isinstance(value, Mapping):
        below = _named(value, head)
        if below is not None:
            yield from _walk(below, rest)
    elif isinstance(value, list):
        if head == "*":
            for item in value:
                yield from _walk(item, rest)
        elif head.isdigit() and int(head) < len(value):
            yield from _walk(value[int(head)], rest)


def _named(section: Mapping[str, Any], name: str) -> Any:
    if name in section:
        return section[name]
    folded = name.casefold()
    return next((value for key, value in section.items() if key.casefold() == folded), None)


def plain_text(value: Any, most: int = 300) -> str:
    """Write a value as one line without control characters, cut to `most` characters."""
    text = value if isinstance(value, str) else str(value)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def shown_text(text: str) -> str:
    """Leave out control characters and halves of characters: they change what a terminal shows."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(char for char in whole if char.isprintable() or char in "\n\t")


def _since_1970(value: float) -> datetime | None:
    try:
        for _ in range(3):  # milliseconds, microseconds, nanoseconds
            value = value / 1000 if value > _SECONDS_UNTIL_2100 else value
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def moment_at(value: Any) -> datetime | None:
    """Read a detector's moment as UTC: ISO 8601 with an offset, or seconds since 1970 and their fractions down to nano.

    A moment without an offset is unknown: a guessed zone would bend a deadline.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _since_1970(value)
    if not isinstance(value, str):
        return None
    if _NUMBER.fullmatch(value.strip()):
        return _since_1970(float(value))
    try:
        moment = datetime.fromisoformat(value.strip())
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
