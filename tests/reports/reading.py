"""Reading what was written, without a PDF library: the letters a PDF's fonts can show, the addresses in HTML."""

import re
import zlib
from html.parser import HTMLParser


def letters_of(pdf: bytes) -> set[str]:
    """Give the letters that the ToUnicode maps of a PDF name."""
    letters: set[str] = set()
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            text = zlib.decompressobj().decompress(match.group(1))
        except zlib.error:
            continue
        if b"begincmap" in text:
            for code in re.findall(rb"<[0-9A-Fa-f]{4}>\s*<([0-9A-Fa-f]{4,})>", text):
                letters.update(bytes.fromhex(code.decode()).decode("utf-16-be"))
    return letters


class Addresses(HTMLParser):
    """Collects whatever a browser would fetch or run."""

    FETCHING = frozenset(("src", "srcset", "href", "data", "poster", "action", "formaction", "xlink:href"))

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in self.FETCHING:
                (self.links if tag == "a" else self.fetched).append(value or "")


def addresses_in(html: bytes) -> Addresses:
    """Parse a page."""
    parser = Addresses()
    parser.feed(html.decode())
    return parser
