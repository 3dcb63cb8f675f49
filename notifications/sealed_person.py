"""A person as they are written to: what is sealed, how it is opened, and under which digests it is found."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from models.crypto import Sealer
from models.errors import NotFoundError

if TYPE_CHECKING:  # the process that reads a file needs no database, and starts three times as fast without
    from sqlmodel import Session

    from models.database import Store

KEY_BYTES = 8
IDENTITY_BYTES = 16
GUARDIAN = "guardian"  # whom a notice about a minor is addressed to; empty: the person themselves
BETWEEN = "\x1f"  # between the fields of a contact, in none of which a control character is left


class Contact(NamedTuple):
    """The sealed part of a person; an empty string is an absent field."""

    name: str
    email: str
    phone: str
    reference: str = ""


def compared_name(name: str, reference: str, addressee: str) -> str:
    """Give the name by which a person is told from others at the same address.

    The contact of a minor is the guardian's: from each other and from the guardian, children of one guardian are told
    by the bank's own number.
    """
    return f"{GUARDIAN}/{reference}/{name.casefold()}" if addressee else name.casefold()


def context_of(incident_id: str, number: int) -> str:
    """Give the place a contact is sealed for."""
    return f"{people_of(incident_id)}{number}"


def people_of(incident_id: str) -> str:
    """Give what the places of an incident's people begin with; a person's number follows."""
    return f"{incident_id}/person/"


def seal_contact(sealer: Sealer, incident_id: str, number: int, contact: Contact) -> bytes:
    """Seal a contact for its place: moved to another row or incident it does not open."""
    clear = BETWEEN.join((contact.name, contact.email, contact.phone, contact.reference))
    return sealer.seal(clear.encode(), context_of(incident_id, number))


def open_contact(sealer: Sealer, incident_id: str, number: int, sealed: bytes) -> Contact:
    """Open what `seal_contact` made."""
    return opener(sealer, incident_id)(number, sealed)


def opener(sealer: Sealer, incident_id: str) -> Callable[[int, bytes], Contact]:
    """Give what opens the contacts of an incident's people, one after the other."""
    unseal, place = sealer.open, people_of(incident_id)

    def opened(number: int, sealed: bytes) -> Contact:
        return Contact._make(unseal(sealed, f"{place}{number}").decode().split(BETWEEN))

    return opened


def phone_key(sealer: Sealer, number: str) -> bytes | None:
    """Give the digest under which a person's phone number can be found."""
    return sealer.lookup_short(number)[:KEY_BYTES] if number else None


def sealer_of(store: "Store", session: "Session", incident_id: str) -> Sealer:
    """Give the sealer of an incident.

    Raises:
        NotFoundError: the incident has no key, so it does not exist.
        RefusedError: the key was destroyed.
    """
    from models.incident import IncidentKey  # noqa: PLC0415 - see above

    key = session.get(IncidentKey, incident_id)
    if key is None:
        raise NotFoundError(f"There is no incident {incident_id}.", remedy="See `tocsin incident list`.")
    return store.sealer(incident_id, key.wrapped)
