"""One relay connection without a pipeline: for servers that do not offer PIPELINING or 8BITMIME."""

import asyncio

import aiosmtplib

from notifications.channels.contract import SENT, UNSENT, Answer, Outcome
from notifications.channels.pipeline import ANSWER_SECONDS, Errand, Pool

_LOST = (aiosmtplib.SMTPException, OSError, TimeoutError)


class InTurnLine:
    """Sends the pool's letters command by command through aiosmtplib. `seconds`: how long the last one took."""

    def __init__(self, client: aiosmtplib.SMTP, sender: str, pool: Pool["InTurnLine"]) -> None:
        """Take over an open client."""
        self._client, self._sender, self._pool = client, sender, pool
        self.seconds: float | None = None
        self._work: asyncio.Task[None] | None = None
        self._eight_bit = client.supports_extension("8bitmime")
        self._utf8 = client.supports_extension("smtputf8")

    @property
    def idle(self) -> bool:
        """Whether nothing is being sent."""
        return self._work is None

    def kick(self) -> None:
        """Begin with the next errand if idle."""
        if self._work is None:
            self._work = asyncio.create_task(self._run())

    def quit(self) -> None:
        """Hang up."""
        if self._work is not None:
            self._work.cancel()
        self._client.close()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while (errand := self._pool.take()) is not None:
            began = loop.time()
            answer = await self._send(errand)
            self.seconds = loop.time() - began
            self._pool.answered(errand, answer)
            if not self._client.is_connected:
                self._pool.ended(self)
                return
        self._work = None

    async def _send(self, errand: Errand) -> Answer:
        filled, skeleton = errand.letter.filled, errand.letter.skeleton
        international = not filled.address.isascii()
        if international and not self._utf8:
            return Answer(Outcome.REFUSED, "relay_without_smtputf8")
        options = (["BODY=8BITMIME"] if self._eight_bit else []) + (["SMTPUTF8"] if international else [])
        encoding = "utf-8" if international else "ascii"
        client, wait = self._client, ANSWER_SECONDS
        try:
            await client.mail(self._sender, options=options, encoding=encoding, timeout=wait)
            await client.rcpt(filled.address, encoding=encoding, timeout=wait)
        except aiosmtplib.SMTPResponseException as error:
            return await self._refused(error)
        except _LOST:
            client.close()
            return UNSENT  # the text was not begun, so it can't have been taken
        return await self._content(
            skeleton.eight_bit(filled) if self._eight_bit else skeleton.seven_bit(filled)
        )

    async def _content(self, content: bytes) -> Answer:
        try:
            await self._client.data(content, timeout=ANSWER_SECONDS)
        except aiosmtplib.SMTPResponseException as error:
            return await self._refused(error)
        except _LOST:
            self._client.close()
            return Answer(Outcome.UNKNOWN, "connection_lost")
        return SENT

    async def _refused(self, error: aiosmtplib.SMTPResponseException) -> Answer:
        try:
            await self._client.rset(timeout=ANSWER_SECONDS)
        except _LOST:
            self._client.close()
        return self._pool.read(error.code, error.message)
