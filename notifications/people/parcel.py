"""What travels from reading people to storing them, perhaps between two processes: all that is personal is sealed.

Only the few rows with faults, for the mend file, and contacts that later rows amend are not.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from models.crypto import BLOCK_BYTES, SEALED_MORE, Sealer
from notifications.people.attributes import Attributes
from notifications.people.merge import Amendment, joined
from notifications.people.rows import Fault
from notifications.sealed_person import BETWEEN, KEY_BYTES, people_of, phone_key

HAS_EMAIL, HAS_PHONE, HAS_NUMBER = 1, 2, 4  # a phone that can receive SMS; any number
FLAG_BITS = 3
REACHED = HAS_EMAIL | HAS_PHONE
Shared = tuple[str, str, str, str, str]  # place, language, relation, kinds of data, addressee


@dataclass(slots=True)
class Opening:
    """The file can be read; its column names."""

    headers: list[str]


@dataclass(slots=True)
class Parcel:
    """People in the order of their numbers, from `first` on."""

    first: int
    shared: list[Shared]  # those met for the first time; earlier parcels hold the others
    kinds: "array[int]"  # of each person what `kind_of` gives for the place in all `shared` so far, and the flags
    keys: bytes  # of each person the digest of the number, zeros for none
    lengths: "array[int]"
    sealed: bytes  # of each person the sealed contact
    identities: dict[int, bytes] = field(default_factory=dict)  # by number, of those nothing else tells apart
    gains: list[tuple[int, str]] = field(default_factory=list)  # kinds of people in this or an earlier parcel
    to_mend: list[tuple[int, list[str], list[Fault]]] = field(default_factory=list)
    rows: int = 0
    share: float = 0.0

    def unreachable(self) -> Iterator[int]:
        """Give the numbers of those whom neither an e-mail nor an SMS reaches."""
        return (number for number, kind in enumerate(self.kinds, self.first) if not kind & REACHED)

    def unreachable_count(self) -> int:
        """Count them."""
        return sum(count for kind, count in Counter(self.kinds).items() if not kind & REACHED)


@dataclass(slots=True)
class Closing:
    """What the file added to people who had a number already, as far as no parcel said so."""

    gains: list[tuple[int, str]]
    amendments: list[tuple[int, Amendment]]


Message = Opening | Parcel | Closing


def kind_of(attributes: int, flags: int) -> int:
    """Give one number for what a person shares with others, by its place, and their flags."""
    return attributes << FLAG_BITS | flags


def clear_contacts(people: pl.DataFrame) -> pl.Series:
    """Write name, address, number and reference as `seal_contact` seals them."""
    return people.select(pl.concat_str("name", "email", "phone", "reference", separator=BETWEEN)).to_series()


def sealed_people(sealer: Sealer, incident_id: str, first: int, people: pl.DataFrame) -> Parcel:
    """Seal people with the numbers from `first` on: `people` has the columns of `People`, and `clear`."""
    places = people.select(people_of(incident_id) + pl.int_range(first, first + pl.len()).cast(pl.String))
    clear, contexts = (column.cast(pl.Binary).to_list() for column in (people["clear"], places.to_series()))
    kinds = people.select(
        pl.col("attributes") * (1 << FLAG_BITS)
        + (pl.col("email") != "").cast(pl.UInt32) * HAS_EMAIL
        + pl.col("textable").cast(pl.UInt32) * HAS_PHONE
        + (pl.col("phone") != "").cast(pl.UInt32) * HAS_NUMBER
    ).to_series()
    lengths = people["clear"].str.len_bytes() + SEALED_MORE
    return Parcel(
        *(first, [], array("I", kinds.to_list())),
        _phone_keys(sealer, people["phone"]),
        *(array("I", lengths.to_list()), sealer.seal_each(clear, contexts)),
    )


def _phone_keys(sealer: Sealer, numbers: pl.Series) -> bytes:
    """Give what `phone_key` gives for each number, and zeros for none."""
    sizes = numbers.str.len_bytes()
    blocks = numbers.str.head(BLOCK_BYTES).str.pad_end(BLOCK_BYTES, "\0").str.join("").item()
    keys = bytearray(8 * len(numbers))
    digests = sealer.lookup_blocks(blocks.encode())
    for at in range(KEY_BYTES):
        keys[at::KEY_BYTES] = digests[at::BLOCK_BYTES]
    for at in (sizes == 0).arg_true():
        keys[at * KEY_BYTES : (at + 1) * KEY_BYTES] = bytes(KEY_BYTES)
    for at in (sizes > BLOCK_BYTES).arg_true():  # Germany has numbers of 17 digits
        keys[at * KEY_BYTES : (at + 1) * KEY_BYTES] = phone_key(sealer, numbers[at]) or b""
    return bytes(keys)


def shared_of(attributes: Sequence[Attributes]) -> list[Shared]:
    """Write attributes as they are stored."""
    return [
        (each.place, each.language, each.relation, joined(each.categories), each.addressee)
        for each in attributes
    ]
