"""Mails that come back, in forms of our own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.bounces.reading import read_bounce
from notifications.channels.smtp_answers import read_reply

REPORT = """From: MAILER-DAEMON@relay.example
To: notice@bank.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

Your mail could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; ann@mail.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnosis}

--B
Content-Type: text/rfc822-headers

Message-ID: <42@bank.example>
Subject: Notice

--B--
"""


def report(action: str = "failed", status: str = "5.1.1", diagnosis: str = "550 5.1.1 no such user") -> bytes:
    return REPORT.format(action=action, status=status, diagnosis=diagnosis).encode()


def test_report_tells_recipient_status_and_the_mail_it_speaks_of() -> None:
    (found,) = read_bounce(report())
    assert (found.kind, found.recipient, found.status) == ("bounce", "ann@mail.example", "5.1.1")
    assert (found.message_id, found.is_hard) == ("<42@bank.example>", True)


@pytest.mark.parametrize(
    ("action", "status", "diagnosis", "kind", "reason", "hard"),
    [
        ("failed", "5.2.2", "552 5.2.2 Mailbox full", "bounce", "mailbox_full", False),
        ("failed", "5.7.1", "554 5.7.1 blocked by policy", "bounce", "policy", False),
        ("failed", "5.0.0", "550 User unknown", "bounce", "filtered", False),
        ("delayed", "4.4.1", "connection timed out", "delay", "expired", False),
        ("failed", "5.1.2", "550 Host unknown", "bounce", "domain_unknown", True),
    ],
)
def test_report_is_read_by_its_meaning(
    action: str, status: str, diagnosis: str, kind: str, reason: str, hard: bool
) -> None:
    (found,) = read_bounce(report(action, status, diagnosis))
    assert (found.kind, found.meaning.reason, found.is_hard) == (kind, reason, hard)


def test_report_of_success_is_no_bounce() -> None:
    assert read_bounce(report("delivered", "2.0.0", "250 ok")) == ()


def test_free_text_speaks_of_each_recipient_apart() -> None:
    raw = b"""From: MAILER-DAEMON@relay.example
Subject: Mail delivery failed

The following addresses failed:

<ann@mail.example>:
SMTP error after RCPT command:
550 5.1.1 <ann@mail.example>... User unknown
<ben@mail.example>:
SMTP error after RCPT command:
552 5.2.2 <ben@mail.example>... Mailbox full

--- The header of the original message is following. ---

Received: from bank.example
Message-ID: <7@bank.example>
"""
    ann, ben = read_bounce(raw)
    assert [(found.recipient, found.is_hard) for found in (ann, ben)] == [
        ("ann@mail.example", True),
        ("ben@mail.example", False),
    ]
    assert ann.message_id == "<7@bank.example>"


def test_absence_note_and_ordinary_mail_are_no_bounces() -> None:
    away = b"From: ann@mail.example\nSubject: Out of office: Notice\nAuto-Submitted: auto-replied\n\nBack on Monday.\n"
    assert [found.kind for found in read_bounce(away)] == ["auto_reply"]
    assert read_bounce(b"From: ann@mail.example\nSubject: A question\n\nWhat happened to my data?\n") == ()


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_without_failing(raw: bytes) -> None:
    read_bounce(raw)
    read_bounce(b"From: MAILER-DAEMON@x\nSubject: failure notice\nContent-Type: multipart/report\n\n" + raw)
    read_bounce(b"Subject: =?" + raw + b"?B?5?=\nContent-Type: message/feedback-report\n\n" + raw)


@pytest.mark.parametrize(
    ("code", "text", "calls_for"),
    [
        (550, "5.1.1 no such user", "bad_address"),
        (450, "4.1.1 user unknown, try again", "retry"),
        (452, "4.2.2 over quota", "retry"),
        (451, "4.7.1 greylisted", "retry"),
        (554, "5.7.1 rejected for policy reasons", "stop"),
        (530, "5.7.0 authentication required", "stop"),
        (552, "5.3.4 message too big", "refused"),
        (599, "?", "refused"),
        (499, "?", "retry"),
    ],
)
def test_reply_calls_for_what_its_words_mean(code: int, text: str, calls_for: str) -> None:
    assert read_reply(code, text).calls_for == calls_for
