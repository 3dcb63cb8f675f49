"""The ledger: append-only entries in canonical JSON (RFC 8785) under an RFC 9162 Merkle tree.

Each unit of work that wrote entries ends with a checkpoint signed with Ed25519 as a C2SP signed note.
Entries carry ids and keyed digests only, never personal data.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Index, LargeBinary, func, text
from sqlmodel import Field, Session, SQLModel, select

from models.canonical import canonical_json
from models.clock import iso_utc
from models.columns import UtcDateTime
from models.ledger_rows import EntryRow, insert_entries
from models.merkle import Frontier, leaf_hashes
from models.signed_note import NoteSigner

# Any fixed number will do: it names the lock under which PostgreSQL appends one unit of work at a time.
APPEND_LOCK = 0x70C51
# Entries written at once: few enough that the memory for one portion serves the next.
PORTION = 1024


class LedgerEntry(SQLModel, table=True):
    """One act or decision. `document` is the truth; the other columns repeat parts of it for look-up."""

    __tablename__ = "ledger_entry"
    __table_args__ = (Index("ix_ledger_entry_incident_id_tag", "incident_id", "tag"),)

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    tag: str
    incident_id: str | None = None
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

    def document(self, seq: int, at: str = "") -> bytes:
        """Write the entry as canonical JSON; this is what is hashed. `at` saves writing the moment anew."""
        # Keys in the order of RFC 8785, parts that recur written once: this runs for every entry.
        return b'{"actor":%b,"at":"%b","body":%b,"drill":%b,"facts_version":%b,%b' % (
            _text(self.actor),
            (at or iso_utc(self.at)).encode(),
            canonical_json(self.body) if self.body else b"{}",
            b"true" if self.drill else b"false",
            b"null" if self.facts_version is None else b"%d" % self.facts_version,
            b'"incident":%b,"role":%b,"seq":%d,"tag":%b,"v":1}'
            % (_text(self.incident_id), _text(self.role), seq, _text(self.tag)),
        )


@lru_cache(maxsize=4096)
def _text(text: str | None) -> bytes:
    return canonical_json(text if text is None else str(text))


def last_checkpoint(session: Session) -> LedgerCheckpoint | None:
    """Give the newest checkpoint."""
    newest = select(func.max(LedgerCheckpoint.size)).scalar_subquery()
    return session.exec(select(LedgerCheckpoint).where(LedgerCheckpoint.size == newest)).first()


def append(session: Session, entries: Sequence[Entry], signer: NoteSigner) -> LedgerCheckpoint | None:
    """Append entries inside the caller's transaction and sign the new head; they commit together.

    Appending is one at a time over all processes: SQLite has one writer, PostgreSQL takes an advisory lock. It is the
    last lock of its transaction: rows still to be written go first, or two transactions could each wait for the other.
    """
    if not entries:
        return None
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text(f"select pg_advisory_xact_lock({APPEND_LOCK})"))
    head = last_checkpoint(session)
    frontier = Frontier(head.size, head.frontier) if head else Frontier()
    for start in range(0, len(entries), PORTION):
        insert_entries(session.connection(), _rows(entries[start : start + PORTION], frontier))
    checkpoint = LedgerCheckpoint(
        size=frontier.size,
        root=frontier.root(),
        frontier=frontier.packed(),
        note=signer.sign_checkpoint(frontier.size, frontier.root(), head.size if head else 0),
    )
    session.add(checkpoint)
    return checkpoint


def _rows(entries: Sequence[Entry], frontier: Frontier) -> list[EntryRow]:
    first = frontier.size
    moments = [iso_utc(entry.at) for entry in entries]
    numbered = enumerate(zip(entries, moments, strict=True), first)
    documents = [entry.document(seq, at) for seq, (entry, at) in numbered]
    leaves = leaf_hashes(documents)
    tags, owners = [str(entry.tag) for entry in entries], [entry.incident_id for entry in entries]
    frontier.extend(leaves)
    return list(zip(range(first, frontier.size), moments, tags, owners, documents, leaves, strict=True))
