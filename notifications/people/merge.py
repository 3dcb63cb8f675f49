"""What a second row about the same person adds: data kinds are united, gaps are filled."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import polars as pl

from notifications.people.attributes import Attributes
from notifications.sealed_person import Contact


@dataclass(slots=True)
class Amendment:
    """What later rows said of a person that was already numbered."""

    categories: set[str] = field(default_factory=set)
    contact: Contact = field(default_factory=lambda: Contact("", "", ""))
    textable: bool = False  # the number in `contact`
    overrules: bool = False  # a mended file replaces what it names, a duplicate only fills gaps
    addressee: str = ""  # guardian once a row says that the person is a minor
    silent: bool = False  # a row named no kinds of data: all of the incident's

    def take(self, contact: Contact, textable: bool, attributes: Attributes, overrules: bool) -> None:
        """Add what one more row says; of a minor only the guardian's contact counts."""
        self.categories |= attributes.categories
        self.silent = self.silent or not attributes.categories
        if attributes.addressee and not self.addressee:
            self.addressee, self.contact, self.textable = attributes.addressee, Contact("", "", ""), False
        elif self.addressee and not attributes.addressee:
            return
        self.overrules = self.overrules or overrules
        first, second = (contact, self.contact) if self.overrules else (self.contact, contact)
        kept = self.contact.phone and not (self.overrules and contact.phone)
        self.textable = self.textable if kept else textable
        self.contact = filled(first, second)

    def united(self, had: frozenset[str]) -> frozenset[str]:
        """Give all kinds of data of a person who had some; empty stands for all of the incident's."""
        return united(had, frozenset() if self.silent else frozenset(self.categories))


def filled(first: Contact, second: Contact) -> Contact:
    """Give a contact with its gaps filled from another."""
    return Contact(
        first.name or second.name,
        first.email or second.email,
        first.phone or second.phone,
        first.reference or second.reference,
    )


@lru_cache(maxsize=4096)  # many people, few kinds of data
def united(had: frozenset[str], more: frozenset[str]) -> frozenset[str]:
    """Give the kinds of data of both; empty stands for all of the incident's."""
    return had | more if had and more else frozenset()


class Merging:
    """Gathers what rows add to people who have a number already.

    Of everybody it keeps one number that tells whether two contacts are alike, and the place of what they have in
    common with others: most second rows bring no new address, and only add kinds of data.
    """

    def __init__(self, attributes: Sequence[Attributes]) -> None:
        """Start with nobody; `attributes` grows as the file is read."""
        self._attributes = attributes
        self._contacts = pl.Series(dtype=pl.UInt64)
        self._shared = pl.Series(dtype=pl.UInt32)
        self._kinds: dict[int, frozenset[str]] = {}
        self._untold: set[int] = set()  # whose kinds `gains` has not given yet
        self.amendments: dict[int, Amendment] = {}

    def add(self, contacts: pl.Series, attributes: pl.Series) -> None:
        """Take the next people, in the order of their numbers; null for one whose data was erased."""
        self._contacts.append(contacts)
        self._shared.append(attributes)

    def merge(self, people: pl.DataFrame, overruling: frozenset[int]) -> None:
        """Take rows about people already added: columns of `People`, their `number` and `likeness`."""
        places, kinds = people["number"] - 1, [each.categories for each in self._attributes]
        alike = (people["likeness"] == self._contacts.gather(places)).fill_null(value=False)
        alike &= ~people["at"].is_in(list(overruling))
        minors = [at for at, each in enumerate(self._attributes) if each.addressee]
        alike &= people["attributes"].is_in(minors) == self._shared.gather(places).is_in(minors)
        known = people.select("number", "attributes", had=self._shared.gather(places)).filter(alike)
        for number, attributes, had in known.rows():
            self._unite(number, kinds[had], kinds[attributes])
        for row in people.filter(~alike).iter_rows(named=True):
            contact = Contact(row["name"], row["email"], row["phone"], row["reference"])
            amendment = self.amendments.setdefault(row["number"], Amendment())
            attributes = self._attributes[row["attributes"]]
            amendment.take(contact, row["textable"], attributes, row["at"] in overruling)

    def _unite(self, number: int, had: frozenset[str], more: frozenset[str]) -> None:
        had = self._kinds.get(number, had)
        both = united(had, more)
        if both != had:
            self._kinds[number] = both
            self._untold.add(number)

    def gains(self, least: int = 0) -> list[tuple[int, str]]:
        """Give all kinds of data of those who gained some since this was asked, once they are at least that many."""
        if len(self._untold) < least:
            return []
        numbers, self._untold = sorted(self._untold), set()
        return [(number, joined(self._kinds[number])) for number in numbers]


@lru_cache(maxsize=4096)
def joined(categories: frozenset[str]) -> str:
    """Write kinds of data as they are stored."""
    return ",".join(sorted(categories))
