"""Taking in the people whose data is concerned: the whole file is read and checked before anything is stored."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.crypto import Sealer
from models.database import Store, Work
from models.errors import InvalidInputError, RefusedError
from models.incident import Incident
from models.people import DataSubject, PeopleImport
from notifications.csv_reading import CsvTable, Progress, open_csv
from notifications.mend_file import MendFile
from notifications.people_columns import columns_of
from notifications.people_identity import Identities
from notifications.people_merge import Amendment, amend_stored, amended
from notifications.people_rows import Fault, PersonRow, RowReader
from notifications.people_spool import Draft, Spool, SubjectRow, insert_subjects, sealed_rows
from notifications.sealed_person import open_contact, sealer_of

SHOWN_FAULTS = 50


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
class _Reading:
    """A file on its way: what was read so far, nothing of it stored."""

    incident_id: str
    sealer: Sealer
    identities: Identities
    number: int  # of this import
    last: int  # the last number given to a person before this import
    spool: Spool
    mend: MendFile
    amendments: dict[int, Amendment] = field(default_factory=dict)
    rows: int = 0
    merged: int = 0
    unreachable: int = 0
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)

    def take(self, row: int, cells: list[str], person: PersonRow) -> None:
        self.rows += 1
        keys, identity = self.identities.keys_of(person.contact), None
        if not keys:
            identity = self.identities.identity_of(person)
            keys = (hash(identity),)
        number = self.identities.number_of(keys) if person.amends is None else self._amended(row, person)
        if number is None:
            number = self.last + self.spool.count + 1
            self.spool.add(Draft(number, person, identity))
        else:
            self.merged += 1
            self.amendments.setdefault(number, Amendment()).take(person)
        self.identities.learn(number, keys)
        if person.faults or not person.reachable:
            self._note_faults(row, cells, person, number)

    def _amended(self, row: int, person: PersonRow) -> int:
        if person.amends is not None and 1 <= person.amends <= self.last:
            return person.amends
        raise InvalidInputError(
            "The row amends a person who is not in this incident; nothing was stored.",
            where=f"row {row}, column tocsin_person",
            expected=f"a number from 1 to {self.last}",
        )

    def _note_faults(self, row: int, cells: list[str], person: PersonRow, number: int) -> None:
        if not person.faults:
            person.faults.append(Fault(row, "", "neither an e-mail address nor a phone number"))
        self.fault_count += len(person.faults)
        self.faults.extend(person.faults[: SHOWN_FAULTS - len(self.faults)])
        self.mend.add(number, cells, person.faults)


def import_people(  # noqa: PLR0913 - what an operator may say of a file, each by its name
    store: Store,
    incident_id: str,
    path: Path,
    *,
    progress: Progress | None = None,
    mapping: Mapping[str, str] | None = None,
    encoding: str | None = None,
    actor: str = "import",
    role: str = "customer_service",
) -> ImportResult:
    """Take in a CSV file; nobody is lost: a person with a wrong address is stored without it and reported.

    `progress` is called with the rows read and the share of the file (0..1). The same file twice stores nobody
    twice.

    Raises:
        InvalidInputError: the file as a whole can't be used; nothing was stored.
        NotFoundError: there is no such incident.
    """
    table = open_csv(path, encoding, progress)
    reader = RowReader(table.headers, columns_of(table.headers, mapping, path.name))
    digest = _digest(path)
    reading = _begin(store, incident_id, table)
    try:
        with closing(reading.spool):
            for row, cells in table.rows():
                reading.take(row, cells, reader.read(row, cells))
            if not reading.rows:
                raise InvalidInputError("The file has column names but no rows.", where=path.name)
            with store.work() as unit:
                drill = _store(unit, reading, digest)
                unit.record(
                    "people:imported",
                    actor=actor,
                    role=role,
                    incident_id=incident_id,
                    drill=drill,
                    body=_counts(reading) | {"sha256": digest, "import": reading.number},
                )
        mend_file = reading.mend.publish(f"{incident_id}-{reading.number}.csv")
    finally:
        reading.mend.discard()
    return ImportResult(reading.number, **_counts(reading), faults=tuple(reading.faults), mend_file=mend_file)


def _counts(reading: _Reading) -> dict[str, int]:
    return {
        "rows": reading.rows,
        "stored": reading.spool.count,
        "merged": reading.merged,
        "without_address": reading.unreachable,
        "fault_count": reading.fault_count,
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _begin(store: Store, incident_id: str, table: CsvTable) -> _Reading:
    with store.reading() as session:
        sealer = sealer_of(store, session, incident_id)
        identities = Identities(sealer)
        last = _learn_stored(session, incident_id, identities, sealer)
        count = session.exec(_imports(incident_id)).one()
    home = store.settings.home
    spool = Spool(home, partial(sealed_rows, sealer, incident_id, count + 1))
    mend = MendFile(home / "mend", table.headers)
    return _Reading(incident_id, sealer, identities, count + 1, last, spool, mend)


def _learn_stored(session: Session, incident_id: str, identities: Identities, sealer: Sealer) -> int:
    """Learn under what everybody stored before is known; gives the last number in use."""
    known = select(DataSubject.number, DataSubject.identity, DataSubject.sealed)
    last = 0
    for number, identity, sealed in session.exec(
        known.where(DataSubject.incident_id == incident_id).order_by(col(DataSubject.number))
    ):
        keys = identities.keys_of(open_contact(sealer, incident_id, number, sealed)) if sealed else ()
        identities.learn(number, (*keys, hash(identity)) if identity else keys)
        last = number
    return last


def _imports(incident_id: str) -> SelectOfScalar[int]:
    return select(func.count()).select_from(PeopleImport).where(PeopleImport.incident_id == incident_id)


def _store(unit: Work, reading: _Reading, digest: str) -> bool:
    session, incident_id = unit.session, reading.incident_id
    incident = session.get_one(Incident, incident_id)
    _refuse_if_overtaken(session, reading)
    insert_subjects(session, _amended_rows(reading))
    for number, amendment in reading.amendments.items():
        if number <= reading.last:
            amend_stored(session, incident_id, number, amendment, reading.sealer)
    session.add(
        PeopleImport(
            incident_id=incident_id,
            number=reading.number,
            sha256=digest,
            rows=reading.rows,
            stored=reading.spool.count,
            merged=reading.merged,
            without_address=reading.unreachable,
            faults=reading.fault_count,
            imported_at=unit.clock(),
        )
    )
    return incident.drill


def _refuse_if_overtaken(session: Session, reading: _Reading) -> None:
    newest = select(func.max(DataSubject.number)).where(DataSubject.incident_id == reading.incident_id)
    if (session.exec(newest).one() or 0) != reading.last:
        raise RefusedError(
            "Another import into this incident ended while this one was read; nothing was stored.",
            remedy="Start it again.",
        )


def _amended_rows(reading: _Reading) -> Iterator[SubjectRow]:
    for chunk in reading.spool.chunks():
        for row in chunk:
            amendment = reading.amendments.get(row[1])
            whole = amended(row, amendment, reading.sealer) if amendment else row
            if not (whole[6] or whole[7]):
                reading.unreachable += 1
            yield whole
