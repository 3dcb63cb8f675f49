"""Verify the ledger: every entry against its hash, every hash against the signed heads, the end against the anchor.

Reads in blocks, so that a ledger of any length takes a few megabytes. A long one is read by two processes.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlmodel import Session

from models.database import Store, sqlite_file
from models.ledger_faults import Audit, Fault, FaultKind
from models.ledger_rows import COLUMNS, driver, read, read_checkpoints, read_entries
from models.ledger_scan import BLOCK, Block, scan_block
from models.ledger_walk import Walk
from models.ledger_workers import Task, scan_together
from models.signed_note import Head, NoteVerifier, read_head

# Below this many entries a second process costs more to start than it saves.
MANY = 60_000
EXTENT = """select (select count(*) from ledger_entry), (select min(seq) from ledger_entry),
 (select max(seq) from ledger_entry), (select max(size) from ledger_checkpoint)"""


def audit_home(store: Store) -> Audit:
    """Verify the ledger of an open home against its own key and its anchor file."""
    return verify(store, store.signer.verifier(), store.settings.home / "ledger" / "checkpoint")


def verify(
    source: Store | Session, verifier: NoteVerifier, anchor: Path | None = None, processes: int | None = None
) -> Audit:
    """Check the whole ledger and name what is altered, missing, added, moved or cut off.

    `anchor` is the file outside the database that keeps the newest head. Nothing is changed or raised for
    what is found: the result tells.
    """
    if isinstance(source, Store):
        with source.reading() as session:
            return verify(session, verifier, anchor, processes)
    # The anchor is written after its commit: read before the database, it can't be ahead of it.
    outside = read_anchor(anchor, verifier) if anchor else Anchor()
    connection, walk = source.connection(), Walk(verifier)
    raw = driver(connection)
    with contextlib.closing(read(raw, EXTENT)) as extent:
        count, lowest, highest, top_size = next(extent)[0]
    top = max(top_size or 0, outside.head.size if outside.head else 0)
    if count > MANY and (lowest, highest) == (0, count - 1) and top == count and processes != 1:
        _walk_with_help(connection, walk, top, processes)
    else:
        _walk(raw, walk, top, lowest or 0)
    _check_end(raw, walk, top, outside)
    told = walk.findings.told(top)
    return Audit(walk.head.size, walk.head.root, told, walk.findings.unnamed, walk.checkpoints)


@dataclass(frozen=True)
class Anchor:
    """What the anchor file holds: a sound head, or what is wrong with the file."""

    head: Head | None = None
    wrong: str = ""
    absent: bool = False


def read_anchor(path: Path, verifier: NoteVerifier) -> Anchor:
    """Read the newest head that was kept outside the database."""
    note = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    if not note:
        return Anchor(absent=True)
    head, claims = verifier.head(note), read_head(note)
    if head:
        return Anchor(head)
    if claims and claims.origin != verifier.origin:
        return Anchor(wrong=f"The anchor file {path.name} belongs to another home ({claims.origin[:80]!r}).")
    return Anchor(wrong=f"The signature of the anchor file {path.name} does not hold.")


def _check_end(raw: Any, walk: Walk, top: int, outside: Anchor) -> None:
    for rows in read(raw, f"select {COLUMNS} from ledger_entry where seq >= ? order by seq", top):  # noqa: S608
        walk.beyond(rows)
    wrong = outside.wrong
    if outside.absent and walk.checkpoints > 1:
        wrong = "The anchor file is gone: nothing outside the database says how long the ledger was."
    if outside.head and outside.head.size > walk.head.size and outside.head.size not in walk.forged_sizes:
        walk.end_at(outside.head)
    elif outside.head:
        size = outside.head.size
        rows = read_checkpoints(raw, size, size + 1)
        if rows and rows[0].root != outside.head.root and size not in walk.forged_sizes:
            wrong = (
                f"The anchor file tells another history: its root at {size} entries is not the database's."
            )
    if wrong:
        walk.findings.add(Fault(FaultKind.ANCHOR, top, top, wrong))


def _walk(raw: Any, walk: Walk, top: int, lowest: int) -> None:
    if lowest < 0:
        walk.step_through(read_entries(raw, lowest, 0), read_checkpoints(raw, lowest, 0))
    start: int | None = 0
    while start is not None and start <= top:
        block = scan_block(raw, walk.verifier, start, top)
        _take(raw, walk, block, top)
        start = start + BLOCK if block.entries else _next_used(raw, start + BLOCK)


def _walk_with_help(connection: Connection, walk: Walk, top: int, processes: int | None) -> None:
    url, raw = connection.engine.url, driver(connection)
    file = sqlite_file(url.render_as_string())
    place = str(file or url.set(drivername="postgresql").render_as_string(hide_password=False))
    task = Task(place, file is not None, walk.verifier.origin, walk.verifier.public, top)
    with contextlib.closing(scan_together(raw, task, processes or min(os.cpu_count() or 1, 8))) as blocks:
        for block in blocks:
            _take(raw, walk, block, top)


def _take(raw: Any, walk: Walk, block: Block, top: int) -> None:
    if not walk.accept(block):
        stop = block.start + BLOCK
        walk.step_through(
            read_entries(raw, block.start, min(stop, top)),
            read_checkpoints(raw, block.start, stop),
        )


def _next_used(raw: Any, start: int) -> int | None:
    query = """select min(place) from (select min(seq) as place from ledger_entry where seq >= ?
 union all select min(size) from ledger_checkpoint where size >= ?) as used"""
    with contextlib.closing(read(raw, query, start, start)) as found:
        nearest = next(found)[0][0]
    return None if nearest is None else nearest // BLOCK * BLOCK
