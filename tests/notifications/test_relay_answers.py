"""Replies of well-known relays, in their own forms: read by meaning where number, code and words disagree."""

import pytest

from notifications.channels.smtp_answers import read_reply

BAD_ADDRESS = (
    (550, "5.1.1 The email account that you tried to reach does not exist. Please try double-checking"),
    (550, "5.4.1 Recipient address rejected: Access denied. AS(201806281) [x.prod.outlook.example]"),
    (550, "5.5.0 Requested action not taken: mailbox unavailable (S2017062302)."),
    (550, "permanent failure for one or more recipients (ann@mail.example:550 5.1.1 no such user)"),
    (550, "User not found: ann@mail.example"),
    (511, "sorry, no mailbox here by that name (#5.1.1 - chkuser)"),
    (551, "User not local; please try <ben@other.example>"),
    (556, "5.1.10 Recipient address has null MX"),
    (550, "Die Empfängeradresse existiert nicht"),
    (550, "Le compte n'existe pas"),
    (550, "El usuario no existe"),
    (550, "收件人不存在"),
    (550, "5.1.1 宛先不明"),
    (550, "Odbiorca nieznany"),
    (550, "Uživatel neexistuje"),
    (550, "Mottagaren finns inte"),
    (550, "Неизвестный получатель"),
    (550, "RCPT (ann@mail.example) does not exist"),
    (550, "The recipient can't be located: unable to find the mailbox"),
    (550, "No MX or A records for mail.example"),
    (553, "sorry, this recipient is not in my validrcptto list (#5.7.1)"),
)
RETRY = (
    (450, "Requested mail action not taken: mailbox unavailable"),
    (450, "4.1.1 <ann@mail.example>: Recipient address rejected: unverified address"),
    (
        450,
        "4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
    ),
    (421, "4.7.28 Our system has detected an unusual rate of unsolicited mail from your IP address."),
    (421, "4.3.2 Service not available, closing transmission channel"),
    (451, "4.7.500 Server busy. Please try again later from [192.0.2.4]."),
    (454, "4.7.0 TLS not available due to local problem"),
    (471, "4.7.1 x"),
    (421, "HL:ICC 163 mx"),
    (550, "5.1.1 User account is overquota"),
    (550, "5.2.0 STOREDRV.Deliver; mailbox is full (QuotaExceeded)"),
    (550, "Postfach voll"),
    (552, "邮箱空间不足"),
    (554, "5.4.14 Hop count exceeded - possible mail loop"),
    (450, "4.4.3 Name service error for name=mail.example: Host not found, try again"),
    (550, "Name service error for name=mail.example: Host not found, try again"),
    (554, "5.3.2 System not accepting network messages"),
    (454, "4.7.0 Temporary authentication failure"),
    (550, "5.4.5 Daily user sending limit exceeded"),
    (550, "You have exceeded the number of messages per hour"),
    (421, "mx.example Service not available - too busy"),
    (550, "Greylisted, come back in 300 seconds"),
    (550, "Mailbox is locked"),
    (550, "Postvak is vol"),
)
STOP = (
    (535, "Incorrect authentication data"),
    (530, "5.7.0 Must issue a STARTTLS command first"),
    (538, "x"),
    (550, "5.7.708 Service unavailable. Access denied, traffic not accepted from this IP"),
    (550, "5.7.26 This mail has been blocked because the sender is unauthenticated."),
    (550, "5.7.606 Access denied, banned sending IP [192.0.2.4]"),
    (550, "Verification failed for <notice@bank.example>: the account or domain may not exist"),
    (554, "Transaction failed: cannot send message due to possible abuse"),
    (554, "mta1.mail.example Connection not permitted"),
    (554, "DT:SPM 163 mx1"),
    (571, "Delivery not authorized, message refused"),
    (503, "5.5.1 Error: need RCPT command"),
    (550, "Too many unknown users from your server"),
    (554, "5.6.0 Message contains an invalid header"),
    (554, "No SMTP service here"),
    (550, "5.7.1 Message with a suspicious link"),
    (551, "we do not relay"),
    (554, "5.6.9 ?"),
)
REFUSED = (
    (550, "Message undeliverable, recipient declined mail from you"),
    (552, "5.3.4 Message size exceeds fixed limit"),
    (523, "the message size exceeds limit"),
    (552, "5.3.4 ?"),
    (550, "Message length exceeds administrative limit"),
)
ALL = [
    (*reply, calls_for)
    for calls_for, replies in (
        ("bad_address", BAD_ADDRESS),
        ("retry", RETRY),
        ("stop", STOP),
        ("refused", REFUSED),
    )
    for reply in replies
]


@pytest.mark.parametrize(("code", "text", "calls_for"), ALL)
def test_reply_of_a_known_relay_calls_for_what_it_means(code: int, text: str, calls_for: str) -> None:
    assert read_reply(code, text).calls_for == calls_for
