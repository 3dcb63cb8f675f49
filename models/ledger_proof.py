"""Proofs about the ledger that others check without it: one entry is in; nothing before was rewritten.

RFC 9162 section 2.1.3 and 2.1.4. Whoever checks needs the proof, the ledger's public key from a source they
trust, and no other entry.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlmodel import Session

from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.ledger import LedgerCheckpoint, LedgerEntry, last_checkpoint
from models.ledger_rows import driver, read
from models.merkle import (
    Frontier,
    consistency_path,
    inclusion_path,
    is_consistent,
    leaf_hash,
    root_from_inclusion,
)
from models.signed_note import NoteVerifier

INCLUSION = "tocsin/ledger-proof/1"
CONSISTENCY = "tocsin/ledger-consistency/1"
LEAVES = "select leaf_hash from ledger_entry where seq >= ? and seq < ? order by seq"
VERIFY_FIRST = "Run `tocsin ledger verify`: it names what was changed."


@dataclass(frozen=True)
class Proof:
    """That `document` is entry `seq` of the ledger whose signed head is `checkpoint`."""

    seq: int
    document: bytes
    size: int
    path: tuple[bytes, ...]
    checkpoint: str

    def to_json(self) -> dict[str, Any]:
        """Write it for a file or a regulator."""
        return {
            "schema": INCLUSION,
            "seq": self.seq,
            "document": self.document.decode(),
            "size": self.size,
            "path": [base64.b64encode(node).decode() for node in self.path],
            "checkpoint": self.checkpoint,
        }

    def check(self, verifier: NoteVerifier) -> None:
        """Check it with the ledger's public key.

        Raises:
            RefusedError: the head is not signed with that key, or the entry is not under it.
        """
        head = verifier.head(self.checkpoint)
        if head is None:
            raise RefusedError(
                "The checkpoint of the proof is not signed with this key.",
                expected=f"the signature of {verifier.origin}",
            )
        root = root_from_inclusion(leaf_hash(self.document), self.seq, self.size, self.path)
        if head.size != self.size or root != head.root:
            raise RefusedError(f"The entry is not number {self.seq} of the ledger that the checkpoint signs.")


@dataclass(frozen=True)
class ConsistencyProof:
    """That the ledger at head `new` begins with all that it held at head `old`."""

    old: str
    new: str
    path: tuple[bytes, ...]

    def to_json(self) -> dict[str, Any]:
        """Write it for a file or an auditor."""
        path = [base64.b64encode(node).decode() for node in self.path]
        return {"schema": CONSISTENCY, "old": self.old, "new": self.new, "path": path}

    def check(self, verifier: NoteVerifier) -> None:
        """Check it with the ledger's public key.

        Raises:
            RefusedError: a head is not signed with that key, or history between them was rewritten.
        """
        old, new = verifier.head(self.old), verifier.head(self.new)
        if old is None or new is None:
            raise RefusedError("A checkpoint of the proof is not signed with this key.")
        if not is_consistent(old.size, old.root, new.size, new.root, self.path):
            raise RefusedError(f"The ledger of {new.size} entries does not begin with that of {old.size}.")


def read_proof(given: Mapping[str, Any], where: str = "") -> Proof:
    """Read what `Proof.to_json` wrote.

    Raises:
        InvalidInputError: it is no such proof.
    """
    try:
        path = tuple(base64.b64decode(node, validate=True) for node in given["path"])
        document = str(given["document"]).encode()
        proof = Proof(int(given["seq"]), document, int(given["size"]), path, str(given["checkpoint"]))
    except (KeyError, TypeError, ValueError, binascii.Error):
        proof = None
    if proof is None or given.get("schema") != INCLUSION:
        raise InvalidInputError(
            "This is not a proof of a ledger entry.", where=where, expected=f"a document {INCLUSION}"
        )
    return proof


def prove(session: Session, seq: int) -> Proof:
    """Prove that entry `seq` is in the ledger, against its newest head.

    Raises:
        NotFoundError: there is no such entry.
        RefusedError: the ledger itself does not hold together.
    """
    entry, head = session.get(LedgerEntry, seq), last_checkpoint(session)
    if entry is None or head is None or seq >= head.size:
        last = head.size - 1 if head else 0
        raise NotFoundError(f"The ledger has no entry {seq}.", expected=f"a number from 0 to {last}")
    path = tuple(inclusion_path(Leaves(session.connection()).root, seq, head.size))
    if root_from_inclusion(leaf_hash(entry.document), seq, head.size, path) != head.root:
        raise RefusedError(f"Entry {seq} can't be proved: the ledger was changed.", remedy=VERIFY_FIRST)
    return Proof(seq, entry.document, head.size, path, head.note)


def prove_consistency(session: Session, old: int) -> ConsistencyProof:
    """Prove that the newest head continues the one at `old` entries.

    Raises:
        NotFoundError: no checkpoint was made at that size.
        RefusedError: the ledger itself does not hold together.
    """
    before, head = session.get(LedgerCheckpoint, old), last_checkpoint(session)
    if before is None or head is None:
        raise NotFoundError(f"The ledger has no checkpoint at {old} entries.")
    path = tuple(consistency_path(Leaves(session.connection()).root, old, head.size))
    if not is_consistent(old, before.root, head.size, head.root, path):
        raise RefusedError("The two heads can't be joined: the ledger was changed.", remedy=VERIFY_FIRST)
    return ConsistencyProof(before.note, head.note, path)


class Leaves:
    """The stored leaf hashes, read as far as they are needed and never all at once."""

    def __init__(self, connection: Connection) -> None:
        """Read over the caller's connection."""
        self.connection = connection

    def root(self, start: int, stop: int) -> bytes:
        """Give the root over the leaves from `start` up to, not including, `stop`.

        Raises:
            RefusedError: one of them is not there.
        """
        tree = Frontier()
        for rows in read(driver(self.connection), LEAVES, start, stop):
            tree.extend([bytes(row[0]) for row in rows])
        if tree.size != stop - start:
            raise RefusedError("The ledger lacks entries.", remedy=VERIFY_FIRST)
        return tree.root()
