"""Words that a person hands in: from a file, or from standard input."""

import sys
from pathlib import Path

from models.errors import InvalidInputError


def read_words(source: str) -> str:
    """Read a file in UTF-8, or standard input for `-`; raises InvalidInputError."""
    try:
        return sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"The text can't be read ({type(error).__name__}).", where=source, expected="a file in UTF-8"
        ) from None
