"""The ledger: append-only entries in canonical JSON (RFC 8785) under an RFC 9162 Merkle tree.

Each unit of work that wrote entries ends with a checkpoint signed with Ed25519 as a C2SP signed note.
Entries carry ids and keyed digests only, never personal data.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import LargeBinary, func, text
from sqlmodel import Field, Session, SQLModel, select

from models.canonical import canonical_json, is_plain, plain_json
from models.clock import iso_utc
from models.columns import UtcDateTime
from models.ledger_rows import EntryRow, insert_entries
from models.merkle import Frontier, leaf_hash
from models.signed_note import NoteSigner

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


class Entry(NamedTuple):
    """What a caller says: who (in what role) did or decided what, when, on which facts version."""

    tag: str
    at: datetime
    actor: str
    role: str
    incident_id: str | None = None
    facts_version: int | None = None
    drill: bool = False
    body: dict[str, Any] | None = None  # ids, counts and hashes only

    def document(self, seq: int) -> bytes:
        """Write the entry as canonical JSON; this is what is hashed."""
        body = self.body or {}
        whole = {
            "v": 1,
            "seq": seq,
            "at": iso_utc(self.at),
            "tag": str(self.tag),
            "actor": str(self.actor),
            "role": str(self.role),
            "incident": self.incident_id,
            "facts_version": self.facts_version,
            "drill": self.drill,
            "body": body,
        }
        # All but the body is plain by its types; this runs for every entry.
        return plain_json(whole) if is_plain(body) else canonical_json(whole)


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
    insert_entries(session.connection(), _rows(entries, frontier))
    checkpoint = LedgerCheckpoint(
        size=frontier.size,
        root=frontier.root(),
        frontier=frontier.packed(),
        note=signer.sign_checkpoint(frontier.size, frontier.root(), head.size if head else 0),
    )
    session.add(checkpoint)
    return checkpoint


def _rows(entries: Sequence[Entry], frontier: Frontier) -> list[EntryRow]:
    documents = [entry.document(seq) for seq, entry in enumerate(entries, frontier.size)]
    leaves = [leaf_hash(document) for document in documents]
    repeated = [(entry.at, str(entry.tag), entry.incident_id) for entry in entries]
    rows = [
        (seq, at, tag, incident_id, document, leaf)
        for seq, (at, tag, incident_id), document, leaf in zip(
            range(frontier.size, frontier.size + len(entries)), repeated, documents, leaves, strict=True
        )
    ]
    frontier.extend(leaves)
    return rows
