"""Files that grow by whole lines, so that what was acknowledged is there after any crash of the writer."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class KeptLines:
    """One JSON object a line, appended with a single write each."""

    def __init__(self, path: Path) -> None:
        """Open for appending; only the owner may read, since addresses are in it."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self._handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def append(self, entry: dict[str, Any]) -> None:
        """Add one line; it is in the system's hands when this returns."""
        os.write(self._handle, json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace") + b"\n")

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read the entries back; a line cut off by a crash is passed over."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict):
                yield entry
