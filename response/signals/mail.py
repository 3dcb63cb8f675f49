"""What a mail says that came to the mailbox for signals: who sent it, its text, and findings in it.

Nothing here raises, whatever the bytes: what can't be read is kept as it came, and a person looks at it.
"""

import email.policy
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses
from typing import Final

from response.signals.paths import shown_text

MOST_CHARACTERS: Final = 150_000  # of a text; with escapes it stays below what a signal may have
MOST_HOPS: Final = 50  # relays that passed a mail on; above, it goes round in a circle (RFC 5321, 6.3)
_BROKEN = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError)
_JSON_TYPE = re.compile(r"^(application|text)/([\w.-]+\+)?(x-)?(json|jsonl|ndjson|json-seq)$")
_JSON_NAME = re.compile(r"\.(json|jsonl|ndjson)$", re.IGNORECASE)
_HIDDEN = re.compile(r"<(style|script|head|title)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z!][^<>]{0,2000}>", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")
_REPORTS = ("delivery-status", "disposition-notification", "feedback-report")


@dataclass(frozen=True)
class MailReading:
    """One mail. `documents` are its JSON parts as they came; `automatic` says why it is nobody's telling."""

    sender: str = ""  # the one address in From, in lower case
    message_id: str = ""
    sent: str = ""  # the Date line as it stands
    subject: str = ""
    text: str = ""
    documents: tuple[bytes, ...] = ()
    automatic: str = ""
    is_generated: bool = False  # a program wrote it, as scanners do; that alone says nothing against it
    proven_by: frozenset[str] = frozenset()  # servers that vouch for the sender (RFC 8601, DMARC)


def read_mail(raw: bytes) -> MailReading:
    """Read one mail; what of it can't be read is left out."""
    try:
        message = BytesParser(policy=email.policy.compat32).parsebytes(raw)
        parts = [part for part in message.walk() if not part.is_multipart()]
        sender = _sender(message)
        return MailReading(
            sender=sender,
            message_id=_line(message, "Message-ID"),
            sent=_line(message, "Date"),
            subject=_words(message, "Subject"),
            text=_text(parts),
            documents=tuple(_documents(parts)),
            automatic=_automatic(message),
            is_generated=_line(message, "Auto-Submitted").lower().startswith("auto-generated"),
            proven_by=frozenset(_vouching(message, sender)),
        )
    except _BROKEN:
        return MailReading()


def _line(message: Message, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())[:998]


def _words(message: Message, name: str) -> str:
    line = _line(message, name)
    try:
        return shown_text(str(make_header(decode_header(line))))[:500]
    except _BROKEN:
        return shown_text(line)[:500]


def _sender(message: Message) -> str:
    """Give the sender, if it is one: a mail of several senders is nobody's."""
    lines = message.get_all("From", [])
    found = {address.lower() for _, address in getaddresses([str(line) for line in lines]) if address}
    [address] = found if len(found) == 1 and len(lines) == 1 else [""]
    return address if re.fullmatch(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,255}", address) else ""


def _automatic(message: Message) -> str:
    """Say why nobody tells anything by a mail: an automatic answer, a report on delivery, one in a circle."""
    if len(message.get_all("Received", [])) > MOST_HOPS:
        return "it goes round in a circle"
    kind, report = message.get_content_type(), str(message.get_param("report-type", "")).lower()
    if kind == "multipart/report" and report in _REPORTS:
        return "it is a report on another mail"
    answered = _line(message, "Auto-Submitted").lower().startswith("auto-replied")
    if answered or any(message.get(name) for name in ("X-Autoreply", "X-Autorespond")):
        return "it is an automatic answer"
    return ""


def _documents(parts: list[Message]) -> Iterator[bytes]:
    for part in parts:
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes) or not content.strip():
            continue
        named = _JSON_NAME.search(part.get_filename() or "")
        if named or _JSON_TYPE.match(part.get_content_type()):
            yield content
        elif part.get_content_type() == "text/plain" and not part.get_filename():
            text = _decoded(part)
            if text.lstrip("\ufeff \r\n\t").startswith(("{", "[{")):
                yield text.encode("utf-8", "replace")


def _text(parts: list[Message]) -> str:
    """Give what is meant for a reader: the plain text, or the HTML without its tags."""
    shown = [part for part in parts if not part.get_filename()]
    for kind in ("text/plain", "text/html"):
        found = [_decoded(part) for part in shown if part.get_content_type() == kind]
        text = "\n".join(_without_tags(each) if kind == "text/html" else each for each in found)
        if text.strip():
            return shown_text(text.strip())[:MOST_CHARACTERS]
    return ""


def _decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:  # a character set nobody knows
        return content.decode("utf-8", "replace")


def _without_tags(text: str) -> str:
    plain = _TAG.sub(" ", _BREAK.sub("\n", _HIDDEN.sub(" ", text)))
    lines = (" ".join(line.split()) for line in html.unescape(plain).splitlines())
    return "\n".join(line for line in lines if line)


def _vouching(message: Message, sender: str) -> Iterator[str]:
    """Name the servers that found the sender's domain to have sent it; a server's newest line counts.

    Whoever sends a mail can write such a line too, so our own server must take out those in its name (RFC 8601, 5).
    """
    judged: set[str] = set()
    for line in message.get_all("Authentication-Results", []):
        server, *results = [part.strip() for part in _COMMENT.sub(" ", str(line)).lower().split(";")]
        name = server.split()[0] if server.split() else ""
        if name in judged:
            continue
        judged.add(name)
        if any(_is_pass(result.split(), sender.rpartition("@")[2]) for result in results):
            yield name


def _is_pass(words: list[str], domain: str) -> bool:
    said = [word.removeprefix("header.from=") for word in words if word.startswith("header.from=")]
    return bool(domain) and words[:1] == ["dmarc=pass"] and all(each == domain for each in said)
