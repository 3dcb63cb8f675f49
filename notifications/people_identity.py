"""Who is the same person again: by the bank's own number, else by address and name together.

An address alone is not enough: couples and families share one, and each of them has a right to be told.
"""

from collections import Counter

from models.crypto import Sealer
from notifications.addresses import email_identity
from notifications.people_rows import PersonRow
from notifications.sealed_person import IDENTITY_BYTES, Contact


class Identities:
    """The digests of everybody known in an incident, each with the person's number."""

    def __init__(self, sealer: Sealer) -> None:
        """Start with nobody."""
        self._sealer = sealer
        self._number_of: dict[bytes, int] = {}
        self._alike: Counter[bytes] = Counter()

    def learn(self, number: int, *keys: bytes) -> None:
        """Remember under which digests a person is known; the first to claim one keeps it."""
        for key in keys:
            self._number_of.setdefault(key, number)

    def digests(self, contact: Contact) -> tuple[bytes, ...]:
        """Give every digest under which a contact is known: the bank's number, address and name together."""
        name, found = contact.name.casefold(), []
        if contact.reference:
            found.append(self._digest("reference", contact.reference))
        if contact.email:
            found.append(self._digest("email", email_identity(contact.email), name))
        if contact.phone:
            found.append(self._digest("phone", contact.phone, name))
        return tuple(found)

    def digests_of_row(self, person: PersonRow) -> tuple[bytes, ...]:
        """Give the digests of a row, at least one. Call it once a row: it counts rows that tell nothing more."""
        return self.digests(person.contact) or (self._nth_alike(person),)

    def number_of(self, *keys: bytes) -> int | None:
        """Give the number of the person known under any of the digests."""
        for key in keys:
            if (number := self._number_of.get(key)) is not None:
                return number
        return None

    def _nth_alike(self, person: PersonRow) -> bytes:
        # Two rows with a name and nothing else may be two people: the second is only the second when the
        # same file comes again.
        content = self._digest("row", person.contact.name, person.place, ",".join(sorted(person.categories)))
        self._alike[content] += 1
        return self._digest("row", content.hex(), str(self._alike[content]))

    def _digest(self, *parts: str) -> bytes:
        return self._sealer.lookup("\x1f".join(parts))[:IDENTITY_BYTES]
