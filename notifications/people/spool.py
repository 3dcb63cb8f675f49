"""Messages between reading and storing when reading takes long: the database is not locked meanwhile."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from notifications.people.parcel import Message
from notifications.people.reading import read, write


@contextlib.contextmanager
def read_first(folder: Path, messages: Iterator[Message], *, wait: bool) -> Iterator[Iterator[Message]]:
    """Give messages as they come; or `wait` for all, in a file without a name in `folder`, gone with the process."""
    if not wait:
        yield messages
        return
    with tempfile.TemporaryFile(dir=folder) as file:
        for message in messages:
            write(file, message)
        end = file.tell()
        file.seek(0)
        yield _messages(file, end)


def _messages(file: IO[bytes], end: int) -> Iterator[Message]:
    while file.tell() < end:
        yield read(file)
