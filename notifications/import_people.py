"""Taking in the people whose data is concerned: all of a file or nothing of it."""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from models.crypto import KEY_BYTES
from models.database import Store, Work
from models.errors import NotFoundError, RefusedError
from models.incident import Incident, IncidentKey
from models.people import DataSubject, PeopleImport
from notifications.people.csv_reading import Progress
from notifications.people.intake import Job, StoredPerson
from notifications.people.mend_file import MendFile
from notifications.people.parcel import Closing, Message, Parcel
from notifications.people.reading import Reading, reading
from notifications.people.rows import Fault
from notifications.people.source import FileSource, Source
from notifications.people.spool import read_first
from notifications.people.storing import PeopleWriter

SHOWN_FAULTS = 50
LEARNED_AT_ONCE = 20_000


@dataclass(frozen=True)
class ImportResult:
    """What became of a file: rows = stored + merged; the first faults are shown, all are in the mend file."""

    number: int
    rows: int
    stored: int
    merged: int
    without_address: int
    fault_count: int
    faults: tuple[Fault, ...] = ()
    mend_file: Path | None = None


@dataclass
class _Import:
    """An import on its way."""

    incident_id: str
    number: int
    last: int  # the last number given to a person before it
    mend: MendFile
    rows: int = 0
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)

    def note_faults(self, parcel: Parcel) -> None:
        for person, cells, faults in parcel.to_mend:
            self.fault_count += len(faults)
            self.faults.extend(faults[: SHOWN_FAULTS - len(self.faults)])
            self.mend.add(person, cells, faults)


def import_people(  # noqa: PLR0913 - what an operator may say of a file, each by its name
    store: Store,
    incident_id: str,
    path: Path,
    *,
    progress: Progress | None = None,
    mapping: Mapping[str, str] | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    actor: str = "import",
    role: str = "customer_service",
) -> ImportResult:
    """Take in a CSV, XLSX or Parquet file.

    Nobody is lost: a person with a wrong address is stored without it and reported. The same file twice stores
    nobody twice. `progress` is called with the rows read and the share of the file (0..1).

    Raises:
        InvalidInputError: the file as a whole can't be used; nothing was stored.
        NotFoundError: there is no such incident.
        UnavailableError: the reading process was ended from outside; nothing was stored.
    """
    source = FileSource(path, encoding, sheet)
    return import_from(store, incident_id, source, progress=progress, mapping=mapping, actor=actor, role=role)


def import_from(
    store: Store,
    incident_id: str,
    source: Source,
    *,
    progress: Progress | None = None,
    mapping: Mapping[str, str] | None = None,
    actor: str = "import",
    role: str = "customer_service",
) -> ImportResult:
    """Take in people from any source, as `import_people` does from a file."""
    with reading(source) as found, store.reading() as session:
        job = Job(source, incident_id, _key_of(store, session, incident_id), mapping)
        number = session.exec(_imports(incident_id)).one() + 1
        headers = found.open(job).headers
        last = _teach(found, session, incident_id)
        session.rollback()  # a reader that stays keeps SQLite's log from being written back
        mend = MendFile(store.settings.home / "mend", headers)
        current = _Import(incident_id, number, last, mend)
        messages = _shown(found.messages(), progress)
        with (
            closing(mend),
            _digesting(source) as digest,
            read_first(store.settings.home, messages, wait=source.slow) as ready,
        ):
            with store.work() as unit:
                kept = _store(unit, current, ready, digest)
                unit.record("people:imported", actor=actor, role=role, incident_id=incident_id, **kept)
            mend_file = mend.publish(f"{incident_id}-{number}.csv")
    counts = {key: kept["body"][key] for key in _COUNTS}
    return ImportResult(number, **counts, faults=tuple(current.faults), mend_file=mend_file)


def check_people(
    source: Source, *, progress: Progress | None = None, mapping: Mapping[str, str] | None = None
) -> ImportResult:
    """Say what an import into a fresh incident would do; nothing is stored, and no file written.

    Raises:
        InvalidInputError: the file as a whole can't be used.
    """
    stored = rows = 0
    faults = list[Fault]()
    unreachable, gained = set[int](), set[int]()
    with reading(source) as found:
        found.open(Job(source, "check", os.urandom(KEY_BYTES), mapping))
        for message in _shown(found.messages(), progress):
            if isinstance(message, Parcel):
                rows, stored = message.rows, stored + len(message.kinds)
                faults += [fault for _, _, several in message.to_mend for fault in several]
                unreachable |= set(message.unreachable())
            elif isinstance(message, Closing):
                gained = {at for at, more in message.amendments if more.contact.email or more.textable}
    lost = len(unreachable - gained)
    return ImportResult(0, rows, stored, rows - stored, lost, len(faults), tuple(faults[:SHOWN_FAULTS]))


_COUNTS = ("rows", "stored", "merged", "without_address", "fault_count")


def _key_of(store: Store, session: Session, incident_id: str) -> bytes:
    key = session.get(IncidentKey, incident_id)
    if key is None:
        raise NotFoundError(f"There is no incident {incident_id}.", remedy="See `tocsin incident list`.")
    return store.organisation_key.incident_key(incident_id, key.wrapped)


def _imports(incident_id: str) -> Any:
    return select(func.count()).select_from(PeopleImport).where(PeopleImport.incident_id == incident_id)


def _teach(found: Reading, session: Session, incident_id: str) -> int:
    """Tell whom earlier imports stored; gives the last number in use."""
    columns = [getattr(DataSubject, name) for name in StoredPerson._fields]
    chosen = select(*columns).where(DataSubject.incident_id == incident_id)
    last = 0
    for rows in session.exec(chosen.order_by(col(DataSubject.number))).partitions(LEARNED_AT_ONCE):
        found.learn([StoredPerson(*row) for row in rows])
        last = rows[-1][0]
    return last


@contextmanager
def _digesting(source: Source) -> Iterator[Callable[[], str]]:
    """Give what waits for the digest; of a large file it is made while the reading process takes its first rows."""
    if not source.alone:
        yield source.digest
        return
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(source.digest).result


def _shown(messages: Iterator[Message], progress: Progress | None) -> Iterator[Message]:
    for message in messages:
        yield message
        if progress and isinstance(message, Parcel):
            progress(message.rows, message.share)


def _store(
    unit: Work, current: _Import, messages: Iterator[Message], digesting: Callable[[], str]
) -> dict[str, Any]:
    """Store what comes; gives what the ledger is told."""
    session, incident_id = unit.session, current.incident_id
    incident = session.get_one(Incident, incident_id)
    _refuse_if_overtaken(session, current)
    writer = PeopleWriter(session, incident_id)
    for message in messages:
        if isinstance(message, Parcel):
            writer.store(message)
            current.note_faults(message)
            current.rows = message.rows
        elif isinstance(message, Closing):
            writer.unite(message.gains)
            sealer = unit.store.sealer(incident_id, session.get_one(IncidentKey, incident_id).wrapped)
            writer.amend(message.amendments, sealer, current.last + 1)
    writer.close()
    digest = digesting()
    counts = {
        "rows": current.rows,
        "stored": writer.stored,
        "merged": current.rows - writer.stored,
        "without_address": writer.unreachable,
    }
    session.add(
        PeopleImport(
            incident_id=incident_id,
            number=current.number,
            sha256=digest,
            faults=current.fault_count,
            imported_at=unit.clock(),
            **counts,
        )
    )
    body = counts | {"fault_count": current.fault_count, "sha256": digest, "import": current.number}
    return {"drill": incident.drill, "body": body}


def _refuse_if_overtaken(session: Session, current: _Import) -> None:
    """Let imports into one incident go one after the other; this one was read with those before it in mind."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(
            text("SELECT pg_advisory_xact_lock(hashtext(:incident_id))"), {"incident_id": current.incident_id}
        )
    newest = select(func.max(DataSubject.number)).where(DataSubject.incident_id == current.incident_id)
    if (session.exec(newest).one() or 0) != current.last:
        raise RefusedError(
            "Another import into this incident ended while this one was read; nothing was stored.",
            remedy="Start it again.",
        )
