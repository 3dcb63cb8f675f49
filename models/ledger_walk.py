"""The careful look at the ledger, entry by entry: names what is wrong and finds its footing again after it.

Every signed checkpoint holds the roots of the perfect subtrees at its size. After a fault the walk takes
them over and goes on, so that a later fault is found on its own.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from models.clock import read_moment
from models.errors import InvalidInputError
from models.ledger_faults import SHIFTED_DOWN, SHIFTED_UP, Fault, FaultKind, Findings
from models.ledger_rows import CheckpointRow, moment_of
from models.ledger_scan import HEIGHT, Block, roots_of, sound_head
from models.merkle import HASH_BYTES, Frontier, leaf_hash
from models.signed_note import Head, NoteVerifier, read_head


class Walk:
    """How far the audit came: the tree so far (None: unknown since a fault) and the last sound checkpoint."""

    def __init__(self, verifier: NoteVerifier) -> None:
        """Stand before the first entry."""
        self.verifier, self.findings = verifier, Findings()
        self.tree: Frontier | None = Frontier()
        self.expected = 0
        self.head = Head(verifier.origin, 0, Frontier().root())
        self.checkpoints = 0
        self.forged_sizes = set[int]()  # of the unsound checkpoints since the last sound one

    def accept(self, block: Block) -> bool:
        """Take a block that was found sound, if it joins the tree so far; tell whether it did."""
        tree = self.tree
        joins = block.head is None or block.follows == self.head.size
        if tree is None or not (block.sound and joins and self.expected == block.start):
            return False
        if not block.before <= {tree.packed()}:
            return False
        for root, height in zip(block.roots, heights(block.entries), strict=True):
            tree.push_subtree(root, height)
        self.expected += block.entries
        self.checkpoints += block.checkpoints
        self.head = block.head or self.head
        return True

    def step_through(self, rows: Sequence[Any], checkpoints: Sequence[CheckpointRow]) -> None:
        """Check rows and the checkpoints among them one by one."""
        at = 0
        for checkpoint in checkpoints:
            while at < len(rows) and rows[at][0] < checkpoint.size:
                self._entry(rows[at])
                at += 1
            self._checkpoint(checkpoint)
        for row in rows[at:]:
            self._entry(row)

    def _entry(self, row: Any) -> None:
        seq = row[0]
        if seq < self.expected:
            self.findings.entry(FaultKind.ADDED, seq, seq, "has a number that no entry can have")
            return
        self._gap_up_to(seq)
        self.expected = seq + 1
        for kind, detail in entry_faults(row):
            self.findings.entry(kind, seq, seq, detail)
        if self.tree is not None:
            if isinstance(row[5], bytes) and len(row[5]) == HASH_BYTES:
                self.tree.push(row[5])
            else:
                self.tree = None

    def _gap_up_to(self, seq: int) -> None:
        if seq > self.expected:
            self.findings.entry(FaultKind.MISSING, self.expected, seq - 1, "is missing")
            self.expected, self.tree = seq, None

    def _checkpoint(self, row: CheckpointRow) -> None:
        self.checkpoints += 1
        head = sound_head(row, self.verifier) if has_right_kinds(row) else None
        if head is None:
            self.findings.add(forged(row, self.verifier))
            self.forged_sizes.add(row.size)
            return
        self._gap_up_to(head.size)
        self._follows(head)
        if self.tree is not None and self.tree.packed() != row.frontier:
            self._tree_differs(row)
        self.tree, self.head = Frontier(row.size, row.frontier), head
        self.forged_sizes.clear()

    def beyond(self, rows: Sequence[Any]) -> None:
        """Name rows that stand after the last head anyone signed."""
        for row in rows:
            moved = [fault for fault in entry_faults(row) if fault == (FaultKind.MOVED, SHIFTED_UP)]
            kind, detail = moved[0] if moved else (FaultKind.ADDED, "stands after the last signed checkpoint")
            self.findings.entry(kind, row[0], row[0], detail)

    def end_at(self, anchor: Head) -> None:
        """Compare the end with a head that was kept outside the database and has no row in it."""
        if self.expected < anchor.size:
            gone = "is cut off; the anchor file knows of it"
            self.findings.entry(FaultKind.CUT_OFF, self.expected, anchor.size - 1, gone)
            return
        lost = Fault(
            FaultKind.CHECKPOINT_MISSING, anchor.size, anchor.size, "is missing; the anchor file holds it"
        )
        self.findings.add(lost)
        known = self.tree is not None and self.findings.newest < self.head.size
        if known and self.tree and self.tree.root() != anchor.root:
            detail = "at least one was altered or added: the anchor file holds another root"
            self.findings.entry(FaultKind.ALTERED, self.head.size, anchor.size - 1, detail)

    def _follows(self, head: Head) -> None:
        previous = head.previous or 0
        if previous > self.head.size:
            taken = Fault(
                FaultKind.CHECKPOINT_MISSING,
                previous,
                previous,
                f"is missing; checkpoint {head.size} follows on it",
            )
            if previous not in self.forged_sizes:
                self.findings.add(taken)
        elif previous < self.head.size:
            detail = f"does not belong to this history; checkpoint {head.size} follows on {previous}"
            self.findings.add(Fault(FaultKind.CHECKPOINT_FORGED, self.head.size, self.head.size, detail))

    def _tree_differs(self, row: CheckpointRow) -> None:
        """Name the entries whose hash is not the signed one, unless a fault among them is known already."""
        assert self.tree is not None  # noqa: S101 - the caller looked
        if self.findings.newest >= self.head.size:
            return
        first, last = differing(self.tree, row, self.head.size)
        one = "was altered together with its hash"
        self.findings.entry(
            FaultKind.ALTERED,
            first,
            last,
            one if first == last else "at least one was altered together with its hash",
        )


def heights(size: int) -> list[int]:
    """Give the heights of the perfect subtrees of `size` leaves, largest first."""
    return [height for height in range(HEIGHT, -1, -1) if size >> height & 1]


def differing(tree: Frontier, row: CheckpointRow, sound_up_to: int) -> tuple[int, int]:
    """Give the first and last entry among which the first difference to a signed checkpoint lies."""
    start = 0
    for height in range(row.size.bit_length() - 1, -1, -1):
        if not row.size >> height & 1:
            continue
        stop = start + (1 << height)
        place = (row.size >> height).bit_count() - 1
        if stop > sound_up_to and (
            tree.size != row.size or tree.roots[place] != roots_of(row.frontier)[place]
        ):
            return max(start, sound_up_to), stop - 1
        start = stop
    return sound_up_to, row.size - 1


def has_right_kinds(row: CheckpointRow) -> bool:
    """Say whether each column holds the kind of value it should; SQLite does not see to it."""
    kinds = (isinstance(row.root, bytes), isinstance(row.frontier, bytes), isinstance(row.note, str))
    return isinstance(row.size, int) and all(kinds)


def forged(row: CheckpointRow, verifier: NoteVerifier) -> Fault:
    """Say why a checkpoint row is not sound."""
    claims = read_head(row.note) if isinstance(row.note, str) else None
    if claims and claims.origin != verifier.origin:
        detail = f"belongs to another home ({claims.origin[:80]!r}, this one is {verifier.origin!r})"
        return Fault(FaultKind.FOREIGN, row.size, row.size, detail)
    if not isinstance(row.note, str) or verifier.head(row.note) is None:
        detail = "its signature does not hold"
    else:
        detail = "its columns differ from what was signed"
    return Fault(FaultKind.CHECKPOINT_FORGED, row.size, row.size, detail)


def entry_faults(row: Any) -> list[tuple[FaultKind, str]]:
    """Compare one row's document with its hash, its number and its columns."""
    seq, at, tag, incident, document, leaf = row
    if not isinstance(document, bytes) or leaf_hash(document) != leaf:
        return [(FaultKind.ALTERED, "its document is not the one that was hashed")]
    try:
        told = orjson.loads(document)
        number, moment = int(told["seq"]), read_moment(told["at"])
        repeated = {"at": moment, "tag": told["tag"], "incident_id": told["incident"]}
    except (ValueError, KeyError, TypeError, InvalidInputError):
        return [(FaultKind.ALTERED, "its document is not an entry")]
    if number != seq:
        return [(FaultKind.MOVED, _shift(number, seq))]
    stored: dict[str, datetime | str | None] = {"at": moment_of(at), "tag": tag, "incident_id": incident}
    wrong = [name for name, value in stored.items() if value != repeated[name]]
    return [(FaultKind.COLUMN, f"its column {name} differs from its document") for name in wrong]


def _shift(number: int, seq: int) -> str:
    near = {seq + 1: SHIFTED_DOWN, seq - 1: SHIFTED_UP}
    return near.get(number, f"holds the entry numbered {number}")
