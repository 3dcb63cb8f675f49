"""Having the ledger's head stamped by an authority outside (RFC 3161), and checking the stamps that were given.

A stamp is kept outside the database, under `ledger/stamps/`: the signed head as it was (`<size>.note`) and the
authority's answer (`<size>.tsr`). Whoever holds both needs neither the database nor this program.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import httpx
from cryptography import x509

from models.database import Store
from models.errors import RefusedError, TocsinError, UnavailableError
from models.ledger import LedgerCheckpoint, last_checkpoint
from models.timestamp import check_response, request_of

PATIENCE_SECONDS = 30.0
MOST_BYTES = 1 << 20
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
NONCE_BITS = 63


@dataclass(frozen=True)
class HeadStamp:
    """One stamped head; `fault` says what is wrong with it, nothing when it holds."""

    size: int
    at: datetime | None
    authority: str = ""
    fault: str = ""


def stamp_head(store: Store) -> HeadStamp | None:
    """Have the newest head stamped, unless it is; None when TOCSIN_TIMESTAMP_URL is not set or nothing is there.

    Raises:
        UnavailableError: the authority, or the file of its certificates, can't be reached.
        RefusedError: the answer is no sound stamp of this head; nothing was kept.
    """
    url = store.settings.timestamp_url
    with store.reading() as session:
        head = last_checkpoint(session)
    if url is None or head is None:
        return None
    folder, roots = _folder(store), _roots(store)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept, note = folder / f"{head.size}.tsr", head.note.encode()
    if kept.exists() and (folder / f"{head.size}.note").exists():
        return _checked(store, head.size, roots)
    nonce, digest = secrets.randbits(NONCE_BITS), sha256(note).digest()
    answer = _asked(url, request_of(digest, nonce))
    stamp = check_response(answer, digest, roots, nonce)
    for path, content in ((folder / f"{head.size}.note", note), (kept, answer)):
        draft = path.with_suffix(f"{path.suffix}.draft")
        draft.write_bytes(content)
        draft.replace(path)
    return HeadStamp(head.size, stamp.at, stamp.authority)


def check_stamps(store: Store) -> tuple[HeadStamp, ...]:
    """Check every stamp that was kept, the oldest first: authority, signed head, and the ledger as it is now."""
    found = sorted(int(path.stem) for path in _folder(store).glob("*.tsr") if path.stem.isdigit())
    if not found:
        return ()
    try:
        roots = _roots(store)
    except TocsinError as error:
        return tuple(HeadStamp(size, None, fault=str(error)) for size in found)
    return tuple(_checked(store, size, roots) for size in found)


def _checked(store: Store, size: int, roots: Sequence[x509.Certificate]) -> HeadStamp:
    folder = _folder(store)
    try:
        note = (folder / f"{size}.note").read_bytes()
        answer = (folder / f"{size}.tsr").read_bytes()
        stamp = check_response(answer, sha256(note).digest(), roots)
    except (TocsinError, OSError) as error:
        return HeadStamp(size, None, fault=str(error))
    head = store.signer.verifier().head(note.decode(errors="replace"))
    with store.reading() as session:
        row = session.get(LedgerCheckpoint, size)
    if head is None or head.size != size:
        return HeadStamp(size, stamp.at, stamp.authority, "What was stamped is no head of this ledger.")
    if row is None or row.root != head.root:
        return HeadStamp(
            size, stamp.at, stamp.authority, "The ledger no longer holds the head that was stamped."
        )
    return HeadStamp(size, stamp.at, stamp.authority)


def _folder(store: Store) -> Path:
    return store.settings.home / "ledger" / "stamps"


def _roots(store: Store) -> list[x509.Certificate]:
    path = store.settings.timestamp_ca
    if path is None:
        raise RefusedError(
            "Nobody says whose time-stamps count.",
            where="TOCSIN_TIMESTAMP_CA",
            expected="a PEM file with the authority's root certificate",
        )
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        raise UnavailableError(
            "The certificates of the time-stamp authority can't be read.", where=str(path)
        ) from None


def _asked(url: str, query: bytes) -> bytes:
    try:
        answer = httpx.post(url, content=query, headers={"Content-Type": QUERY}, timeout=PATIENCE_SECONDS)
        answer.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(
            f"The time-stamp authority does not answer ({type(error).__name__}).",
            where="TOCSIN_TIMESTAMP_URL",
            remedy="Try again later; the ledger goes on without.",
        ) from None
    if answer.headers.get("content-type", "").partition(";")[0] != REPLY or len(answer.content) > MOST_BYTES:
        raise RefusedError("The address answers, but not as a time-stamp authority.", expected=REPLY)
    return answer.content
