"""Mails that come back, in the dialects of many relays: told hard from soft by general rules, not by their senders."""

import pytest

from notifications.bounces.reading import BounceReport, read_bounce

DAEMON = "Mail Delivery System <mailer-daemon@relay.example>"


def mail(text: str, sender: str = DAEMON, subject: str = "Mail delivery failed", more: str = "") -> bytes:
    return f"From: {sender}\nSubject: {subject}\n{more}\n{text}\n".encode()


def report(text: str, status: str, diagnosis: str = "") -> bytes:
    """Give a delivery report of one recipient."""
    code = f"Diagnostic-Code: smtp; {diagnosis}\n" if diagnosis else ""
    return mail(
        f"--B\nContent-Type: text/plain; charset=utf-8\n\n{text}\n--B\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; relay.example\n\nFinal-Recipient: rfc822; ann@mail.example\nAction: failed\n"
        f"Status: {status}\n{code}\n--B--",
        more='Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n',
    )


def read_one(raw: bytes) -> BounceReport:
    (found,) = read_bounce(raw)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "<ann@mail.example>:\nSorry, no mail exchanger: couldn't find a mail exchanger or IP address. (#5.4.4)",
        'ann@mail.example:\n  unknown local-part "ann" in domain "mail.example"',
        "ann@mail.example\n    no such address here",
        "undeliverable to the following:\n\tann@mail.example (user not found)",
        "ann@mail.example - no such user here.",
        (
            "Each of the following recipients was rejected by a remote mail server.\n"
            "    Recipient: <ann@mail.example>\n    Reason: User unknown"
        ),
        '<ann@mail.example>: unknown user: "ann"',
        "Your mail sent on Monday was not delivered.\n<ann@mail.example>: 550 <ann@mail.example>: User unknown",
        "  ann@mail.example\n\nThe error that the other server returned was: 550 550 unknown user (state 14).",
        "ann@mail.example: it was rejected by the recipient domain. 550 5.1.1 Address unknown",
        "  SMTP:RCPT host 192.0.2.4: 553 5.3.0 <ann@mail.example>... No such user",
        (
            "<ann@mail.example>: host mx.mail.example said:\n    550-ann@mail.example is not an active address here\n"
            "    550 (ask us) (in reply to RCPT TO command)"
        ),
    ],
)
def test_relay_that_knows_no_such_person_is_believed(text: str) -> None:
    found = read_one(mail(text))
    assert (found.recipient, found.is_hard) == ("ann@mail.example", True)


@pytest.mark.parametrize(
    "text",
    [
        "ann@mail.example: 550 unknown user (state 18).",
        "<ann@mail.example>: host mx said: 550 user unknown (in reply to end of DATA command)",
        "<ann@mail.example>: Name service error for domain mail.example: Host not found, try again",
        "<ann@mail.example>: 550 Too many unknown users from your server (in reply to RCPT TO command)",
        "ann@mail.example\n    mailbox is full: retry timeout exceeded",
    ],
)
def test_what_says_nothing_for_good_of_the_person_condemns_no_address(text: str) -> None:
    found = read_one(mail(text))
    assert (found.kind, found.recipient, found.is_hard) == ("bounce", "ann@mail.example", False)


def test_status_counts_for_more_than_the_courtesies_around_it() -> None:
    courtesy = "This mail was scanned for viruses and spam and is subject to our security policy."
    assert read_one(report(courtesy, "5.1.1")).is_hard
    assert read_one(report(courtesy, "5.2.2")).meaning.reason == "mailbox_full"


def test_subject_of_our_own_mail_that_is_repeated_says_nothing() -> None:
    text = "Your message\n  Subject: {}\ndid not reach:\nann@mail.example\n  {}"
    known = text.format("Virus and spam: blocked accounts", "The recipient name is not recognized")
    full = text.format("User unknown? No such mailbox 5.1.1", "The recipient's mailbox is full")
    assert [read_one(mail(each)).is_hard for each in (known, full)] == [True, False]


def test_bounce_that_went_through_a_list_is_one() -> None:
    listed = "List-Id: <customers.bank.example>\nPrecedence: bulk\n"
    bounced = mail("<ann@mail.example>: 550 5.1.1 user unknown (in reply to RCPT TO command)", more=listed)
    offer = mail(
        "Free delivery of 550 items.", sender="bounce@shop.example", subject="Delivery on Friday", more=listed
    )
    assert read_one(bounced).is_hard
    assert read_bounce(offer) == ()


def test_bounce_is_read_also_after_blank_lines_and_in_html_with_entities() -> None:
    page = "<p>To:&nbsp;all@list.example</p>\n<p>ann@mail.example&nbsp;on Monday</p>\n<p>The name is not recognized</p>"
    raw = b"  \r\n\r\n" + mail(page, more="Content-Type: text/html; charset=utf-8\n")
    assert read_one(raw).is_hard


def test_relay_that_throws_a_mail_away_after_taking_it_says_so_in_a_receipt() -> None:
    receipt = (
        "--B\nContent-Type: text/plain\n\n{}\n--B\nContent-Type: message/disposition-notification\n\n"
        "Final-Recipient: rfc822; ann@mail.example\nDisposition: automatic-action/MDN; deleted\n--B--"
    )
    kind = 'Content-Type: multipart/report; report-type=disposition-notification; boundary="B"\n'
    thrown = receipt.format("Your message to <ann@mail.example> was rejected: over quota")
    found = read_one(mail(thrown, subject="Automatically rejected mail", more=kind))
    assert found.meaning.reason == "mailbox_full"
    opened = receipt.format("Your message was displayed.")
    assert read_bounce(mail(opened, sender="ann@mail.example", subject="Read: notice", more=kind)) == ()


@pytest.mark.parametrize(
    ("subject", "more"),
    [
        ("Automatyczna odpowiedź: notice", ""),
        ("Autosvar: notice", ""),
        ("Automatikus válasz: notice", ""),
        ("Respuesta automática: notice", ""),
        ("Re: notice", "Precedence: auto_reply\n"),
    ],
)
def test_absence_is_known_in_many_languages(subject: str, more: str) -> None:
    found = read_one(mail("Until Monday.", sender="Ann <ann@mail.example>", subject=subject, more=more))
    assert found.kind == "auto_reply"


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        (DAEMON, "Mail delivery warning", "Delivery to ann@mail.example has been postponed."),
        ("gateway@filter.example", "Delivery failure", "ann@mail.example\nDelivery attempts will continue."),
        ("postmaster@mail.example", "Wiadomość opóźniona", "ann@mail.example"),
    ],
)
def test_relay_that_goes_on_trying_has_not_given_up(sender: str, subject: str, text: str) -> None:
    assert [found.kind for found in read_bounce(mail(text, sender=sender, subject=subject))] == ["delay"]


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: Undelivered mail", "It could not be delivered to ann@mail.example? 550 what?"),
        ("Your parcel failed to arrive", "It could not be delivered. Choose a new day."),
    ],
)
def test_people_and_shops_who_write_of_deliveries_send_no_bounces(subject: str, text: str) -> None:
    assert read_bounce(mail(text, sender="Ann <ann@mail.example>", subject=subject)) == ()
