"""Looking for people in a home: every file's bytes, in each form in which a text is kept or sent."""

import base64
from collections.abc import Iterable
from pathlib import Path

LETTERS_A_BYTE_TRIPLE = 3


def forms_of(word: str) -> set[bytes]:
    """Give the forms of a word: UTF-8, UTF-16, and what base64 makes of it wherever it begins."""
    clear = word.encode()
    found = {clear, word.encode("utf-16-le")}
    for shift in range(LETTERS_A_BYTE_TRIPLE):
        written = base64.b64encode(bytes(shift) + clear + bytes(2))
        # Without the letters that neighbours have a part in.
        inner = written[4 if shift else 0 : (shift + len(clear)) // 3 * 4]
        found.add(inner)
    return {form for form in found if len(form) > LETTERS_A_BYTE_TRIPLE}


def traces(home: Path, words: Iterable[str | bytes]) -> set[str]:
    """Name the files of a home that hold any of these words (or bytes, as they are)."""
    wanted = [form for word in words for form in ([word] if isinstance(word, bytes) else forms_of(word))]
    files = [path for path in sorted(home.rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(home))
        for path in files
        if any(form in content for content in [path.read_bytes()] for form in wanted)
    }
