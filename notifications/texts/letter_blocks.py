"""The text of a notice as a letter takes it: headings, paragraphs and points, from the message's own `body.html`."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Literal

Kind = Literal["warning", "title", "heading", "paragraph", "point"]
# Sentences that stand on lines of their own in a template follow each other without a space where the script has none.
_BETWEEN_HAN = re.compile(r"(?<=[。！？；，：、」』】）]) ")
_KINDS: dict[str, Kind] = {"h1": "title", "h2": "heading", "p": "paragraph", "li": "point"}


@dataclass(frozen=True)
class Block:
    """One piece of a letter; `text` may hold line breaks."""

    kind: Kind
    text: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self._kind: Kind | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        if tag in _KINDS:
            self._kind, self._text = _KINDS[tag], []
        elif tag == "strong" and self._kind == "paragraph":
            self._kind = "warning"
        elif tag == "br":
            self._text.append("\n")

    def handle_data(self, data: str) -> None:
        # What stands on several lines of a template is one line of text, whatever the language puts between words.
        self._text.append(data.replace("\n", " ") if self._kind else "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _KINDS and self._kind:
            lines = (_BETWEEN_HAN.sub("", " ".join(line.split())) for line in "".join(self._text).split("\n"))
            self.blocks.append(Block(self._kind, "\n".join(line for line in lines if line)))
            self._kind = None


def letter_blocks(html: str) -> tuple[Block, ...]:
    """Read a rendered `body.html`; pieces without text are left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return tuple(block for block in reader.blocks if block.text)
