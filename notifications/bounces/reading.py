"""Mails that come back: delivery reports (RFC 3464), the older free forms, complaints (RFC 5965) and auto-replies.

Each recipient that a mail speaks of gets one meaning, read by the same words as a relay's answers.
"""

import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message
from email.parser import BytesParser

from notifications.bounces.evidence import Evidence, judged
from notifications.bounces.parts import (
    decoded_header,
    first_part,
    json_complaint,
    json_notification,
    original_message_id,
    plain_form,
    readable_text,
)
from notifications.bounces.text import (
    MOST_RECIPIENTS,
    before_returned_mail,
    is_auto_reply,
    is_bounce,
    is_complaint,
    is_delay,
    told_of_recipients,
)
from notifications.channels.smtp_answers import RETRY, Meaning
from notifications.mailbox import MAX_BYTES

# A relay says at once what happened; whoever sends us a book shall not keep us busy.
MOST_TEXT = 20_000  # characters
COMPLAINT = Meaning("complaint", "refused")
VACATION = Meaning("vacation", RETRY)
_ADDRESS = re.compile(r"[^\s<>;,\"()]+@[^\s<>;,\"()]+")
_FIELD = re.compile(
    r"^(final-recipient|original-recipient|action|status|diagnostic-code)\s*:\s*(.*)$", re.IGNORECASE
)
_NO_COMPLAINT = re.compile(
    r"^feedback-type\s*:\s*(?:not-spam|auth-failure|dmarc)", re.IGNORECASE | re.MULTILINE
)
_TOLD_OF = frozenset(("final-recipient", "original-recipient"))
_ARRIVED = ("delivered", "relayed", "expanded")


@dataclass(frozen=True, slots=True)
class BounceReport:
    """What one mail says of one recipient. `recipient` and `message_id` are empty when it does not tell."""

    kind: str  # bounce, delay, complaint, auto_reply
    meaning: Meaning
    recipient: str = ""
    status: str = ""  # enhanced status code, such as 5.1.1
    message_id: str = ""  # of the mail that came back

    @property
    def is_hard(self) -> bool:
        """Whether the address will never take mail."""
        if self.kind == "delay":  # not given up yet, but a domain without mail will not get one by waiting
            return self.meaning.reason == "takes_no_mail"
        return self.kind == "bounce" and self.meaning.is_hard


def read_bounce(raw: bytes) -> tuple[BounceReport, ...]:
    """Read one mail; nothing when it is no bounce, complaint or auto-reply. Never raises, whatever the bytes."""
    message = BytesParser(policy=email.policy.compat32).parsebytes(raw[:MAX_BYTES].lstrip())
    headers = {name.lower(): decoded_header(value) for name, value in message.raw_items()}
    text = readable_text(message)
    original, text = original_message_id(message, text), text[:MOST_TEXT]
    if _is_complaint(message, headers, text):
        return (BounceReport("complaint", COMPLAINT, message_id=original),)
    if _is_other_report(message, headers, text):
        return ()
    groups = [*_reported(message, text), *json_notification(text)][:MOST_RECIPIENTS]
    if groups:
        return tuple(_of_group(group, text, original) for group in groups if _failed(group))
    return _read_words(headers, text, original)


def _read_words(headers: dict[str, str], text: str, original: str) -> tuple[BounceReport, ...]:
    """Read a mail that has no report for machines."""
    if is_delay(headers, text):
        return tuple(replace(report, kind="delay") for report in _told_in_words(headers, text, original))
    if is_auto_reply(headers, text):
        return (BounceReport("auto_reply", VACATION, message_id=original),)
    return _told_in_words(headers, text, original) if is_bounce(headers, text) else ()


def _told_in_words(headers: dict[str, str], text: str, original: str) -> tuple[BounceReport, ...]:
    told = told_of_recipients(headers, text)
    # What is said of others proves nothing of one.
    around = before_returned_mail(text) if len(told) == 1 else ""
    return tuple(_of_evidence(to, Evidence(said, "", around or said), original) for to, said in told)


def _is_complaint(message: Message, headers: dict[str, str], text: str) -> bool:
    """Tell whether a person called the mail spam: in a report (RFC 5965), a provider's JSON, or plain words."""
    report = first_part(message, "message/feedback-report")
    if report is None:
        return is_complaint(headers) or json_complaint(text)
    # What a machine found, such as a signature that does not fit, and "not spam" are no person's complaint.
    return not _NO_COMPLAINT.search(plain_form(report))


def _is_other_report(message: Message, headers: dict[str, str], text: str) -> bool:
    """Tell whether it reports what a machine found of a mail, or that somebody opened it (RFC 5965, RFC 8098).

    Some relays write in the latter form that they took a mail and then threw it away.
    """
    if first_part(message, "message/feedback-report"):
        return True
    return first_part(message, "message/disposition-notification") is not None and not is_bounce(
        headers, text
    )


def _reported(message: Message, text: str) -> Iterator[dict[str, str]]:
    """Give the fields told of each recipient, from the report or, where a relay broke the form, from the text."""
    report = first_part(message, "message/delivery-status")
    if report is None:
        yield from _groups(text.replace("\r", ""))
        return
    yield from _groups(plain_form(report).partition("\n\n")[2].replace("\r", ""))


def _groups(text: str) -> list[dict[str, str]]:
    groups: list[dict[str, str]] = []
    if "recipient:" not in text.lower():
        return groups
    group: dict[str, str] = {}
    for line in [*re.sub(r"\n[ \t]+", " ", text).splitlines(), ""]:
        found = _FIELD.match(line)
        name = found[1].lower() if found else ""
        # A blank line ends a recipient's group, and so does a field that the group has already.
        if (not line.strip() or name in group) and group.keys() & _TOLD_OF:
            groups.append(group)
            group = {}
        if found:
            group[name] = found[2].strip()
    return groups


def _failed(group: dict[str, str]) -> bool:
    return group.get("action", "failed").lower().partition(" ")[0] not in _ARRIVED


def _of_group(group: dict[str, str], text: str, original: str) -> BounceReport:
    recipient = _first_address(group.get("final-recipient") or group.get("original-recipient", ""))
    diagnosis = re.sub(r"^[\w-]+\s*;\s*", "", group.get("diagnostic-code", ""))
    status = group.get("status", "").partition(" ")[0]
    told = dict(told_of_recipients({}, text)).get(recipient, "") or before_returned_mail(text)
    report = _of_evidence(recipient, Evidence(diagnosis, status, told), original)
    if group.get("action", "").lower().startswith("delayed"):
        return BounceReport("delay", report.meaning, recipient, status, original)
    return report


def _of_evidence(recipient: str, evidence: Evidence, original: str) -> BounceReport:
    return BounceReport("bounce", judged(evidence), recipient, evidence.enhanced, original)


def _first_address(field: str) -> str:
    found = _ADDRESS.search(field.partition(";")[2] or field)
    return found[0].strip("<>").lower() if found else ""
