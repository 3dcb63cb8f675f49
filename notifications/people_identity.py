"""Who is the same person again: by the bank's own number, else by address and name together.

An address alone is not enough: couples and families share one, and each of them has a right to be told.
"""

from collections import Counter

from models.crypto import Sealer
from notifications.addresses import email_identity
from notifications.people_rows import PersonRow
from notifications.sealed_person import IDENTITY_BYTES, Contact


class Identities:
    """Everybody known in an incident: what they are known by, each with the person's number.

    Keys are Python's own keyed 64-bit hashes: of a million people, two meet by chance once in thirty million
    imports, and the tables of a million fit a small machine.
    """

    def __init__(self, sealer: Sealer) -> None:
        """Start with nobody."""
        self._sealer = sealer
        self._number_of: dict[int, int] = {}
        self._alike: Counter[bytes] = Counter()

    def learn(self, number: int, keys: tuple[int, ...]) -> None:
        """Remember what a person is known by; the first to claim a key keeps it."""
        for key in keys:
            self._number_of.setdefault(key, number)

    def keys_of(self, contact: Contact) -> tuple[int, ...]:
        """Give what a contact is known by: the bank's own number, and an address together with the name."""
        name = contact.name.casefold()
        by_email = (hash(("email", email_identity(contact.email), name)),) if contact.email else ()
        if contact.reference and by_email:
            return (hash(("reference", contact.reference)), *by_email)
        by_phone = (hash(("phone", contact.phone, name)),) if contact.phone else ()
        if contact.reference:
            return (hash(("reference", contact.reference)), *by_phone)
        return (*by_email, *by_phone)

    def identity_of(self, person: PersonRow) -> bytes:
        """Give a digest for a row that tells a name at most. Call it once a row.

        Two rows with a name and nothing else may be two people: the second is only the second when the same
        file comes again.
        """
        contact = person.contact
        content = self._digest("row", contact.name, person.place, ",".join(sorted(person.categories)))
        self._alike[content] += 1
        return self._digest("row", content.hex(), str(self._alike[content]))

    def number_of(self, keys: tuple[int, ...]) -> int | None:
        """Give the number of the person known by any of the keys."""
        for key in keys:
            if (number := self._number_of.get(key)) is not None:
                return number
        return None

    def _digest(self, *parts: str) -> bytes:
        return self._sealer.lookup("\x1f".join(parts))[:IDENTITY_BYTES]
