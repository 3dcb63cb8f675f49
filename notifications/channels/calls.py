"""One message to one member of staff, by mail or SMS: the clients and providers of the notices, without a journal."""

from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import aiosmtplib

from models.clock import system_clock
from models.errors import UnavailableError
from notifications.channels.contract import Outcome, TextLetter
from notifications.channels.relay_connection import connect
from notifications.channels.sms import SmsChannel
from notifications.targets import MailTarget, TextTarget

ANSWER_SECONDS = 20.0


async def call_by_mail(target: MailTarget, address: str, subject: str, body: str) -> None:
    """Send one mail.

    Raises:
        UnavailableError: the relay did not take it; calling again is right.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = target.sender, address, subject
    message["Date"], message["Message-ID"] = (
        format_datetime(system_clock()),
        make_msgid(domain="tocsin.invalid"),
    )
    message["Auto-Submitted"], message["Importance"] = "auto-generated", "high"
    message.set_content(body)
    client = await connect(target)
    try:
        await client.send_message(message, timeout=ANSWER_SECONDS)
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise UnavailableError(
            f"The mail relay did not take a call to staff ({type(error).__name__}).", where=target.host
        ) from None
    finally:
        client.close()


async def call_by_text(target: TextTarget, number: str, body: str) -> None:
    """Send one SMS.

    Raises:
        UnavailableError, RefusedError: the provider did not take it.
    """
    channel = SmsChannel(target, connections=1)
    await channel.open()
    try:
        [answer] = await channel.send([TextLetter(0, number, body)], ANSWER_SECONDS)
    finally:
        await channel.close()
    if answer.outcome is not Outcome.SENT:
        raise UnavailableError(
            f"The SMS provider did not take a call to staff ({answer.reason or answer.outcome}).",
            where=target.base_url or "the provider",
            remedy=answer.remedy,
        )
