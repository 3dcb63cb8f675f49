"""How wide text is in a drawing, so that labels can be wrapped and cut without a font engine, and what it may hold.

Widths are shares of the font size, measured on Noto Sans CJK: a Han character is as wide as it is high.
"""

import re
import unicodedata

WIDE = 1.0
CAPITAL = 0.66
SMALL = 0.54
NARROW = 0.3
NARROW_LETTERS = frozenset("ijl.,:;|!'()[] ")
NO_LINE_START = frozenset("，。；：、！？）》」』”’,.;:!?)")

NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


def as_xml(text: str) -> str:
    """Put a mark in the place of each letter that no XML document may hold."""
    return NOT_IN_XML.sub("\ufffd", text)


def width_of(text: str, size: float) -> float:
    """Estimate the width of a line in the units of `size`."""
    return sum(_share(letter) for letter in text) * size


def _share(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in {"W", "F"}:
        return WIDE
    if letter in NARROW_LETTERS:
        return NARROW
    return CAPITAL if letter.isupper() or letter in "mwMW%–—" else SMALL


def cut(text: str, width: float, size: float) -> str:
    """Shorten a line to a width; what was cut shows as an ellipsis."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def wrap(text: str, width: float, size: float, most: int) -> tuple[str, ...]:
    """Break text into at most `most` lines; Han text breaks anywhere but before closing punctuation."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and width_of((line + piece).rstrip(), size) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece.lstrip() if not line else piece
    lines.append(line.rstrip())
    if len(lines) > most:
        rest = " ".join(lines[most - 1 :])
        lines = [*lines[: most - 1], cut(f"{rest} ", width, size)]
    return tuple(cut(each, width, size) for each in lines)


def _pieces(text: str) -> list[str]:
    """Split into what must stay together: a word with its space, or one Han character with its comma."""
    pieces: list[str] = []
    for letter in text:
        wide = unicodedata.east_asian_width(letter) in {"W", "F"}
        after_break = not pieces or pieces[-1].endswith(" ") or _is_wide(pieces[-1][-1])
        if pieces and (letter in NO_LINE_START or letter == " " or not (wide or after_break)):
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in {"W", "F"}
