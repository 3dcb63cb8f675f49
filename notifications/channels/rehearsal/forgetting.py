"""Forgetting people: what the rehearsal servers kept of messages to them is blanked where it lies.

In place, since a server may be appending to the same files: no other message moves, and an index line that was
blanked is passed over as one cut off by a crash is.
"""

import os
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

import orjson

from notifications.channels.rehearsal.mail import MAILS
from notifications.relay_journal import INDEX

BLANK = b" "
Entry = dict[str, Any]


def forget(home: Path, addresses: Iterable[str]) -> int:
    """Blank every kept message to one of `addresses` (e-mail or telephone); gives how many there were.

    Calling it again finds nothing left to blank.
    """
    folder = home / "rehearsal"
    if not folder.exists():
        return 0
    wanted = {address.casefold() for address in addresses}
    return _forget_mails(folder / "mail", wanted) + _forget_lines(folder / "sms" / "messages.jsonl", wanted)


def _forget_mails(folder: Path, wanted: Collection[str]) -> int:
    if not (folder / INDEX).exists() or not (folder / MAILS).exists():
        return 0
    with (folder / MAILS).open("r+b") as mails:

        def blank(entry: Entry) -> None:
            mails.seek(entry["offset"])
            mails.write(BLANK * entry["length"])

        found = _forget_lines(folder / INDEX, wanted, blank)
        _settle(mails)
    return found


def _forget_lines(path: Path, wanted: Collection[str], blank: Callable[[Entry], None] | None = None) -> int:
    if not path.exists():
        return 0
    found = 0
    with path.open("r+b") as lines:
        while line := lines.readline():
            entry = _read(line)
            if entry is None or _recipients(entry).isdisjoint(wanted):
                continue
            if blank is not None:
                blank(entry)
            end = lines.tell()
            lines.seek(end - len(line))
            lines.write(BLANK * len(line.rstrip(b"\n")))
            lines.seek(end)
            found += 1
        _settle(lines)
    return found


def _settle(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _read(line: bytes) -> Entry | None:
    try:
        entry = orjson.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _recipients(entry: Entry) -> set[str]:
    to = entry.get("to", ())
    return {str(each).casefold() for each in (to if isinstance(to, list) else [to])}
