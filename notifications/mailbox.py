"""A mailbox that is read again and again: a maildir, or a folder of an IMAP server (RFC 9051, read as IMAP4rev1).

A mail is marked as seen only after what it says was committed, so a crash in between reads it again: that
changes nothing twice.
"""

import contextlib
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from models.errors import InvalidInputError, UnavailableError

BOUNCES = "TOCSIN_BOUNCE_MAILBOX"
MAX_BYTES = 2_000_000  # of one mail; more is not read
ANSWER_SECONDS = 20.0
A_PASS = 500  # mails read in one pass, so that a full mailbox holds nothing else up
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Mail:
    """One mail, at most `MAX_BYTES` of it, and how to mark it as seen once what it says is kept."""

    raw: bytes
    seen: Callable[[], None]

    @property
    def is_whole(self) -> bool:
        """Whether nothing was cut off."""
        return len(self.raw) < MAX_BYTES


class Mailbox(Protocol):
    """Something that holds mails nobody has looked at yet."""

    def unseen(self) -> Iterator[Mail]:
        """Give at most a pass full of them, the oldest first."""


class Maildir:
    """A maildir: `new` holds what nobody has looked at, `cur` the rest."""

    def __init__(self, folder: Path) -> None:
        """Read this folder.

        Raises:
            UnavailableError: it is no maildir.
        """
        self._folder = folder
        if not (folder / "new").is_dir():
            raise UnavailableError(
                "The mailbox is no maildir.", where=str(folder), expected="a folder with new/"
            )
        (folder / "cur").mkdir(exist_ok=True)

    def unseen(self) -> Iterator[Mail]:
        """Give at most a pass full of mails, the oldest first."""
        for path in sorted((self._folder / "new").iterdir())[:A_PASS]:
            if path.is_file() and not path.name.startswith("."):
                yield Mail(_head(path), partial(self._move, path))

    def _move(self, path: Path) -> None:
        with contextlib.suppress(FileNotFoundError):  # another reader was quicker
            path.rename(self._folder / "cur" / f"{path.name}:2,S")


def _head(path: Path) -> bytes:
    with path.open("rb") as mail:
        return mail.read(MAX_BYTES)


class ImapFolder:
    """One folder of an IMAP server, open for a pass."""

    def __init__(self, client: imaplib.IMAP4) -> None:
        """Take over a client that has selected the folder."""
        self._client = client

    def unseen(self) -> Iterator[Mail]:
        """Give at most a pass full of mails, the oldest first."""
        found = self._ask("SEARCH", "UNSEEN")
        numbers = b" ".join(part for part in found if isinstance(part, bytes)).split()
        for number in numbers[:A_PASS]:
            raw = self._fetch(number.decode())
            if raw is not None:
                yield Mail(raw, partial(self._mark, number.decode()))

    def _fetch(self, number: str) -> bytes | None:
        # PEEK leaves it unseen; only as much as is ever read comes over the line.
        parts = self._ask("FETCH", number, f"(BODY.PEEK[]<0.{MAX_BYTES}>)")
        return next((part[1] for part in parts if isinstance(part, tuple)), None)

    def _mark(self, number: str) -> None:
        self._ask("STORE", number, "+FLAGS.SILENT", r"(\Seen)")

    def _ask(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes]]:
        answer, parts = self._client.uid(command, *arguments)
        if answer != "OK":
            raise imaplib.IMAP4.error(f"{command} was answered {answer}")
        return parts


@contextlib.contextmanager
def _imap(url: SplitResult, setting: str) -> Iterator[Mailbox]:
    host = url.hostname or ""
    where = f"{host}:{url.port or (993 if url.scheme == 'imaps' else 143)}"
    try:
        client = _connected(url, host)
    except (OSError, imaplib.IMAP4.error) as error:
        raise _away(error, where, setting) from None
    try:
        folder = unquote(url.path.lstrip("/")) or "INBOX"
        client.login(unquote(url.username or ""), unquote(url.password or ""))
        answer, _ = client.select('"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"')
        if answer != "OK":
            raise UnavailableError(
                f"The mailbox has no folder {folder}.", where=where, remedy=f"Mend {setting}."
            )
        yield ImapFolder(client)
    except (OSError, imaplib.IMAP4.error) as error:
        raise _away(error, where, setting) from None
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            client.logout()


def _connected(url: SplitResult, host: str) -> imaplib.IMAP4:
    if url.scheme == "imaps":
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(host, url.port or 993, ssl_context=context, timeout=ANSWER_SECONDS)
    client = imaplib.IMAP4(host, url.port or 143, timeout=ANSWER_SECONDS)
    if host not in _LOCAL:  # name and password would cross a network in clear
        client.starttls(ssl.create_default_context())
    return client


def _away(error: Exception, where: str, setting: str) -> UnavailableError:
    # Only the kind of fault: what a server says may repeat the name.
    refused = isinstance(error, imaplib.IMAP4.error) and not isinstance(error, imaplib.IMAP4.abort)
    what = "refuses us" if refused else f"does not answer ({type(error).__name__})"
    remedy = f"Check the name and password in {setting}." if refused else "It is tried again by itself."
    return UnavailableError(f"The mailbox {what}.", where=where, remedy=remedy)


def open_mailbox(address: str, setting: str = BOUNCES) -> AbstractContextManager[Mailbox]:
    """Open a mailbox for one pass; nothing is read before it is asked. `setting` is what gave its address.

    Raises:
        InvalidInputError: the address is none.
        UnavailableError: it does not answer, lets us not in, or has no such folder.
    """
    if address.startswith("maildir:"):
        return contextlib.nullcontext(Maildir(Path(address.removeprefix("maildir:"))))
    try:
        url = urlsplit(address)
        good = url.scheme in ("imap", "imaps") and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:
        good = False
    if not good or not re.fullmatch(r"[^\r\n]+", address):
        raise InvalidInputError(
            "The mailbox's address can't be used.",
            where=setting,
            expected="maildir:/folder, imaps://user:password@host/INBOX or imap://…",
        )
    return _imap(url, setting)
