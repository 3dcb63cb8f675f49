"""Finding the ledger entries that a figure rests on, for one incident at one size of the ledger."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson
from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from models.ledger import LedgerCheckpoint, LedgerEntry
from models.merkle import leaf_hash
from reports.view import Record
from reports.view_terms import Seqs


class Told(NamedTuple):
    """One entry as the index read it from its canonical document; `at` is RFC 3339 in UTC."""

    seq: int
    at: str
    tag: str
    actor: str
    role: str
    facts_version: int | None
    body: dict[str, Any]


class LedgerIndex:
    """An incident's entries, found by subject and by the ids they mention."""

    def __init__(self, entries: Iterable[tuple[Told, bool]]) -> None:
        """Take entries in order, each with whether its document still matches its leaf hash."""
        self.entries: list[Told] = []
        altered: list[int] = []
        self._by_mention: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._by_tag: defaultdict[str, list[int]] = defaultdict(list)
        for entry, intact in entries:
            self.entries.append(entry)
            self._by_tag[entry.tag].append(entry.seq)
            subject = entry.tag.partition(":")[0]
            for word in _words_in(entry.body):
                self._by_mention[subject, word].append(entry.seq)
            if not intact:
                altered.append(entry.seq)
        self.altered: Seqs = tuple(altered)

    def about(self, subject: str, *ids: str) -> Seqs:
        """Give the entries `subject:*` whose body mentions one of `ids`."""
        return tuple(sorted({seq for name in ids for seq in self._by_mention.get((subject, name), ())}))

    def tagged(self, *tags: str) -> Seqs:
        """Give the entries with one of these tags; a trailing `:` takes every action of a subject."""
        found = (
            seq
            for known, seqs in self._by_tag.items()
            if any(known == tag or (tag.endswith(":") and known.startswith(tag)) for tag in tags)
            for seq in seqs
        )
        return tuple(sorted(found))

    def of_facts(self, version: int) -> Seqs:
        """Give the entries that recorded one version of the facts."""
        return tuple(
            entry.seq
            for entry in self.entries
            if entry.tag.startswith("facts:") and entry.facts_version == version
        )

    def by_subject(self) -> tuple[tuple[str, int], ...]:
        """Count entries by the subject of their tag."""
        counts: Counter[str] = Counter()
        for tag, seqs in self._by_tag.items():
            counts[tag.partition(":")[0]] += len(seqs)
        return tuple(sorted(counts.items()))


def _words_in(body: dict[str, Any]) -> set[str]:
    """Collect the texts of a body, however deep; without recursion, since it runs for every entry."""
    words: set[str] = set()
    waiting: list[Any] = [body]
    while waiting:
        value = waiting.pop()
        inner = value.values() if isinstance(value, dict) else value
        for each in inner:
            if isinstance(each, str):
                words.add(each)
            elif isinstance(each, dict | list):
                waiting.append(each)
    return words


def read_index(session: Session, incident_id: str, size: int) -> LedgerIndex:
    """Read an incident's entries among the first `size` of the ledger."""
    columns = select(LedgerEntry.seq, LedgerEntry.document, LedgerEntry.leaf_hash)
    wanted = columns.where(LedgerEntry.incident_id == incident_id, LedgerEntry.seq < size)
    # Many rows of plain columns: the connection hands them over several times faster than a session would.
    rows = session.connection().execute(wanted.order_by(col(LedgerEntry.seq)))
    return LedgerIndex(_told(*row) for row in rows)


def read_subjects(session: Session, incident_ids: Iterable[str], subjects: Iterable[str]) -> LedgerIndex:
    """Read the entries of some subjects, such as `cost`, of several incidents."""
    tags = or_(*(col(LedgerEntry.tag).startswith(f"{subject}:") for subject in subjects))
    columns = select(LedgerEntry.seq, LedgerEntry.document, LedgerEntry.leaf_hash)
    wanted = columns.where(col(LedgerEntry.incident_id).in_(list(incident_ids)), tags)
    rows = session.connection().execute(wanted.order_by(col(LedgerEntry.seq)))
    return LedgerIndex(_told(*row) for row in rows)


def _told(seq: int, document: bytes, leaf: bytes) -> tuple[Told, bool]:
    try:
        read = orjson.loads(document)
        entry = Told(
            seq, read["at"], read["tag"], read["actor"], read["role"], read["facts_version"], read["body"]
        )
    except (ValueError, KeyError, TypeError):  # a damaged document is named, it doesn't stop the report
        entry = Told(seq, "", "unreadable:", "", "", None, {})
    return entry, leaf_hash(document) == leaf


def head_at(session: Session, size: int | None) -> LedgerCheckpoint | None:
    """Give the newest signed head, or the newest one of no more than `size` entries."""
    newest = select(func.max(LedgerCheckpoint.size))
    if size is not None:
        newest = newest.where(LedgerCheckpoint.size <= size)
    at_most = newest.scalar_subquery()
    return session.exec(select(LedgerCheckpoint).where(LedgerCheckpoint.size == at_most)).first()


def record_of(index: LedgerIndex, head: LedgerCheckpoint | None) -> Record:
    """Sum up the ledger behind a report."""
    return Record(
        size=head.size if head else 0,
        root=head.root.hex() if head else None,
        note=head.note if head else None,
        entries=len(index.entries),
        altered=index.altered,
        first_seq=index.entries[0].seq if index.entries else None,
        last_seq=index.entries[-1].seq if index.entries else None,
        by_subject=index.by_subject(),
    )
