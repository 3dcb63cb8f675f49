"""Files and words that a person hands in: by name, or on standard input where the name is `-`."""

import sys
from pathlib import Path

from models.errors import InvalidInputError


def read_file(source: str | Path, what: str = "file") -> bytes:
    """Read bytes.

    Raises:
        InvalidInputError: it can't be read; says why.
    """
    try:
        return sys.stdin.buffer.read() if str(source) == "-" else Path(source).read_bytes()
    except OSError as error:
        raise InvalidInputError(
            f"The {what} can't be read ({error.strerror}).",
            where=str(source),
            remedy="Name a file that this user can read, or - for standard input.",
        ) from None


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
