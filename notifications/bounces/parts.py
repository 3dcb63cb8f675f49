"""The parts of a mail that came back: what is meant for a reader, and what is the returned mail itself."""

import html
import json
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from typing import Any

from notifications.message_ids import NOTICE_HEADER, campaign_named

_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/partial")
_NO_COMPLAINT = ("not-spam", "auth-failure")
_ID = re.compile(rf"^(?:message-id|{NOTICE_HEADER}):\s*(<[^>\s]+>)", re.IGNORECASE | re.MULTILINE)
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
    # A form so broken that no text was found in it: better its raw body than nothing.
    return plain_form(message).partition("\n\n")[2]


def plain_form(part: Message) -> str:
    """Write a part out again, headers first; unlike the library's own way this fails at nothing that came in."""
    head = "".join(f"{name}: {value}\n" for name, value in part.items())
    inner = part.get_payload() if part.is_multipart() else None
    body = (
        "\n".join(plain_form(one) for one in inner if isinstance(one, Message)) if inner else _payload(part)
    )
    return f"{head}\n{body}"


def _payload(part: Message) -> str:
    try:
        payload = part.get_payload()
    except (LookupError, ValueError):  # it was said to be in a charset that there can't be
        return ""
    return payload if isinstance(payload, str) else ""


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
    try:
        content = part.get_payload(decode=True)
    except (LookupError, ValueError):
        return ""
    if not isinstance(content, bytes):
        return ""
    try:
        text = content.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):  # a charset nobody knows, or one with a null character in its name
        text = content.decode("utf-8", "replace")
    return html.unescape(_TAG.sub(" ", text)) if part.get_content_type() == "text/html" else text


def original_message_id(message: Message, text: str) -> str:
    """Give the id of the mail that came back, from its copy or from the text around it.

    That is its Message-ID or, where a relay put one of its own there, what the header of ours repeats.
    """
    found = list(_ids_said(message, text))
    return next((one for one in found if campaign_named(one)), found[0] if found else "")


def _ids_said(message: Message, text: str) -> Iterator[str]:
    for part in message.walk():
        if part.get_content_type() in _RETURNED:
            yield from _ID.findall(plain_form(part).partition("\n\n")[2])
    yield from _ID.findall(text)
    if not message.is_multipart():
        yield from _ID.findall(_payload(message))
    yield from _named_in_json(text)


def _named_in_json(text: str) -> Iterator[str]:
    mail = (_notification(text) or {}).get("mail")
    if not isinstance(mail, dict):
        return
    common, headers = mail.get("commonHeaders"), mail.get("headers")
    if isinstance(common, dict) and common.get("messageId"):
        yield str(common["messageId"])
    for one in headers if isinstance(headers, list) else []:
        if isinstance(one, dict) and str(one.get("name")).lower() == NOTICE_HEADER.lower():
            yield str(one.get("value"))


def json_notification(text: str) -> list[dict[str, str]]:
    """Give what a provider's JSON notification says of each recipient, in the words of a delivery report."""
    bounce = (_notification(text) or {}).get("bounce")
    recipients = bounce.get("bouncedRecipients") if isinstance(bounce, dict) else None
    names = {"emailAddress": "final-recipient", "diagnosticCode": "diagnostic-code"}
    return [
        {names.get(str(name), str(name)): str(value) for name, value in one.items()}
        for one in (recipients if isinstance(recipients, list) else [])
        if isinstance(one, dict)
    ]


def json_complaint(text: str) -> bool:
    """Tell whether a provider's JSON notification passes on a person's complaint."""
    complaint = (_notification(text) or {}).get("complaint")
    return isinstance(complaint, dict) and complaint.get("complaintFeedbackType") not in _NO_COMPLAINT


def _notification(text: str) -> dict[str, Any] | None:
    """Read a provider's JSON notification (Amazon SES over SNS), also one wrapped in another or broken by a relay."""
    if '"notificationType"' not in text and '"bouncedRecipients"' not in text:
        return None
    joined = re.sub(r"\n (?=\S)", "", text)
    try:
        whole, _ = json.JSONDecoder(strict=False).raw_decode(joined[joined.index("{") :])
    except ValueError:
        return None
    if not isinstance(whole, dict):
        return None
    return _notification(whole["Message"]) if isinstance(whole.get("Message"), str) else whole


def decoded_header(value: object) -> str:
    """Give a header as a reader sees it (RFC 2047, RFC 6532); as it stands where it can't be decoded."""
    raw = str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if "=?" not in raw:
        return raw
    try:
        return str(make_header(decode_header(raw)))
    except (MessageError, LookupError, ValueError):
        return raw
