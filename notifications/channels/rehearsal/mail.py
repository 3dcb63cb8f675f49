"""A relay that accepts mail, keeps it, and sends nothing on.

Some addresses answer as real ones would: anyone at bounce.example is unknown there, at full.example the mailbox is
full, greylist.example asks to come back once, blocked.example refuses by policy.
"""

import asyncio
import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from models.clock import Clock, iso_utc, system_clock
from notifications.channels.rehearsal.keeping import KeptLines, read_lines
from notifications.relay_journal import INDEX

MAILS = "mails"
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
_ANSWERS = {
    "bounce.example": "550 5.1.1 No such user here",
    "full.example": "452 4.2.2 Mailbox full",
    "blocked.example": "554 5.7.1 Message refused by local policy",
}
_GREYLISTED = "451 4.7.1 Greylisted, try again later"


@dataclass
class MailFault:
    """A fault to act out `times` times: a reply at RCPT or DATA, or dropping the line before or after keeping."""

    reply: str = ""
    at: str = "rcpt"  # rcpt, data, drop_before, drop_after
    times: int = 1


class MailKeeper:
    """Handles one server's mail: refuses where the address says so, keeps the rest."""

    def __init__(self, folder: Path, clock: Clock = system_clock) -> None:
        """Keep mail in `folder`: `mails` holds them end to end, the index tells where each begins."""
        self._index = KeptLines(folder / INDEX)
        self._mails = os.open(folder / MAILS, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        self._end = os.fstat(self._mails).st_size
        self._clock = clock
        self._greeted: set[str] = set()
        self.faults: list[MailFault] = []
        self.kept = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer one RCPT."""
        fault = self._fault("rcpt")
        if fault is not None:
            return fault.reply
        domain = address.rpartition("@")[2].lower()
        if domain == "greylist.example" and address not in self._greeted:
            self._greeted.add(address)
            return _GREYLISTED
        if domain in _ANSWERS:
            return _ANSWERS[domain]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one mail, then acknowledge it."""
        if (refused := self._fault("data")) is not None:
            return refused.reply
        if self._fault("drop_before") is not None:
            _drop(server)
            return "421 4.4.2 gone"
        self._keep(envelope)
        if self._fault("drop_after") is not None:
            _drop(server)
        return "250 2.0.0 Kept"

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        os.write(self._mails, content)
        found = _MESSAGE_ID.search(content)
        entry = {
            "message_id": found[1].decode("ascii", "replace") if found else "",
            "to": envelope.rcpt_tos,
            "from": envelope.mail_from,
            "at": iso_utc(self._clock()),
            "offset": self._end,
            "length": len(content),
        }
        self._end += len(content)
        self._index.append(entry)
        self.kept += 1

    def _fault(self, at: str) -> MailFault | None:
        for fault in self.faults:
            if fault.at == at and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def close(self) -> None:
        """Close the files."""
        self._index.close()
        os.close(self._mails)


def _drop(server: SMTP) -> None:
    transport: Any = server.transport
    if transport is not None:
        transport.abort()


async def serve_mail(keeper: MailKeeper, host: str, port: int) -> asyncio.Server:
    """Listen; port 0 takes a free one."""
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        # The size limit is far above any notice; decoding is off so that every script arrives as sent.
        return SMTP(
            keeper,
            enable_SMTPUTF8=True,
            decode_data=False,
            hostname="localhost",  # else aiosmtpd asks a name server for this machine's full name
            ident="Tocsin rehearsal",
            loop=loop,
        )

    return await loop.create_server(session, host, port)


def received_mails(folder: Path) -> list[dict[str, Any]]:
    """Give the index: one entry a mail, in the order of arrival."""
    return list(read_lines(folder / INDEX))


def mail_content(folder: Path, entry: dict[str, Any]) -> bytes:
    """Give one kept mail as it came."""
    with (folder / MAILS).open("rb") as mails:
        mails.seek(entry["offset"])
        return mails.read(entry["length"])


def mails_by_recipient(folder: Path) -> Counter[str]:
    """Count the mails each address got."""
    return Counter(address for entry in received_mails(folder) for address in entry["to"])
