"""The ledger: append-only entries in canonical JSON (RFC 8785) under an RFC 9162 Merkle tree.

Each unit of work that wrote entries ends with a checkpoint signed with Ed25519 as a C2SP signed note.
Entries carry ids and keyed digests only, never personal data.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import rfc8785
from sqlalchemy import LargeBinary, func, text
from sqlmodel import Field, Session, SQLModel, select

from models.clock import iso_utc
from models.columns import UtcDateTime
from models.signed_note import NoteSigner

HASH_BYTES = 32
# Any fixed number will do: it names the lock under which PostgreSQL appends one unit of work at a time.
APPEND_LOCK = 0x70C51


class LedgerEntry(SQLModel, table=True):
    """One act or decision. `document` is the truth; the other columns repeat parts of it for look-up."""

    __tablename__ = "ledger_entry"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    tag: str = Field(index=True)
    incident_id: str | None = Field(default=None, index=True)
    document: bytes = Field(sa_type=LargeBinary)
    leaf_hash: bytes = Field(sa_type=LargeBinary)


class LedgerCheckpoint(SQLModel, table=True):
    """The signed head of the tree after a unit of work; `frontier` holds the roots of its perfect subtrees."""

    __tablename__ = "ledger_checkpoint"

    size: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    root: bytes = Field(sa_type=LargeBinary)
    frontier: bytes = Field(sa_type=LargeBinary)
    note: str


@dataclass(frozen=True)
class Entry:
    """What a caller says: who (in what role) did or decided what, when, on which facts version."""

    tag: str
    at: datetime
    actor: str
    role: str
    incident_id: str | None = None
    facts_version: int | None = None
    drill: bool = False
    body: dict[str, Any] = field(default_factory=dict)

    def document(self, seq: int) -> bytes:
        """Write the entry as canonical JSON; this is what is hashed."""
        return rfc8785.dumps(
            {
                "v": 1,
                "seq": seq,
                "at": iso_utc(self.at),
                "tag": self.tag,
                "actor": self.actor,
                "role": self.role,
                "incident": self.incident_id,
                "facts_version": self.facts_version,
                "drill": self.drill,
                "body": self.body,
            }
        )


def leaf_hash(document: bytes) -> bytes:
    """Hash one leaf (RFC 9162 section 2.1.1)."""
    return sha256(b"\x00" + document).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash one inner node (RFC 9162 section 2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the perfect subtrees of a tree of `size` leaves, largest first: all an append needs."""

    def __init__(self, size: int = 0, packed: bytes = b"") -> None:
        """Start from nothing or from a stored checkpoint."""
        self.size = size
        self.roots = [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)]

    def push(self, leaf: bytes) -> None:
        """Add one leaf, joining equal subtrees as binary counting carries."""
        carry = self.size
        while carry & 1:
            leaf = node_hash(self.roots.pop(), leaf)
            carry >>= 1
        self.roots.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Give the Merkle tree hash; of no leaves it is the hash of nothing (RFC 9162)."""
        if not self.roots:
            return sha256(b"").digest()
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root

    def packed(self) -> bytes:
        """Give the form that a checkpoint stores."""
        return b"".join(self.roots)


def last_checkpoint(session: Session) -> LedgerCheckpoint | None:
    """Give the newest checkpoint."""
    newest = select(func.max(LedgerCheckpoint.size)).scalar_subquery()
    return session.exec(select(LedgerCheckpoint).where(LedgerCheckpoint.size == newest)).first()


def append(session: Session, entries: Sequence[Entry], signer: NoteSigner) -> LedgerCheckpoint | None:
    """Append entries inside the caller's transaction and sign the new head; they commit together.

    Appending is one at a time over all processes: SQLite has one writer, PostgreSQL takes an advisory lock.
    """
    if not entries:
        return None
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text(f"select pg_advisory_xact_lock({APPEND_LOCK})"))
    head = last_checkpoint(session)
    frontier = Frontier(head.size, head.frontier) if head else Frontier()
    session.add_all(_rows(entries, frontier))
    checkpoint = LedgerCheckpoint(
        size=frontier.size,
        root=frontier.root(),
        frontier=frontier.packed(),
        note=signer.sign_checkpoint(frontier.size, frontier.root()),
    )
    session.add(checkpoint)
    return checkpoint


def _rows(entries: Iterable[Entry], frontier: Frontier) -> Iterable[LedgerEntry]:
    for entry in entries:
        document = entry.document(frontier.size)
        leaf = leaf_hash(document)
        yield LedgerEntry(
            seq=frontier.size,
            at=entry.at,
            tag=entry.tag,
            incident_id=entry.incident_id,
            document=document,
            leaf_hash=leaf,
        )
        frontier.push(leaf)
