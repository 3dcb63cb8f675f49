"""On which line of a JSON text each place stands, so that a fault can be found in an editor."""

import json
import re
from collections.abc import Iterator
from typing import Final

from playbooks.cacao.faults import pointer

_WORD: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|[{}\[\],]|\n|[^\s{}\[\],:"]+')


def lines_of(text: str) -> dict[str, int]:
    """Give the line (the first is 1) of every place, by its JSON Pointer; of broken JSON, as far as it goes."""
    reader, found = _Reader(), {"": 1}
    for place, line in reader.places(_WORD.findall(text)):
        found.setdefault(place, line)
    return found


def nearest_line(lines: dict[str, int], place: str) -> int:
    """Give the line of a place; of one that is missing, the line of what it is missing in."""
    while place and place not in lines:
        place = place.rpartition("/")[0]
    return lines[place]


class _Reader:
    """Goes through the words of a JSON text and knows where it is: a name in an object, a number in a list."""

    def __init__(self) -> None:
        self.path: list[str | int] = []
        self.name_next = False

    def places(self, words: list[str]) -> Iterator[tuple[str, int]]:
        line = 1
        for word in words:
            if word == "\n":
                line += 1
            elif word in ("}", "]"):
                del self.path[-1:]
                self.name_next = False
            elif word == ",":
                self._go_on()
            elif self._is_place(word):
                yield pointer(*self.path), line
            if word in ("{", "["):
                self.path.append("" if word == "{" else 0)
                self.name_next = word == "{"

    def _is_place(self, word: str) -> bool:
        """Take in a name or a value; a value of an object stands where its name does."""
        if not self.name_next:
            return bool(self.path) and isinstance(self.path[-1], int)
        self.path[-1:] = [_name(word)]
        self.name_next = False
        return True

    def _go_on(self) -> None:
        if self.path and isinstance(self.path[-1], int):
            self.path[-1] += 1
        else:
            self.name_next = bool(self.path)


def _name(word: str) -> str:
    try:
        return str(json.loads(word))
    except ValueError:  # a wrong escape: the text is no JSON, and said to be none
        return word.strip('"')
