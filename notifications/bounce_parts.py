"""The parts of a mail that came back: what is meant for a reader, and what is the returned mail itself."""

import json
import re
from collections.abc import Iterator
from email.message import Message

_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/partial")
_MESSAGE_ID = re.compile(r"^message-id:\s*(<[^>\s]+>)", re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(
    r"<(?:style|script)\b.*?</(?:style|script)>|</?[a-z!][^<>@]{0,500}>", re.IGNORECASE | re.DOTALL
)


def first_part(message: Message, kind: str) -> Message | None:
    """Give the first part of a type."""
    return next((part for part in message.walk() if part.get_content_type() == kind), None)


def readable_text(message: Message) -> str:
    """Give the text meant for a reader, never that of the mail that came back."""
    found = [_decoded(part) for part in _before_returned(message) if part.get_content_maintype() == "text"]
    if any(text.strip() for text in found):
        return "\n".join(text for text in found if text.strip())
    payload = message.get_payload()
    # A form so broken that no text was found in it: better its raw body than nothing.
    return payload if isinstance(payload, str) else str(message).partition("\n\n")[2]


def _before_returned(message: Message) -> Iterator[Message]:
    html_too = True
    for part in message.walk():
        kind = part.get_content_type()
        if kind in _RETURNED:
            return
        if kind == "text/plain":
            html_too = False
        if kind != "text/html" or html_too:
            yield part


def _decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        text = content.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        text = content.decode("utf-8", "replace")
    return _TAG.sub(" ", text) if part.get_content_type() == "text/html" else text


def original_message_id(message: Message) -> str:
    """Give the Message-ID of the mail that came back, from its copy or from the text around it."""
    for part in message.walk():
        if part.get_content_type() in _RETURNED:
            inner = part.get_payload()
            text = str(inner[0]) if isinstance(inner, list) and inner else str(inner)
            if found := _MESSAGE_ID.search(text):
                return found[1]
    payload = message.get_payload()
    found = _MESSAGE_ID.search(payload) if isinstance(payload, str) else None
    return found[1] if found else ""


def json_notification(text: str) -> list[dict[str, str]]:
    """Give what a provider's JSON notification says of each recipient, in the words of a delivery report."""
    if '"notificationType"' not in text and '"bouncedRecipients"' not in text:
        return []
    joined = re.sub(r"\n (?=\S)", "", text)
    try:
        whole, _ = json.JSONDecoder(strict=False).raw_decode(joined[joined.index("{") :])
    except ValueError:
        return []
    if isinstance(whole.get("Message"), str):
        return json_notification(whole["Message"])
    names = {"emailAddress": "final-recipient", "diagnosticCode": "diagnostic-code"}
    recipients = (whole.get("bounce") or {}).get("bouncedRecipients") or []
    return [
        {names.get(str(name), str(name)): str(value) for name, value in one.items()}
        for one in recipients
        if isinstance(one, dict)
    ]
