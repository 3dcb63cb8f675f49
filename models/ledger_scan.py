"""The quick look at one block of the ledger: sound or not. What is wrong with it, the audit finds out.

Blocks are perfect subtrees, so that each can be read and hashed on its own, by several processes at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.clock import iso_utc
from models.ledger_rows import CheckpointRow, read_checkpoints, read_entries
from models.merkle import HASH_BYTES, Levels, fold, leaf_hashes
from models.signed_note import Head, NoteVerifier

HEIGHT = 10  # few enough entries that the memory for one block serves the next
BLOCK = 1 << HEIGHT


@dataclass(frozen=True)
class Block:
    """What the entries from `start` on, fewer than BLOCK of them at the end, came to.

    `before` holds what the block's checkpoints say of the tree up to `start`; whoever knows that tree
    compares. `roots` are the block's own perfect subtrees.
    """

    start: int
    entries: int
    sound: bool
    before: frozenset[bytes] = frozenset()
    roots: tuple[bytes, ...] = ()
    follows: int | None = None  # the size that the block's first checkpoint names as the one before
    head: Head | None = None  # its last checkpoint
    checkpoints: int = 0


def scan_block(raw: Any, verifier: NoteVerifier, start: int, top: int) -> Block:
    """Read and check the entries below `top` of one block and the checkpoints among them."""
    rows = read_entries(raw, start, min(start + BLOCK, top))
    checkpoints = read_checkpoints(raw, start, start + BLOCK)
    try:
        leaves = _leaves(rows, start)
        if leaves is None or not _columns_agree(rows):
            return Block(start, len(rows), sound=False)
        return _with_checkpoints(start, Levels(leaves), checkpoints, verifier)
    except (TypeError, ValueError, AttributeError, IndexError):
        # SQLite keeps any kind of value in any column; a value of the wrong kind is for the audit to name.
        return Block(start, len(rows), sound=False)


def _leaves(rows: Sequence[Any], start: int) -> list[bytes] | None:
    stored = [row[5] for row in rows]
    computed = leaf_hashes([row[4] for row in rows])
    numbers = [row[0] for row in rows]
    whole = stored == computed and numbers == list(range(start, start + len(rows)))
    return computed if whole else None


def _columns_agree(rows: Sequence[Any]) -> bool:
    """Compare the look-up columns with the documents, without parsing them.

    Keys stand in a fixed order, and inside a string every quote has a backslash before it. So the first
    `","at":"` and the last `"incident":` of a document that the tree vouches for are its own.
    """
    tails, owners = dict[str, bytes](), dict[str | None, bytes]()
    moments = _moment_parts(rows)
    for (seq, _, tag, incident, document, _), moment in zip(rows, moments, strict=True):
        tail = tails.get(tag) or tails.setdefault(tag, _tail_part(tag))
        owner = owners.get(incident) or owners.setdefault(incident, _owner_part(incident))
        if not (
            document.endswith(tail % seq)
            and document.startswith(moment, document.find(b'","at":"'))
            and document.startswith(owner, document.rfind(b'"incident":'))
        ):
            return False
    return True


def _tail_part(tag: str) -> bytes:
    return b'"seq":%%d,"tag":"%b","v":1}' % tag.encode().replace(b"%", b"%%")


def _moment_parts(rows: Sequence[Any]) -> list[bytes]:
    if rows and isinstance(rows[0][1], datetime):
        return [b'","at":"%b","body":' % iso_utc(row[1]).encode() for row in rows]
    # SQLite keeps text, always with microseconds; a document leaves out those of nought.
    moments = [row[1].encode().replace(b" ", b"T").removesuffix(b".000000") for row in rows]
    return [b'","at":"%bZ","body":' % moment for moment in moments]


def _owner_part(incident: str | None) -> bytes:
    # An empty text is not the absence of one: what the column holds must stand in the document.
    held = b"null" if incident is None else b'"%b"' % incident.encode()
    return b'"incident":%b,"role":"' % held


def sound_head(row: CheckpointRow, verifier: NoteVerifier) -> Head | None:
    """Give the head a checkpoint row holds if note, columns and frontier agree, else None."""
    head = verifier.head(row.note)
    if head is None or head.size != row.size or head.root != row.root:
        return None
    return head if fold(roots_of(row.frontier)) == row.root else None


def roots_of(packed: bytes) -> list[bytes]:
    """Take a stored frontier apart."""
    return [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)]


def _with_checkpoints(
    start: int, levels: Levels, checkpoints: Sequence[CheckpointRow], verifier: NoteVerifier
) -> Block:
    before, heads = set[bytes](), list[Head]()
    for row in checkpoints:
        head = sound_head(row, verifier)
        inside = b"".join(levels.frontier(row.size - start)) if row.size <= start + levels.size else None
        follows = head is not None and (not heads or head.previous == heads[-1].size)
        if head is None or inside is None or not follows or not row.frontier.endswith(inside):
            return Block(start, levels.size, sound=False)
        before.add(row.frontier[: len(row.frontier) - len(inside)])
        heads.append(head)
    roots = tuple(levels.frontier(levels.size))
    if not heads:
        return Block(start, levels.size, sound=True, roots=roots)
    return Block(start, levels.size, True, frozenset(before), roots, heads[0].previous, heads[-1], len(heads))
