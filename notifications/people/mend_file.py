"""The rows a user should mend, with what is wrong in which column; taking the file in again amends people."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path

from notifications.people.columns import plain_header
from notifications.people.csv_reading import formula_safe
from notifications.people.rows import Fault

OURS = ("tocsin_person", "tocsin_row", "tocsin_faults")
_OUR_HEADERS = frozenset(plain_header(name) for name in OURS)


class MendFile:
    """A CSV that only its owner can read, since it holds people's addresses; appears whole when published."""

    def __init__(self, folder: Path, headers: Sequence[str]) -> None:
        """Begin a draft in `folder`."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._draft = folder / f".draft-{os.getpid()}-{os.urandom(4).hex()}"
        handle = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        # The signature at the head makes spreadsheets read it as UTF-8.
        self._file = os.fdopen(handle, "w", encoding="utf-8-sig", newline="", errors="replace")
        self._writer = csv.writer(self._file)
        self._kept = [at for at, name in enumerate(headers) if plain_header(name) not in _OUR_HEADERS]
        self._writer.writerow([*(formula_safe(headers[at]) for at in self._kept), *OURS])
        self.count = 0

    def add(self, person: int, cells: Sequence[str], faults: Sequence[Fault]) -> None:
        """Write one row with its faults."""
        said = "; ".join(
            f"{fault.column}: {fault.problem}" if fault.column else fault.problem for fault in faults
        )
        kept = [formula_safe(cells[at]) if at < len(cells) else "" for at in self._kept]
        self._writer.writerow([*kept, person, faults[0].row, formula_safe(said)])
        self.count += 1

    def publish(self, name: str) -> Path | None:
        """Give the file its name; None, and no file, when there was nothing to mend."""
        self._file.close()
        if not self.count:
            self._draft.unlink()
            return None
        return self._draft.rename(self._folder / name)

    def close(self) -> None:
        """Drop the draft, if it was not published."""
        self._file.close()
        self._draft.unlink(missing_ok=True)
