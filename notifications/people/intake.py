"""Reading people: from a source's blocks to sealed people, each with a number, and what was added to earlier ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from models.crypto import Sealer
from models.errors import InvalidInputError
from notifications.people.attributes import Attributes
from notifications.people.block import Block
from notifications.people.checking import BlockReader, People
from notifications.people.columns import columns_of
from notifications.people.identity import Identities, Settled
from notifications.people.merge import Merging
from notifications.people.one_ahead import one_ahead
from notifications.people.parcel import (
    Closing,
    Message,
    Opening,
    Parcel,
    clear_contacts,
    sealed_people,
    shared_of,
)
from notifications.people.source import Source
from notifications.sealed_person import Contact, compared_name, open_contact

GAINS_AT_ONCE = 10_000  # few at a time would touch each page of the database again and again
_CONTACT = ("name", "email", "phone", "reference")


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be read, and for whom it is sealed."""

    source: Source
    incident_id: str
    key: bytes = field(repr=False)  # the incident's; never stored
    mapping: Mapping[str, str] | None = None


class StoredPerson(NamedTuple):
    """A person whom an earlier import stored, as the database holds them."""

    number: int
    place: str
    language: str
    relation: str
    categories: str
    addressee: str
    identity: bytes | None
    sealed: bytes | None


class Intake:
    """Reads one source: first `learn` who is known, then take the `messages`."""

    def __init__(self, job: Job) -> None:
        """Open the source.

        Raises:
            InvalidInputError: it can't be read, or no column can hold an address.
        """
        self._incident_id, self._sealer = job.incident_id, Sealer(job.key)
        self._table = job.source.open()
        headers = self._table.headers
        self.opening = Opening(headers)
        self._name = job.source.name
        columns = columns_of(headers, job.mapping, self._name)
        self._used = frozenset(at for places in columns.values() for at in places)
        self._reader = BlockReader(headers, columns)
        self._identities = Identities(self._sealer)
        self._merging = Merging(self._reader.attributes)
        self._stored = self._last = self._sent = 0

    def learn(self, stored: Sequence[StoredPerson]) -> None:
        """Take the next people that earlier imports stored, in the order of their numbers."""
        frame = self._opened(stored)
        numbers = pl.Series([person.number for person in stored], dtype=pl.UInt32)
        keys = self._identities.keys_of(frame).with_columns(
            third=pl.Series(
                [
                    Identities.key_of_identity(person.identity) if person.identity else None
                    for person in stored
                ],
                dtype=pl.UInt64,
            )
        )
        self._identities.learn(keys, numbers)
        erased = pl.Series([person.sealed is None for person in stored])
        likeness = self._identities.likeness_of(clear_contacts(frame))
        self._merging.add(likeness.set(erased, None), frame["attributes"])
        self._stored = self._last = stored[-1].number

    def _opened(self, stored: Sequence[StoredPerson]) -> pl.DataFrame:
        nobody = Contact("", "", "")
        contacts = [
            open_contact(self._sealer, self._incident_id, person.number, person.sealed)
            if person.sealed
            else nobody
            for person in stored
        ]
        columns = {name: [getattr(contact, name) for contact in contacts] for name in _CONTACT}
        columns["folded"] = [
            compared_name(contact.name, contact.reference, person.addressee)
            for contact, person in zip(contacts, stored, strict=True)
        ]
        columns["mailbox"] = [contact.email.casefold() for contact in contacts]
        shared = [
            self._reader.number_of(
                Attributes(
                    person.place,
                    person.language,
                    person.relation,
                    frozenset(filter(None, person.categories.split(","))),
                    person.addressee,
                )
            )
            for person in stored
        ]
        frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        return frame.with_columns(attributes=pl.Series(shared, dtype=pl.UInt32))

    def messages(self, *, ahead: bool = False) -> Iterator[Message]:
        """Read to the end; `ahead` reads the next block in a thread while one is sealed.

        Raises:
            InvalidInputError: the source can't be read further, has no rows, or amends somebody unknown.
        """
        rows = 0
        blocks = ((block, self._reader.read(block)) for block in self._table.blocks(self._used))
        for block, people in one_ahead(blocks) if ahead else blocks:
            rows += block.frame.height
            parcel = self._parcel(block, people)
            parcel.rows, parcel.share = rows, block.share
            yield parcel
        if not rows:
            raise InvalidInputError("The file has column names but no rows.", where=self._name)
        yield Closing(self._merging.gains(), list(self._merging.amendments.items()))

    def _parcel(self, block: Block, people: People) -> Parcel:
        self._check_amended(block, people)
        clear = clear_contacts(people.frame)
        keys, identities = self._keys(people)
        settled = self._identities.settle(keys, people.amends, self._last)
        frame = people.frame.with_columns(
            number=settled.numbers, clear=clear, likeness=self._identities.likeness_of(clear)
        )
        new = frame.filter(settled.fresh)
        self._merging.add(new["likeness"], new["attributes"])
        if new.height < frame.height:
            self._merging.merge(frame.filter(~settled.fresh), frozenset(people.amends))
        parcel = sealed_people(self._sealer, self._incident_id, self._last + 1, new)
        self._last += new.height
        parcel.shared = shared_of(self._reader.attributes[self._sent :])
        self._sent = len(self._reader.attributes)
        parcel.identities = _of_new(identities, settled)
        parcel.gains = self._merging.gains(least=GAINS_AT_ONCE)
        faulty = zip(people.faults.items(), block.cells_of(list(people.faults)), strict=True)
        parcel.to_mend = [(settled.numbers[at], list(cells), faults) for (at, faults), cells in faulty]
        return parcel

    def _check_amended(self, block: Block, people: People) -> None:
        wrong = next((at for at, number in people.amends.items() if not 1 <= number <= self._stored), None)
        if wrong is not None:
            raise InvalidInputError(
                "The row amends a person who is not in this incident; nothing was stored.",
                where=f"row {block.rows[wrong]}, column tocsin_person",
                expected=f"a number from 1 to {self._stored}",
            )

    def _keys(self, people: People) -> tuple[pl.DataFrame, dict[int, bytes]]:
        """Give the rows' keys; those without get a digest of all they tell."""
        keys = self._identities.keys_of(people.frame)
        nameless = keys["first"].is_null()
        if not nameless.any():
            return keys, {}
        identities: dict[int, bytes] = {}
        for at, name, attributes in people.frame.filter(nameless).select("at", "name", "attributes").rows():
            shared = self._reader.attributes[attributes]
            identities[at] = self._identities.identity_of(name, shared.place, shared.categories)
        given = pl.Series([*map(Identities.key_of_identity, identities.values())], dtype=pl.UInt64)
        places = pl.Series(list(identities), dtype=pl.UInt32)
        return keys.with_columns(first=keys["first"].scatter(places, given)), identities


def _of_new(identities: dict[int, bytes], settled: Settled) -> dict[int, bytes]:
    return {settled.numbers[at]: identity for at, identity in identities.items() if settled.fresh[at]}
