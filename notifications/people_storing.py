"""Storing people by each database's fastest way, inside the session's transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from models.crypto import Sealer
from models.people import DataSubject
from notifications.people_copying import COLUMNS, ParcelCopier
from notifications.people_cutting import ParcelCutter
from notifications.people_merge import Amendment, filled, joined
from notifications.people_parcel import Parcel, Shared
from notifications.sealed_person import open_contact, phone_key, seal_contact

SUBJECT = SQLModel.metadata.tables[str(DataSubject.__tablename__)]
AT_ONCE = 500
_KINDS = {
    "sqlite": "UPDATE data_subject SET categories = ?3 WHERE incident_id = ?1 AND number = ?2",
    "postgresql": """
        UPDATE data_subject SET categories = gained.categories
        FROM unnest(CAST(:numbers AS integer[]), CAST(:categories AS text[])) AS gained (number, categories)
        WHERE data_subject.incident_id = :incident_id AND data_subject.number = gained.number
    """,
}


class PeopleWriter:
    """Stores what one import brings; nothing is committed here."""

    def __init__(self, session: Session, incident_id: str, import_number: int) -> None:
        """Write within the session's transaction."""
        self._session, self._connection = session, session.connection()
        self._incident_id = incident_id
        self._shared: list[Shared] = []
        own = incident_id, import_number
        self._cutter = self._copier = None
        if self._connection.dialect.name == "postgresql":
            self._copier = ParcelCopier(*own)
        else:
            self._cutter = ParcelCutter(self._connection, *own)
        self.stored = self.unreachable = 0

    def store(self, parcel: Parcel) -> None:
        """Insert the people of a parcel."""
        self._shared += parcel.shared
        self.stored += len(parcel.kinds)
        self.unreachable += sum(1 for _ in parcel.unreachable())
        if self._copier:
            self._copy(self._copier.copied(parcel, self._shared))
        if self._cutter:
            self._cutter.store(parcel, self._shared)
        if parcel.identities:
            mine = (SUBJECT.c.incident_id == self._incident_id) & (SUBJECT.c.number == bindparam("person"))
            values = [{"person": number, "digest": each} for number, each in parcel.identities.items()]
            self._session.execute(update(SUBJECT).where(mine).values(identity=bindparam("digest")), values)

    def close(self) -> None:
        """Leave nothing behind on the connection."""
        if self._cutter:
            self._cutter.close()

    def _copy(self, rows: bytes) -> None:
        dbapi = self._connection.dialect.loaded_dbapi
        driver: Any = self._connection.connection.driver_connection
        statement = f"COPY data_subject ({COLUMNS}) FROM STDIN (FORMAT binary)"
        try:
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                copy.write(rows)
        except dbapi.Error as error:
            raise DBAPIError.instance(statement, None, error, dbapi.Error, hide_parameters=True) from error

    def unite(self, kinds: Sequence[tuple[int, str]]) -> None:
        """Store the kinds of data of people who gained some."""
        if not kinds:
            return
        if self._connection.dialect.name == "postgresql":
            numbers, categories = zip(*kinds, strict=True)
            gained = {"numbers": list(numbers), "categories": list(categories)}
            statement = text(_KINDS["postgresql"])
            self._connection.execute(statement, {"incident_id": self._incident_id, **gained})
        else:
            rows = [(self._incident_id, number, categories) for number, categories in kinds]
            self._connection.exec_driver_sql(_KINDS["sqlite"], rows)

    def amend(self, amendments: Sequence[tuple[int, Amendment]], sealer: Sealer, first_new: int) -> None:
        """Amend people who were stored before; one whose data was erased stays erased."""
        for start in range(0, len(amendments), AT_ONCE):
            by_number = dict(amendments[start : start + AT_ONCE])
            chosen = select(SUBJECT).where(
                SUBJECT.c.incident_id == self._incident_id,
                SUBJECT.c.number.in_(by_number),
                SUBJECT.c.sealed.is_not(None),
            )
            changed = []
            for row in self._session.execute(chosen).mappings():
                after = amended(row, by_number[row["number"]], sealer)
                if row["number"] >= first_new:
                    before = row["has_email"] or row["has_phone"]
                    self.unreachable += bool(before) - bool(after["has_email"] or after["has_phone"])
                changed.append(after | {"person": row["number"]})
            if changed:
                mine = (SUBJECT.c.incident_id == self._incident_id) & (
                    SUBJECT.c.number == bindparam("person")
                )
                values: dict[str, Any] = {name: bindparam(name) for name in changed[0] if name != "person"}
                self._session.execute(update(SUBJECT).where(mine).values(values), changed)


def amended(row: Any, amendment: Amendment, sealer: Sealer) -> dict[str, Any]:
    """Give the columns of a stored person as they stand after an amendment."""
    incident_id, number = row["incident_id"], row["number"]
    before = open_contact(sealer, incident_id, number, row["sealed"])
    new = amendment.contact
    after = filled(new, before) if amendment.overrules else filled(before, new)
    phone_is_new = bool(new.phone) and after.phone == new.phone
    return {
        "categories": joined(amendment.united(frozenset(filter(None, row["categories"].split(","))))),
        "has_email": bool(after.email),
        "has_phone": amendment.textable if phone_is_new else row["has_phone"],
        "phone_key": phone_key(sealer, after.phone),
        "sealed": seal_contact(sealer, incident_id, number, after) if after != before else row["sealed"],
    }
