"""Storing people by each database's fastest way, inside the session's transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, SQLModel

from models.crypto import Sealer
from models.people import DataSubject
from notifications.people.copying import ParcelCopier
from notifications.people.cutting import ParcelCutter
from notifications.people.merge import Amendment, filled, joined
from notifications.people.parcel import Parcel, Shared
from notifications.sealed_person import Contact, open_contact, phone_key, seal_contact

SUBJECT = SQLModel.metadata.tables[str(DataSubject.__tablename__)]
AT_ONCE = 500


class PeopleWriter:
    """Stores what one import brings; nothing is committed here."""

    def __init__(self, session: Session, incident_id: str) -> None:
        """Write within the session's transaction."""
        self._session, self._incident_id = session, incident_id
        self._shared: list[Shared] = []
        copies = session.connection().dialect.name == "postgresql"
        self._way = (ParcelCopier if copies else ParcelCutter)(session.connection(), incident_id)
        self.stored = self.unreachable = 0

    def store(self, parcel: Parcel) -> None:
        """Insert the people of a parcel."""
        self._shared += parcel.shared
        self.stored += len(parcel.kinds)
        self.unreachable += parcel.unreachable_count()
        self._way.store(parcel, self._shared)
        if parcel.identities:
            mine = (SUBJECT.c.incident_id == self._incident_id) & (SUBJECT.c.number == bindparam("person"))
            values = [{"person": number, "digest": each} for number, each in parcel.identities.items()]
            self._session.execute(update(SUBJECT).where(mine).values(identity=bindparam("digest")), values)
        self.unite(parcel.gains)

    def unite(self, gains: Sequence[tuple[int, str]]) -> None:
        """Store the kinds of data of people who gained some."""
        if gains:
            self._way.unite(gains)

    def close(self) -> None:
        """Leave nothing behind on the connection."""
        self._way.close()

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
    if row["addressee"] != amendment.addressee:  # of a minor only the guardian's contact is kept
        after = before if row["addressee"] else filled(new, Contact("", "", "", before.reference))
    else:
        after = filled(new, before) if amendment.overrules else filled(before, new)
    phone_is_new = bool(new.phone) and after.phone == new.phone
    return {
        "categories": joined(amendment.united(frozenset(filter(None, row["categories"].split(","))))),
        "addressee": row["addressee"] or amendment.addressee,
        "has_email": bool(after.email),
        "has_phone": bool(after.phone) and (amendment.textable if phone_is_new else row["has_phone"]),
        "phone_key": phone_key(sealer, after.phone),
        "sealed": seal_contact(sealer, incident_id, number, after) if after != before else row["sealed"],
    }
