"""A message compiled once per variant; writing one to a person is filling a few slots in bytes.

Building each with the standard library costs a thousand times more: nearly all of it is header policy, the same
for every reader. `EmailMessage` decodes what is built here to the same content, which the tests check.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from html import escape

from notifications.notice_text import NAME_MARK, NoticeDetails, Variant, render_part

CRLF = b"\r\n"
ADDRESS, MESSAGE_ID, DATE, NAME, HTML_NAME = range(5)
_TEXT = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
_HTML = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: "


@dataclass(frozen=True, slots=True)
class Filled:
    """The values of one person's slots."""

    address: str
    message_id: str
    name: str
    at: datetime


@dataclass(slots=True)
class Skeleton:
    """One variant in bytes, cut at its slots: fixed pieces at even places, slots at odd ones."""

    pieces: list[bytes]
    slots: tuple[tuple[int, int], ...]  # place in pieces, which value
    head: list[bytes]
    head_slots: tuple[tuple[int, int], ...]
    text: str
    html: str
    boundary: bytes
    _second: int = field(default=-1, init=False)
    _date: bytes = field(default=b"", init=False)

    def eight_bit(self, filled: Filled) -> bytes:
        """Give the message as 8bit text, for a relay that takes 8BITMIME (RFC 6152); not dot-stuffed."""
        values = self._values(filled)
        pieces = self.pieces.copy()
        for place, value in self.slots:
            pieces[place] = values[value]
        return b"".join(pieces)

    def seven_bit(self, filled: Filled) -> bytes:
        """Give the same message with its parts in base64, for every other relay."""
        values = self._values(filled)
        head = self.head.copy()
        for place, value in self.head_slots:
            head[place] = values[value]
        text = self.text.replace(NAME_MARK, filled.name).encode()
        html = self.html.replace(NAME_MARK, escape(filled.name)).encode()
        edge = b"--" + self.boundary
        parts = [edge, _TEXT + b"base64\r\n", _base64(text), edge, _HTML + b"base64\r\n", _base64(html)]
        return b"".join(head) + CRLF.join([*parts, edge + b"--", b""])

    def _values(self, filled: Filled) -> tuple[bytes, ...]:
        second = int(filled.at.timestamp())
        if second != self._second:
            self._second, self._date = second, format_datetime(filled.at.astimezone(UTC)).encode()
        name = filled.name.encode()
        html_name = name if name.isalnum() else escape(filled.name).encode()
        return (filled.address.encode(), filled.message_id.encode(), self._date, name, html_name)


def _base64(content: bytes) -> bytes:
    return base64.encodebytes(content.replace(b"\n", CRLF)).replace(b"\n", CRLF).rstrip()


def compile_skeleton(
    message: str, details: NoticeDetails, variant: Variant, *, drill: bool, sender: str
) -> Skeleton:
    """Render a variant and cut it at its slots. The subject takes no personal value, so none can break it."""
    subject = render_part("subject.txt", message, details, variant, drill)
    text = render_part("body.txt", message, details, variant, drill)
    html = render_part("body.html", message, details, variant, drill)
    boundary = hashlib.sha256(f"{subject}\0{text}\0{html}".encode()).hexdigest()[:32].encode()
    head = _head(subject, details, variant, sender, boundary)
    edge = b"--" + boundary + CRLF
    body = [
        edge + _TEXT + b"8bit\r\n\r\n",
        *_cut(text, NAME),
        CRLF + edge + _HTML + b"8bit\r\n\r\n",
        *_cut(html, HTML_NAME),
        CRLF + b"--" + boundary + b"--" + CRLF,
    ]
    pieces, slots = _laid_out([*head, *body])
    head_pieces, head_slots = _laid_out(head)
    return Skeleton(pieces, slots, head_pieces, head_slots, text, html, boundary)


def _head(
    subject: str, details: NoticeDetails, variant: Variant, sender: str, boundary: bytes
) -> list[bytes | int]:
    return [
        b"From: " + _sender(details.organisation, sender) + b"\r\nTo: ",
        ADDRESS,
        b"\r\nSubject: " + Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n").encode(),
        b"\r\nDate: ",
        DATE,
        b"\r\nMessage-ID: ",
        MESSAGE_ID,
        # RFC 3834: out-of-office programs do not answer; RFC 2076: mailing software does not either.
        b"\r\nAuto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All",
        b"\r\nContent-Language: " + variant.language.encode() + b"\r\nMIME-Version: 1.0",
        b'\r\nContent-Type: multipart/alternative; boundary="' + boundary + b'"\r\n\r\n',
    ]


def _sender(organisation: str, address: str) -> bytes:
    if organisation.isascii():
        return formataddr((organisation, address)).encode()
    display = Header(organisation, "utf-8").encode(linesep="\r\n")
    return f"{display} <{address}>".encode()


def _cut(text: str, slot: int) -> list[bytes | int]:
    found: list[bytes | int] = []
    for piece in text.split(NAME_MARK):
        found += [piece.encode().replace(b"\n", CRLF), slot]
    return found[:-1]


def _laid_out(parts: list[bytes | int]) -> tuple[list[bytes], tuple[tuple[int, int], ...]]:
    pieces: list[bytes] = []
    slots: list[tuple[int, int]] = []
    fixed = b""
    for part in parts:
        if isinstance(part, int):
            pieces += [fixed, b""]
            slots.append((len(pieces) - 1, part))
            fixed = b""
        else:
            fixed += part
    return [*pieces, fixed], tuple(slots)
