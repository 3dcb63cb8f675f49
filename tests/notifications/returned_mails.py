"""Mails that come back, written by us in the forms of well-known relays and mail programs."""

import base64
from email.header import Header

MESSAGE_ID = "<42@bank.example>"
ORIGINAL = f"""Received: from bank.example by relay.example
From: notice@bank.example
To: ann@mail.example
Message-ID: {MESSAGE_ID}
Subject: Notice

Dear Ann, your mailbox is full of spam; user unknown.
"""


def in_words(
    text: str, subject: str = "failure notice", sender: str = "MAILER-DAEMON@relay.example", **headers: str
) -> bytes:
    """Write a mail of text alone, encoded as its characters need."""
    return _mail(f"{text}\n", subject, sender, "text/plain", headers)


def in_json(text: str) -> bytes:
    """Write a provider's notification as it arrives by mail."""
    return in_words(text, "AWS Notification Message", "no-reply@sns.example")


def in_report(
    text: str,
    status: str,
    diagnosis: str,
    action: str = "failed",
    subject: str = "Undelivered Mail Returned to Sender",
) -> bytes:
    """Write a delivery report (RFC 3464) on Ann's address."""
    fields = f"Final-Recipient: rfc822; ann@mail.example\nAction: {action}\nStatus: {status}\n"
    fields += f"Diagnostic-Code: smtp; {diagnosis}\n" if diagnosis else ""
    return _parts("delivery-status", text, fields, subject, "MAILER-DAEMON@relay.example")


def in_feedback(kind: str) -> bytes:
    """Write a report of a feedback loop (RFC 5965)."""
    fields = f"Feedback-Type: {kind}\nUser-Agent: Example/1\nVersion: 1\n"
    return _parts("feedback-report", "This is a report.", fields, "FW: Notice", "feedback@mail.example")


def in_receipt(disposition: str) -> bytes:
    """Write a receipt for a mail that was shown (RFC 8098)."""
    fields = f"Original-Message-ID: {MESSAGE_ID}\nDisposition: {disposition}\n"
    return _parts(
        "disposition-notification", "Your message was read.", fields, "Read: Notice", "ann@mail.example"
    )


def returned(text: str) -> str:
    """Put the mail that came back under a text, as qmail does."""
    return f"{text}\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <notice@bank.example>\n{ORIGINAL}"


def _parts(kind: str, text: str, fields: str, subject: str, sender: str) -> bytes:
    charset, encoded = "utf-8", base64.encodebytes(text.encode()).decode()
    head = f"From: {sender}\nSubject: {_subject(subject)}\nMIME-Version: 1.0\n"
    head += 'Content-Type: multipart/report; boundary="B"\n'
    readable = (
        f"--B\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n{encoded}\n"
    )
    report = f"--B\nContent-Type: message/{kind}\n\nReporting-MTA: dns; relay.example\n\n{fields}\n"
    whole = f"{head}\n{readable}{report}--B\nContent-Type: message/rfc822\n\n{ORIGINAL}\n--B--\n"
    return whole.replace("\n", "\r\n").encode()


def _mail(text: str, subject: str, sender: str, kind: str, headers: dict[str, str]) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    head = f"From: {sender}\nSubject: {_subject(subject)}\n{more}MIME-Version: 1.0\n"
    head += f"Content-Type: {kind}; charset=utf-8\n"
    whole = f"{head}Content-Transfer-Encoding: base64\n\n{base64.encodebytes(text.encode()).decode()}"
    return whole.replace("\n", "\r\n").encode()


def _subject(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8").encode()
