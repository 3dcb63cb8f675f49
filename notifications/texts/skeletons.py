"""A message compiled once per variant; writing one to a person is filling a few slots in bytes.

Building each with the standard library costs a thousand times more: nearly all of it is header policy, the same
for every reader. `EmailMessage` decodes what is built here to the same content, which the tests check.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from html import escape
from operator import itemgetter
from typing import NamedTuple

from notifications.message_ids import NOTICE_HEADER
from notifications.texts.notice_text import NAME_MARK, NoticeDetails, Variant, render_part

CRLF = b"\r\n"
ADDRESS, MESSAGE_ID, DATE, NAME, HTML_NAME = range(5)
_SPECIAL = re.compile("[&<>\"']")  # what HTML has other words for
_TEXT = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
_HTML = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: "


class Filled(NamedTuple):
    """The values of one person's slots."""

    address: str
    message_id: str
    name: str
    at: datetime


class Template:
    """Bytes with places for a person's values, all filled by one operation of the interpreter."""

    def __init__(self, parts: Sequence[bytes | int]) -> None:
        """Take fixed bytes and, between them, which value stands there."""
        fixed = [b"%b" if isinstance(part, int) else part.replace(b"%", b"%%") for part in parts]
        self._form = b"".join(fixed)
        self._values_of = itemgetter(*(part for part in parts if isinstance(part, int)))
        before = [b"".join(fixed[:place])[-1:] for place in range(len(parts))]
        # Looked for once: searching each message for a line that begins with a dot costs more than filling it.
        self.has_dots = b"\n." in self._form
        self.name_leads = any(
            part in (NAME, HTML_NAME) and last == b"\n" for part, last in zip(parts, before, strict=True)
        )

    def fill(self, values: tuple[bytes, ...]) -> bytes:
        """Put the values into their places."""
        message: bytes = self._form % self._values_of(values)
        return message


@dataclass(slots=True)
class Skeleton:
    """One variant in bytes with slots for what differs from person to person."""

    whole: Template
    head: Template
    text: str
    html: str
    boundary: bytes
    _at: datetime | None = field(default=None, init=False)
    _date: bytes = field(default=b"", init=False)

    def eight_bit(self, filled: Filled) -> bytes:
        """Give the message as 8bit text, for a relay that takes 8BITMIME (RFC 6152); not dot-stuffed."""
        return self.whole.fill(self._values(filled))

    def stuffed(self, filled: Filled) -> bytes:
        """Give the same as it follows DATA: a dot that begins a line is doubled (RFC 5321, 4.5.2)."""
        content = self.whole.fill(self._values(filled))
        if self.whole.has_dots or (self.whole.name_leads and filled.name[:1] in ("", ".")):
            return content.replace(b"\r\n.", b"\r\n..")
        return content

    def seven_bit(self, filled: Filled) -> bytes:
        """Give the same message with its parts in base64, for every other relay."""
        text = self.text.replace(NAME_MARK, filled.name).encode()
        html = self.html.replace(NAME_MARK, escape(filled.name)).encode()
        edge = b"--" + self.boundary
        parts = [edge, _TEXT + b"base64\r\n", _base64(text), edge, _HTML + b"base64\r\n", _base64(html)]
        return self.head.fill(self._values(filled)) + CRLF.join([*parts, edge + b"--", b""])

    def _values(self, filled: Filled) -> tuple[bytes, ...]:
        address, message_id, name, at = filled
        if at is not self._at:  # a window's letters share one moment
            self._at, self._date = at, format_datetime(at.astimezone(UTC)).encode()
        clear = name.encode()
        html_name = clear if _SPECIAL.search(name) is None else escape(name).encode()
        return (address.encode(), message_id.encode(), self._date, clear, html_name)


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
    return Skeleton(Template([*head, *body]), Template(head), text, html, boundary)


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
        b"\r\n" + NOTICE_HEADER.encode() + b": ",
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
