"""E-mail over aiosmtplib: a few persistent connections to one relay, answers read by their meaning."""

import asyncio
import ssl
from collections.abc import Sequence
from functools import lru_cache

import aiosmtplib

from models.errors import UnavailableError
from notifications.channels.contract import UNSENT, Answer, MailLetter, Outcome
from notifications.smtp_answers import read_reply
from notifications.targets import MailTarget

CONNECT_SECONDS = 10.0
COMMAND_SECONDS = 30.0
_OUTCOME = {
    "bad_address": Outcome.BAD_ADDRESS,
    "retry": Outcome.RETRY,
    "stop": Outcome.STOP,
    "refused": Outcome.REFUSED,
}


@lru_cache(maxsize=1)
def shared_tls() -> ssl.SSLContext:
    """Give the one TLS context of this process: a new one for each connection costs a hundred times more."""
    return ssl.create_default_context()


def answer_of(code: int, text: str) -> Answer:
    """Read a refusal. Only the numbers are kept: the words may repeat the address."""
    meaning = read_reply(code, text)
    return Answer(_OUTCOME[meaning.calls_for], meaning.reason, str(code))


class EmailChannel:
    """One relay, for the length of a batch."""

    name = "email"

    def __init__(self, target: MailTarget, connections: int = 8) -> None:
        """Open connections only as letters need them, at most so many."""
        self._target, self._most = target, connections
        self._idle: list[aiosmtplib.SMTP] = []
        self._stopped = False
        self.lost = ""

    async def open(self) -> None:
        """Connect, say hello, secure the line and log in.

        Raises:
            UnavailableError: the relay does not answer or does not let us in; nothing was sent.
        """
        self._idle.append(await self._connect())

    async def send(self, letters: Sequence[MailLetter], seconds: float) -> list[Answer]:
        """Send letters over the pool; after `seconds` the rest stays unsent."""
        answers: list[Answer] = [UNSENT] * len(letters)
        places = iter(range(len(letters)))
        ends = asyncio.get_running_loop().time() + seconds
        lines = min(self._most, len(letters))
        await asyncio.gather(*(self._line(letters, answers, places, ends) for _ in range(lines)))
        return answers

    async def close(self) -> None:
        """Say goodbye on every connection."""
        for client in self._idle:
            try:
                await client.quit(timeout=2.0)
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                client.close()
        self._idle.clear()

    async def _connect(self) -> aiosmtplib.SMTP:
        target = self._target
        client = aiosmtplib.SMTP(
            hostname=target.host,
            port=target.port,
            timeout=CONNECT_SECONDS,
            use_tls=target.tls == "implicit",
            start_tls=target.tls == "starttls",
            tls_context=shared_tls() if target.tls != "none" else None,
            username=target.user or None,
            password=target.password or None,
        )
        try:
            await client.connect()
            await client.ehlo() if client.last_ehlo_response is None else None
        except aiosmtplib.SMTPAuthenticationError as error:
            raise _unavailable(
                target, f"refuses our name and password ({error.code})", "TOCSIN_SMTP_URL"
            ) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise _unavailable(target, f"does not answer ({type(error).__name__})", "") from None
        return client

    async def _line(self, letters, answers, places, ends) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        client = self._idle.pop() if self._idle else None
        loop = asyncio.get_running_loop()
        for place in places:
            if self._stopped or self.lost or loop.time() > ends:
                break
            try:
                client = client or await self._connect()
            except UnavailableError as error:
                self.lost = str(error)
                break
            answers[place] = await self._one(client, letters[place])
            if answers[place].outcome is Outcome.STOP:
                self._stopped = True
            if not client.is_connected:
                client = None
        if client is not None:
            self._idle.append(client)

    async def _one(self, client: aiosmtplib.SMTP, letter: MailLetter) -> Answer:
        options = ["BODY=8BITMIME"] if client.supports_extension("8bitmime") else []
        international = not letter.filled.address.isascii()
        if international and not client.supports_extension("smtputf8"):
            return Answer(Outcome.REFUSED, "relay_without_smtputf8")
        form = letter.skeleton.eight_bit if options else letter.skeleton.seven_bit
        encoding = "utf-8" if international else "ascii"
        if international:
            options.append("SMTPUTF8")
        try:
            await client.mail(
                self._target.sender, options=options, encoding=encoding, timeout=COMMAND_SECONDS
            )
            await client.rcpt(letter.filled.address, encoding=encoding, timeout=COMMAND_SECONDS)
        except aiosmtplib.SMTPResponseException as error:
            await self._reset(client)
            return answer_of(error.code, error.message)
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            client.close()  # the content was not begun, so it can't have been taken
            return Answer(Outcome.RETRY, "connection_lost")
        return await self._content(client, form(letter.filled))

    async def _content(self, client: aiosmtplib.SMTP, content: bytes) -> Answer:
        try:
            await client.data(content, timeout=COMMAND_SECONDS)
        except aiosmtplib.SMTPResponseException as error:
            await self._reset(client)
            return answer_of(error.code, error.message)
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            client.close()
            return Answer(Outcome.UNKNOWN, "connection_lost")
        return Answer(Outcome.SENT)

    async def _reset(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.rset(timeout=COMMAND_SECONDS)
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            client.close()


def _unavailable(target: MailTarget, what: str, setting: str) -> UnavailableError:
    remedy = f"Mend {setting}" if setting else "Start it or mend TOCSIN_SMTP_URL"
    if target.rehearsal:
        remedy = "Start the rehearsal servers (`tocsin up` does)"
    return UnavailableError(
        f"The mail relay {what}.",
        where=f"{target.host}:{target.port}",
        remedy=f"{remedy}; nothing is lost, delivery goes on when it is called again.",
    )
