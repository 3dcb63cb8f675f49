"""Signals from a mailbox: each mail kept whole and sealed, its findings or its words taken as signals, once."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models.database import Store, Work
from models.errors import InvalidInputError
from models.settings import Settings
from models.signal import SignalMail
from models.vocabulary import Role
from notifications.mailbox import Mail, Mailbox, open_mailbox
from response.context import TOCSIN
from response.detection import Arrival, Taken, take_arrived
from response.incidents import next_number
from response.organisation import organisation_of
from response.signals.mail import MailReading, read_mail
from response.signals.reading import read_signal, split_signals
from response.signals.rules import Origin

SETTING = "TOCSIN_SIGNAL_MAILBOX"


@dataclass(frozen=True)
class Fetched:
    """What one pass brought: mails by what became of them, the signals, and the incidents they belong to."""

    mails: Counter[str]  # taken, again, set_aside
    signals: tuple[str, ...]
    incidents: tuple[str, ...]


def fetch_signals(store: Store, address: str = "") -> Fetched:
    """Read the mailbox for signals once; each mail is marked as seen when what it says is kept.

    Raises:
        InvalidInputError: its address can't be used, or is that of the bounce mailbox.
        UnavailableError: it does not answer; what was read before is kept.
    """
    with open_mailbox(address or mailbox_of(store.settings), SETTING) as mailbox:
        return take_mails(store, mailbox)


def mailbox_of(settings: Settings) -> str:
    """Give the address of the mailbox for signals; empty when none is set.

    Raises:
        InvalidInputError: bounces come to the same one; each reader would take the other's mails away.
    """
    address = settings.signal_mailbox.get_secret_value() if settings.signal_mailbox else ""
    bounces = settings.bounce_mailbox.get_secret_value() if settings.bounce_mailbox else ""
    if address and address == bounces:
        raise InvalidInputError(
            "Signals and bounces come to the same mailbox.",
            where=SETTING,
            expected="a mailbox of its own, or another folder",
        )
    return address


def take_mails(store: Store, mailbox: Mailbox) -> Fetched:
    """Take every mail nobody has looked at."""
    counts: Counter[str] = Counter()
    taken: list[Taken] = []
    for mail in mailbox.unseen():
        became, found = _take_mail(store, mail)
        counts[became] += 1
        taken += found
        mail.seen()
    signals = dict.fromkeys(signal.id for signal, _ in taken)
    incidents = dict.fromkeys(incident.id for _, incident in taken if incident is not None)
    return Fetched(counts, tuple(signals), tuple(incidents))


def _take_mail(store: Store, mail: Mail) -> tuple[str, list[Taken]]:
    reading = read_mail(mail.raw)
    kept, is_new = _kept(store, mail, reading)
    if kept.set_aside:
        return "set_aside", []
    # Taken again after a crash in between: each signal is known by its own key, so nothing is done twice.
    origin = Origin(kept.told_by, came_by="mail", proven=kept.proven)
    found = [
        take_arrived(store, payload, None, Arrival(origin, mail_id=kept.id))
        for payload in _payloads(reading, kept.content_key.hex())
    ]
    return "taken" if is_new else "again", found


def _payloads(reading: MailReading, key: str) -> list[bytes]:
    """Give the findings in a mail as they came; without any, its words, one signal of their own."""
    found: list[bytes] = []
    for document in reading.documents:
        try:
            parts = split_signals(document)
            for part in parts:
                read_signal(part)
        except InvalidInputError:
            continue  # no finding after all: a person reads the mail
        found += parts
    return found or [_words(reading, key)]


def _words(reading: MailReading, key: str) -> bytes:
    # The key can't be guessed: nobody gives a signal of theirs the reference of a mail that is still to come.
    said = {"told": "\n\n".join(part for part in (reading.subject, reading.text) if part), "reference": key}
    return json.dumps(said, ensure_ascii=False).encode()


def _kept(store: Store, mail: Mail, reading: MailReading) -> tuple[SignalMail, bool]:
    """Keep a mail, or find it where it is known; what is automatic leaves only its digest."""
    content, message = _keys(store, reading, mail.raw)
    with store.reading() as session:
        known = _known(session, content, message)
    if known is not None:
        return known, False
    rules = organisation_of(store.settings.home).signal_mail
    digest = hashlib.sha256(mail.raw).hexdigest()
    try:
        with store.work() as unit:
            row = SignalMail(
                id=f"MAIL-{next_number(unit.session, 'MAIL'):06d}",
                content_key=content,
                message_key=message,
                received_at=unit.clock(),
                told_by=rules.teller(reading.sender),
                proven=rules.authenticated_by in reading.proven_by,
                whole=mail.is_whole,
                set_aside=reading.automatic or _own(store.settings, reading),
                raw_sha256=digest,
            )
            if not row.set_aside:
                row.raw = store.organisation_key.sealer.seal(mail.raw, f"mail/{row.id}")
            unit.session.add(row)
            _note(unit, row)
    except IntegrityError:  # another reader of the same mailbox was quicker
        with store.reading() as session:
            first = _known(session, content, message)
        if first is None:
            raise
        return first, False
    return row, True


def _known(session: Session, content: bytes, message: bytes | None) -> SignalMail | None:
    same = [col(SignalMail.content_key) == content]
    if message is not None:
        same.append(col(SignalMail.message_key) == message)
    return session.exec(select(SignalMail).where(or_(*same))).first()


def _keys(store: Store, reading: MailReading, raw: bytes) -> tuple[bytes, bytes | None]:
    """Give the digests of what a mail says and of its Message-ID, each with its sender and date.

    With the date, whoever reports the same again next week is heard; with the sender, nobody shuts another up.
    """
    who_and_when = f"{reading.sender}\n{reading.sent}"
    documents = [hashlib.sha256(each).hexdigest() for each in reading.documents]
    said = [reading.subject, reading.text, *documents]
    content = "\n".join(said) if any(said) else hashlib.sha256(raw).hexdigest()
    lookup = store.organisation_key.sealer.lookup
    message = lookup(f"mail/id/{who_and_when}\n{reading.message_id}") if reading.message_id else None
    return lookup(f"mail/said/{who_and_when}\n{content}"), message


def _own(settings: Settings, reading: MailReading) -> str:
    is_own = reading.is_generated and reading.sender == settings.mail_from.lower()
    return "Tocsin sent it itself" if is_own else ""


def _note(unit: Work, row: SignalMail) -> None:
    body = {"mail": row.id, "sha256": row.raw_sha256, "told_by": row.told_by, "proven": row.proven}
    if row.set_aside:
        body["because"] = row.set_aside
    tag = "mail:set_aside" if row.set_aside else "mail:received"
    unit.record(tag, actor=TOCSIN, role=Role.RESPONDER, body=body)
