"""The ledger's part of an evidence bundle: the incident's entries, their proof, signed heads and their stamps."""

import base64
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
from sqlmodel import Session, col, select

from models.database import Store
from models.errors import RefusedError
from models.ledger import LedgerCheckpoint, LedgerEntry
from models.ledger_proof import VERIFY_FIRST, Leaves
from models.merkle import cover, leaf_hash, node_hash
from reports.bundle_records import File

Entries = Sequence[tuple[int, bytes]]  # number and canonical document
Heads = Sequence[tuple[int, bytes, str]]  # size, root and signed note


def ledger_files(store: Store, session: Session, incident_id: str) -> Iterator[File]:
    """Give the incident's entries with their proof, at the first stamped head over them all, else the first head.

    Raises:
        RefusedError: the ledger does not lead to its signed head, or a stamp is of no head of it.
    """
    entries = _entries(session, incident_id)
    heads, stamped = _heads(store, session, entries, incident_id)
    size, root, note = heads[-1]
    leaves = Leaves(session.connection())
    spans = cover((seq for seq, _ in entries), size, stamped)
    tiles = [(start, stop, leaves.root(start, stop)) for start, stop in spans]
    known = {(seq, seq + 1): leaf_hash(document) for seq, document in entries}
    known |= {(start, stop): root for start, stop, root in tiles}
    if root_of_parts(known, 0, size) != root:
        raise RefusedError(
            "The ledger was changed: its entries don't lead to its signed head.", remedy=VERIFY_FIRST
        )
    yield "ledger/entries.jsonl", b"".join(document + b"\n" for _, document in entries)
    others = [[start, stop, base64.b64encode(root).decode()] for start, stop, root in tiles]
    # The hashes of the entries shown, too: so that the verifier can name the one that was changed.
    own = [[seq, base64.b64encode(leaf_hash(document)).decode()] for seq, document in entries]
    yield (
        "ledger/proof.json",
        orjson.dumps({"checkpoint": note, "leaves": own, "others": others, "size": size}),
    )
    yield "ledger/checkpoints.txt", "\n".join(note for _, _, note in heads).encode()
    yield from _stamp_files(store, {size: note for size, _, note in heads}, stamped)


def _entries(session: Session, incident_id: str) -> Entries:
    columns = select(LedgerEntry.seq, LedgerEntry.document).where(LedgerEntry.incident_id == incident_id)
    rows = session.exec(columns.order_by(col(LedgerEntry.seq)))
    return [(seq, bytes(document)) for seq, document in rows]


def _heads(
    store: Store, session: Session, entries: Entries, incident_id: str
) -> tuple[Heads, tuple[int, ...]]:
    """Choose the heads to show, and which stamped ones: from the incident's first entry to the last of these heads."""
    columns = select(LedgerCheckpoint.size, LedgerCheckpoint.root, LedgerCheckpoint.note)
    heads = session.exec(columns.order_by(col(LedgerCheckpoint.size))).all()
    sizes = [size for size, _, _ in heads]
    enough = bisect_right(sizes, entries[-1][0]) if entries else len(sizes)
    if enough == len(sizes):
        raise RefusedError(f"The ledger holds nothing about {incident_id}.", remedy=VERIFY_FIRST)
    stamps = _stamps(store)
    whole = next((size for size in stamps if size >= sizes[enough]), sizes[enough])
    shown = heads[: bisect_left(sizes, whole) + 1]
    return shown, tuple(size for size in stamps if entries[0][0] < size <= whole)


def _folder(store: Store) -> Path:
    return store.settings.home / "ledger" / "stamps"


def _stamps(store: Store) -> list[int]:
    return sorted(int(path.stem) for path in _folder(store).glob("*.tsr") if path.stem.isdecimal())


def _stamp_files(store: Store, notes: dict[int, str], stamped: Sequence[int]) -> Iterator[File]:
    for size in stamped:
        note, answer = (_folder(store) / f"{size}.{kind}" for kind in ("note", "tsr"))
        held = note.read_bytes() if note.is_file() else b""
        if notes.get(size, "").encode() != held:
            raise RefusedError(
                "A stamped head is not the ledger's.", where=str(note), remedy="Run `tocsin ledger verify`."
            )
        yield f"ledger/stamps/{size}.note", held
        yield f"ledger/stamps/{size}.tsr", answer.read_bytes()
    authority = store.settings.timestamp_ca
    if stamped and authority is not None and authority.is_file():
        yield "ledger/stamps/authority.pem", authority.read_bytes()


def root_of_parts(known: dict[tuple[int, int], bytes], start: int, stop: int) -> bytes:
    """Join known subtrees, by (start, stop), into the root over `start` to `stop`.

    Raises:
        KeyError: they do not cover it.
    """
    found = known.get((start, stop))
    if found is not None:
        return found
    if stop - start < 2:  # noqa: PLR2004
        raise KeyError(start)
    middle = start + (1 << (stop - start - 1).bit_length() - 1)
    return node_hash(root_of_parts(known, start, middle), root_of_parts(known, middle, stop))
