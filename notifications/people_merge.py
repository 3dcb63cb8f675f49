"""What a second row about the same person adds: data kinds are united, gaps are filled."""

from dataclasses import dataclass, field

from sqlmodel import Session

from models.crypto import Sealer
from models.people import DataSubject
from notifications.people_rows import PersonRow
from notifications.people_spool import COLUMNS, SubjectRow
from notifications.sealed_person import Contact, email_key, open_contact, phone_key, seal_contact

AT = {name: place for place, name in enumerate(COLUMNS)}


@dataclass(slots=True)
class Amendment:
    """What later rows said of a person that was already numbered."""

    categories: set[str] = field(default_factory=set)
    contact: Contact = field(default_factory=lambda: Contact("", "", ""))
    textable: bool = False
    overrules: bool = False  # a mended file replaces what it names, a duplicate only fills gaps

    def take(self, person: PersonRow) -> None:
        """Add what one more row says."""
        self.categories |= person.categories
        self.overrules = self.overrules or person.amends is not None
        first, second = (person.contact, self.contact) if self.overrules else (self.contact, person.contact)
        self.textable = self.textable or person.textable
        self.contact = _filled(first, second)


def _filled(first: Contact, second: Contact) -> Contact:
    return Contact(
        first.name or second.name,
        first.email or second.email,
        first.phone or second.phone,
        first.reference or second.reference,
    )


def amended(row: SubjectRow, amendment: Amendment, sealer: Sealer) -> SubjectRow:
    """Give the row as it stands after an amendment."""
    incident_id, number = row[AT["incident_id"]], row[AT["number"]]
    before = open_contact(sealer, incident_id, number, row[AT["sealed"]])
    new = amendment.contact
    after = _filled(new, before) if amendment.overrules else _filled(before, new)
    had = set(filter(None, row[AT["categories"]].split(",")))
    phone_is_new = bool(new.phone) and after.phone == new.phone
    changes = {
        "categories": ",".join(sorted(had | amendment.categories)) if had and amendment.categories else "",
        "has_email": bool(after.email),
        "has_phone": amendment.textable if phone_is_new else row[AT["has_phone"]],
        "email_key": email_key(sealer, after.email),
        "phone_key": phone_key(sealer, after.phone),
        "sealed": seal_contact(sealer, incident_id, number, after) if after != before else row[AT["sealed"]],
    }
    return tuple(changes.get(name, value) for name, value in zip(COLUMNS, row, strict=True))


def amend_stored(
    session: Session, incident_id: str, number: int, amendment: Amendment, sealer: Sealer
) -> None:
    """Amend a person that an earlier import stored; one whose data was erased stays erased."""
    subject = session.get(DataSubject, (incident_id, number))
    if subject is None or subject.sealed is None:
        return
    row = tuple(getattr(subject, name) for name in COLUMNS)
    for name, value in zip(COLUMNS, amended(row, amendment, sealer), strict=True):
        if value != getattr(subject, name):
            setattr(subject, name, value)
    session.add(subject)
