"""What travels from reading people to storing them, perhaps between two processes: all that is personal is sealed.

Only the few rows with faults, for the mend file, and contacts that later rows amend are not.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import polars as pl

from models.crypto import Sealer
from notifications.people_attributes import Attributes
from notifications.people_merge import Amendment, joined
from notifications.people_rows import Fault
from notifications.sealed_person import KEY_BYTES, context_of

HAS_EMAIL, HAS_PHONE, HAS_NUMBER = 1, 2, 4  # a phone that can receive SMS; any number
REACHED = HAS_EMAIL | HAS_PHONE
Shared = tuple[str, str, str, str]  # place, language, relation, kinds of data


@dataclass(slots=True)
class Opening:
    """The file can be read; its column names."""

    headers: list[str]


@dataclass(slots=True)
class Parcel:
    """People in the order of their numbers, from `first` on."""

    first: int
    shared: list[Shared]  # those met for the first time; earlier parcels hold the others
    attributes: "array[int]"  # of each person, the place in all `shared` so far
    flags: bytes
    lengths: "array[int]"
    sealed: bytes  # of each person both look-up digests (zeros for none), then the sealed contact
    identities: dict[int, bytes] = field(default_factory=dict)  # by number, of those nothing else tells apart
    to_mend: list[tuple[int, list[str], list[Fault]]] = field(default_factory=list)
    rows: int = 0
    share: float = 0.0

    def blobs(self) -> list[bytearray]:
        """Give each person's part of `sealed`."""
        whole = bytearray(self.sealed)  # a part of it binds to a statement in a third of the time bytes take
        return [whole[start:end] for start, end in pairwise(accumulate(self.lengths, initial=0))]


@dataclass(slots=True)
class Closing:
    """What the file added to people who had a number already."""

    kinds: list[tuple[int, str]]
    amendments: list[tuple[int, Amendment]]


Message = Opening | Parcel | Closing


def clear_contacts(people: pl.DataFrame) -> pl.Series:
    """Write name, address, number and reference as the JSON list that is sealed."""
    fields = [pl.col(name) for name in ("name", "email", "phone", "reference")]
    if people.select(pl.any_horizontal(field.str.contains(r'["\\]').any() for field in fields)).item():
        escaped = [field.str.replace_all("\\", "\\\\", literal=True) for field in fields]
        fields = [field.str.replace_all('"', '\\"', literal=True) for field in escaped]
    listed = pl.concat_str(fields, separator='","')
    return people.select(pl.concat_str(pl.lit('["'), listed, pl.lit('"]'))).to_series()


def sealed_people(sealer: Sealer, incident_id: str, first: int, people: pl.DataFrame) -> Parcel:
    """Seal people with the numbers from `first` on: `people` has the columns of `People`, and `clear`."""
    clear = people["clear"].cast(pl.Binary).to_list()
    contexts = [context_of(incident_id, number) for number in range(first, first + len(clear))]
    sealed = sealer.seal_each(clear, contexts)
    emails = _digests(sealer, "email:", people["mailbox"])
    phones = _digests(sealer, "phone:", people["phone"])
    blobs = [email + phone + hidden for email, phone, hidden in zip(emails, phones, sealed, strict=True)]
    flags = people.select(
        (pl.col("email") != "").cast(pl.UInt8) * HAS_EMAIL
        + pl.col("textable").cast(pl.UInt8) * HAS_PHONE
        + (pl.col("phone") != "").cast(pl.UInt8) * HAS_NUMBER
    ).to_series()
    return Parcel(
        *(first, [], array("I", people["attributes"].to_list()), bytes(flags.to_list())),
        *(array("I", map(len, blobs)), b"".join(blobs)),
    )


def _digests(sealer: Sealer, kind: str, addresses: pl.Series) -> list[bytes]:
    present = addresses.filter(addresses != "")
    values = present.to_frame("a").select((kind + pl.col("a")).cast(pl.Binary)).to_series().to_list()
    digests = iter([digest[:KEY_BYTES] for digest in sealer.lookup_each(values)])
    if len(present) == len(addresses):
        return list(digests)
    return [next(digests) if given else bytes(KEY_BYTES) for given in (addresses != "").to_list()]


def shared_of(attributes: Sequence[Attributes]) -> list[Shared]:
    """Write attributes as they are stored."""
    return [(each.place, each.language, each.relation, joined(each.categories)) for each in attributes]
