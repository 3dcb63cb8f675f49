"""Bounces, delays, complaints and automatic answers of well-known relays and mail programs, in many languages."""

import pytest

from notifications.bounces.reading import read_bounce
from tests.notifications.returned_mails import (
    MESSAGE_ID,
    in_feedback,
    in_json,
    in_receipt,
    in_report,
    in_words,
    returned,
)

RCPT = "(in reply to RCPT TO command)"
END = "(in reply to end of DATA command)"
POSTFIX = (
    "This is the mail system at host relay.example.\n\n<ann@mail.example>: host mx[192.0.2.7] said: {} {}"
)
EXIM = "A message that you sent could not be delivered.\n\n  ann@mail.example\n    {}\n\n"
EXIM += "------ This is a copy of the message, including all the headers. ------\n\nReceived: x\nYour mail was spam.\n"
QMAIL = (
    "I'm afraid I wasn't able to deliver your message to the following addresses.\n\n<ann@mail.example>:\n{}"
)
EXCHANGE = "\n\n      ann@mail.example\n            {}\n            <mx.mail.example #5.1.1>\n"
ADMIN = "System <postmaster@mail.example>"


def exim(reason: str) -> bytes:
    return in_words(
        EXIM.format(reason),
        "Mail delivery failed: returning message to sender",
        X_Failed_Recipients="ann@mail.example",
    )


DEAD = {
    "postfix": in_report(POSTFIX.format("550 No such user here", RCPT), "5.0.0", "550 No such user here"),
    "postfix-domain": in_report("x", "5.4.4", "Host or domain name not found. Name service error: Host not found"),
    "exim": exim("SMTP error from remote mail server after RCPT TO:<ann@mail.example>:\n    550 User unknown"),
    "exim-route": exim("Unrouteable address"),
    "exim-mx": exim("all relevant MX records point to non-existent hosts"),
    "qmail": in_words(returned(QMAIL.format("Sorry, no mailbox here by that name. (#5.1.1)"))),
    "qmail-rcpt": in_words(
        returned(QMAIL.format("192.0.2.7 does not like recipient.\nRemote host said: 550 no such user\nGiving up."))
    ),
    "exchange-de": in_words(EXCHANGE.format("Das Konto ist nicht vorhanden."), "Unzustellbar: Mitteilung", ADMIN),
    "exchange-fr": in_words(EXCHANGE.format("Le compte n'existe pas."), "Non remis : Avis", ADMIN),
    "exchange-ja": in_words(EXCHANGE.format("アカウントは存在しません。"), "配信不能: 通知", ADMIN),
    "exchange-zh": in_words(EXCHANGE.format("不存在此电子邮件帐户。"), "未送达: 通知", ADMIN),
    "exchange-online": in_report("x", "5.4.1", "550 5.4.1 Recipient address rejected: Access denied. [x]"),
    "gmail": in_report("x", "5.1.1", "550-5.1.1 The account that you tried\r\n 550 5.1.1 to reach does not exist."),
    "qq": in_words("收件人邮件地址（ann@mail.example）不存在，邮件无法送达。", "来自qq.com的退信"),
    "domino": in_words(
        "was not delivered to:\n  ann@mail.example\nbecause:\n  User ann not listed in Domino Directory",
        "DELIVERY FAILURE: User ann not listed in Domino Directory",
        ADMIN,
    ),
    "docomo": in_words("<ann@mail.example>: 550 Unknown user (in reply to RCPT TO)", "メールが送信できませんでした"),
    "ses": in_json(
        '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"ann@mail.example","status":"5.1.1",'
        '"diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},"mail":{"commonHeaders":{"messageId":"<42@bank.example>"}}}'
    ),
}  # fmt: skip
ALIVE = {
    "postfix-end-of-data": in_report(POSTFIX.format("550 Unknown user", END), "5.0.0", "550 Unknown user"),
    "postfix-dns-later": in_report("x", "4.4.3", "Host or domain name not found: Host not found, try again"),
    "exim-full": exim("mailbox is full: retry timeout exceeded"),
    "exim-end-of-data": exim("SMTP error from remote mail server after end of data:\n    550 no such user"),
    "qmail-after-data": in_words(
        returned(
            QMAIL.format("192.0.2.7 failed after I sent the message.\nRemote host said: 550 user unknown")
        )
    ),
    "gmail-full": in_report(
        "** Inbox full **", "5.2.2", "552 5.2.2 The recipient's inbox is out of storage space."
    ),
    "gmail-group": in_words(
        "連絡しようとしたグループ（ann）が存在しないか、権限がない可能性があります。",
        "Delivery Status Notification (Failure)",
        X_Failed_Recipients="ann@mail.example",
    ),
    "exchange-rule": in_report(
        "x", "5.7.1", "550 5.7.1 TRANSPORT.RULES.RejectMessage; rejected by organization policy"
    ),
    "sfr-full": in_words("<ann@mail.example> : boîte aux lettres pleine", "Échec de remise"),
    "qq-refused": in_words("退信原因：收件人（ann@mail.example）设置了拒收您的来信。", "来自qq.com的退信"),
    "netease": in_words("<ann@mail.example>: SMTP error, DATA: 554 DT:SPM 163 mx5", "系统退信"),
}
DELAYED = {
    "postfix": in_report(
        "x", "4.2.0", "450 4.2.0 Greylisted", "delayed", "Delayed Mail (still being retried)"
    ),
    "exim": in_words(
        "A message that you sent has not yet been delivered to one or more of its recipients.\n"
        "  ann@mail.example\n    451 4.7.1 Greylisting\nDelivery attempts will continue.",
        "Warning: message 1abc-0001 delayed 24 hours",
        Auto_Submitted="auto-replied",
    ),
    "exchange-zh": in_words("传递延迟：ann@mail.example，将继续尝试。", "传递已延迟: 通知", ADMIN),
}
COMPLAINTS = {
    "arf": in_feedback("abuse"),
    "arf-opt-out": in_feedback("opt-out"),
    "ses": in_json(
        '{"notificationType":"Complaint","complaint":{"complaintFeedbackType":"abuse"},"mail":{}}'
    ),
}
ABSENT = {
    "en": "Automatic reply: Notice",
    "de": "Automatische Antwort: Mitteilung",
    "fr": "Réponse automatique : Avis",
    "es": "Respuesta automática: Aviso",
    "it": "Risposta automatica: Avviso",
    "ja": "自動応答: 通知",
    "zh": "自动答复: 通知",
    "zh-Hant": "自動回覆: 通知",
    "ko": "자동 회신: 통지",
}  # fmt: skip
NOTHING = {
    "delivered": in_report("x", "2.0.0", "250 ok", "delivered", "Successful Mail Delivery Report"),
    "relayed": in_report("x", "2.0.0", "250 ok", "relayed", "Successful Mail Delivery Report"),
    "ses-delivered": in_json(
        '{"notificationType":"Delivery","delivery":{"recipients":["ann@mail.example"]}}'
    ),
    "arf-not-spam": in_feedback("not-spam"),
    "arf-authentication": in_feedback("auth-failure"),
    "read": in_receipt("manual-action/MDN-sent-manually; displayed"),
    "deleted": in_receipt("automatic-action/MDN-sent-automatically; deleted"),
    "digest": in_words(
        "1. failure notice", "Users Digest", "list-bounces@lists.example", List_Id="<users.x>"
    ),
    "question": in_words(
        "You wrote of a failure notice. What happened?", "Re: Notice", "Ann <ann@mail.example>"
    ),
}


@pytest.mark.parametrize("raw", DEAD.values(), ids=list(DEAD))
def test_dead_address_is_found(raw: bytes) -> None:
    (found,) = read_bounce(raw)
    assert (found.kind, found.is_hard) == ("bounce", True)


@pytest.mark.parametrize("raw", ALIVE.values(), ids=list(ALIVE))
def test_address_that_may_live_is_not_taken_for_dead(raw: bytes) -> None:
    (found,) = read_bounce(raw)
    assert (found.kind, found.is_hard) == ("bounce", False)


@pytest.mark.parametrize("raw", DELAYED.values(), ids=list(DELAYED))
def test_mail_that_is_still_being_tried_is_no_bounce(raw: bytes) -> None:
    (found,) = read_bounce(raw)
    assert (found.kind, found.is_hard) == ("delay", False)


@pytest.mark.parametrize("raw", COMPLAINTS.values(), ids=list(COMPLAINTS))
def test_complaint_is_found(raw: bytes) -> None:
    assert [found.kind for found in read_bounce(raw)] == ["complaint"]


@pytest.mark.parametrize("subject", ABSENT.values(), ids=list(ABSENT))
def test_absence_note_is_known_by_its_subject_in_many_languages(subject: str) -> None:
    raw = in_words("I am away. Call 550 123 4567.", subject, "Ann <ann@mail.example>")
    assert [found.kind for found in read_bounce(raw)] == ["auto_reply"]


@pytest.mark.parametrize("raw", NOTHING.values(), ids=list(NOTHING))
def test_mail_of_another_kind_says_nothing(raw: bytes) -> None:
    assert read_bounce(raw) == ()


@pytest.mark.parametrize("name", ["qmail", "gmail", "ses"])
def test_mail_that_came_back_is_named_in_whatever_encoding(name: str) -> None:
    assert [found.message_id for found in read_bounce(DEAD[name])] == [MESSAGE_ID]


def test_providers_json_names_the_mail_by_the_header_of_ours() -> None:
    ours = f"<INC-2026-0001.N1.{'0' * 16}.{'1' * 16}@bank.example>"
    raw = in_json(
        '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"ann@mail.example","status":"5.1.1"}]},'
        '"mail":{"commonHeaders":{"messageId":"<0100@relay.example>"},'
        '"headers":[{"name":"Subject","value":"Notice"},{"name":"X-Tocsin-Notice","value":"' + ours + '"}]}}'
    )
    assert [found.message_id for found in read_bounce(raw)] == [ours]


def test_what_is_said_of_one_recipient_proves_nothing_of_another() -> None:
    raw = in_words(
        "<ann@mail.example>:\n550 message refused\n\n<ben@mail.example>:\n550 5.1.1 no such user (in reply to RCPT TO)"
    )
    assert [(found.recipient, found.is_hard) for found in read_bounce(raw)] == [
        ("ann@mail.example", False),
        ("ben@mail.example", True),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b'From: MAILER-DAEMON@x\nContent-Type: text/plain; charset="x\0y"\n\n550 5.1.1 user unknown',
        b"From: =?i]o-\xff022?B?MMM=?= <MAILER-DAEMON@x>\nSubject: failure notice\n\n550 user unknown",
        b"Content-Type: message/rfc822\n\nReceived: a\x0b\n0:1\nSubject: failure notice",
    ],
    ids=["charset", "header", "returned"],
)
def test_mail_that_the_library_can_not_read_keeps_no_other_waiting(raw: bytes) -> None:
    assert len(read_bounce(raw)) <= 1


def test_long_mail_is_read_at_its_beginning_only() -> None:
    book = (
        "<ann@mail.example>: 550 5.1.1 user unknown\n"
        + "host not delivered\n" * 2000
        + "<ben@mail.example>: 550\n"
    )
    assert [found.recipient for found in read_bounce(in_words(book))] == ["ann@mail.example"]
