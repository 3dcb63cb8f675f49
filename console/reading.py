"""Files and words that a person hands in: by name, or on standard input where the name is `-`."""

import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO, Final

from models.errors import InvalidInputError

MOST_BYTES: Final = (
    16 << 20
)  # far above any form, finding, plan or list of staff; people and evidence have their own


def read_file(source: str | Path, what: str = "file") -> bytes:
    """Read bytes, at most `MOST_BYTES`.

    Raises:
        InvalidInputError: it can't be read, is neither a file nor a pipe, or is too large; says why.
    """
    try:
        if str(source) == "-":
            return _whole(sys.stdin.buffer, source, what)
        with Path(source).open("rb") as file:
            _check_kind(file, source, what)
            return _whole(file, source, what)
    except OSError as error:
        raise InvalidInputError(
            f"The {what} can't be read ({error.strerror}).",
            where=str(source),
            remedy="Name a file that this user can read, or - for standard input.",
        ) from None


def _check_kind(file: BinaryIO, source: str | Path, what: str) -> None:
    """Refuse devices: one may never end, and to read another changes it."""
    mode = os.fstat(file.fileno()).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
        raise InvalidInputError(
            f"The {what} can't be read: this is a device.",
            where=str(source),
            expected="a file or a pipe",
            remedy="Name a file that this user can read, or - for standard input.",
        )


def _whole(file: BinaryIO, source: str | Path, what: str) -> bytes:
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise InvalidInputError(
            f"The {what} is larger than {MOST_BYTES >> 20} MiB.",
            where=str(source),
            expected=f"at most {MOST_BYTES} bytes",
            remedy="See whether this is the file you meant; people and evidence have commands of their own.",
        )
    return content


def read_words(source: str | Path, what: str = "file") -> str:
    """Read text in UTF-8, with or without a byte order mark.

    Raises:
        InvalidInputError: it can't be read, or is not UTF-8; says why and where.
    """
    try:
        return read_file(source, what).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"The {what} can't be read: byte {error.start + 1} is not UTF-8.",
            where=str(source),
            expected="text in UTF-8",
        ) from None
