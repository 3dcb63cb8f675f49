"""Who is the same person again: by the bank's own number, else by address and name together.

An address alone is not enough: couples and families share one, and each of them has a right to be told.
"""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from models.crypto import Sealer
from notifications.sealed_person import IDENTITY_BYTES

KEY_BYTES = 8


@dataclass(slots=True)
class Settled:
    """Who the rows of one block are."""

    numbers: pl.Series  # of the person each row is about
    fresh: pl.Series  # whether that person is new with this row


class Identities:
    """Everybody known in an incident: what they are known by, each with the person's number.

    Keys are 64-bit hashes with a start chosen anew by each import: of a million people, two meet by chance once in
    millions of imports, and the table of a million fits a small machine.
    """

    def __init__(self, sealer: Sealer) -> None:
        """Start with nobody."""
        self._sealer = sealer
        self._start = int.from_bytes(os.urandom(7), "big")
        self._known = pl.DataFrame(schema={"key": pl.UInt64, "person": pl.UInt32})
        self._alike: Counter[bytes] = Counter()

    def keys_of(self, people: pl.DataFrame) -> pl.DataFrame:
        """Give what contacts are known by: the bank's own number, and an address together with the name."""
        by_reference = self._key("reference", pl.col("reference"))
        by_email = self._key("mailbox", pl.lit("e\x1f"), pl.col("mailbox"), pl.lit("\x1f"), pl.col("folded"))
        by_phone = self._key("phone", pl.lit("p\x1f"), pl.col("phone"), pl.lit("\x1f"), pl.col("folded"))
        found = people.select(r=by_reference, e=by_email, p=by_phone)
        referred, written = pl.col("r").is_not_null(), pl.col("e").is_not_null()
        by_address = pl.coalesce("e", "p")
        return found.select(
            first=pl.coalesce("r", by_address),
            second=pl.when(referred).then(by_address).when(written).then(pl.col("p")),
        )

    def _key(self, present: str, *parts: pl.Expr) -> pl.Expr:
        content = pl.concat_str(*parts) if len(parts) > 1 else "r\x1f" + parts[0]
        return pl.when(pl.col(present) != "").then(content.hash(self._start))

    def likeness_of(self, clear: pl.Series) -> pl.Series:
        """Give a number that is the same for equal contacts."""
        return clear.hash(self._start)

    def identity_of(self, name: str, place: str, categories: frozenset[str]) -> bytes:
        """Give a digest for a row that tells a name at most. Call it once a row.

        Two rows with a name and nothing else may be two people: the second is only the second when the same
        file comes again.
        """
        content = self._digest("row", name, place, ",".join(sorted(categories)))
        self._alike[content] += 1
        return self._digest("row", content.hex(), str(self._alike[content]))

    @staticmethod
    def key_of_identity(identity: bytes) -> int:
        """Give the key of a digest that `identity_of` gave."""
        return int.from_bytes(identity[:KEY_BYTES], "big")

    def learn(self, keys: pl.DataFrame, numbers: pl.Series) -> None:
        """Remember what people are known by; the first to claim a key keeps it."""
        both = pl.concat([keys.select(key=name, person=numbers) for name in keys.columns]).drop_nulls()
        claimed = both.sort("person").unique("key", keep="first", maintain_order=True)
        taken = self._known_among(claimed["key"])["key"]
        self._add(claimed.filter(~pl.col("key").is_in(taken.implode())))

    def settle(self, keys: pl.DataFrame, amends: dict[int, int], last: int) -> Settled:
        """Say of each row who it is about; new people get the numbers after `last`. Learns their keys."""
        at = pl.int_range(keys.height, dtype=pl.UInt32, eager=True)
        both = pl.concat([keys.select(key=name, at=at) for name in keys.columns]).drop_nulls()
        known = self._known_among(both["key"])
        met_again = both["key"].is_duplicated() | both["key"].is_in(known["key"].implode())
        doubtful = (
            both.filter(met_again)["at"].append(pl.Series(list(amends), dtype=pl.UInt32)).unique().sort()
        )
        familiar, others = _familiar(keys.with_columns(at=at)[doubtful], known, amends)
        claims, again = _one_by_one(others, amends, dict(known.rows()))
        settled = _numbered(at, familiar, again, last)
        sole = both.filter(~met_again)
        self._add(sole.select("key", person=settled.numbers.gather(sole["at"])))
        shared = {
            "key": list(claims),
            "person": [_number(owner, settled.numbers) for owner in claims.values()],
        }
        self._add(pl.DataFrame(shared, schema=self._known.schema))
        return settled

    def _known_among(self, keys: pl.Series) -> pl.DataFrame:
        return self._known.filter(pl.col("key").is_in(keys.implode()))

    def _add(self, claimed: pl.DataFrame) -> None:
        self._known = pl.concat([self._known, claimed], rechunk=False)

    def _digest(self, *parts: str) -> bytes:
        return self._sealer.lookup("\x1f".join(parts))[:IDENTITY_BYTES]


def _familiar(
    doubtful: pl.DataFrame, known: pl.DataFrame, amends: dict[int, int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part rows all of whose keys are known, with their owners, from those that must be looked at one by one."""
    first, second = (known.rename({"key": name, "person": f"of_{name}"}) for name in ("first", "second"))
    found = doubtful.join(first, on="first", how="left", maintain_order="left")
    found = found.join(second, on="second", how="left", maintain_order="left")
    told = pl.col("second").is_null() | pl.col("of_second").is_not_null()
    plain = pl.col("of_first").is_not_null() & told & ~pl.col("at").is_in(list(amends))
    return found.filter(plain).select("at", person="of_first"), found.filter(~plain).select(
        "at", "first", "second"
    )


def _one_by_one(
    doubtful: pl.DataFrame, amends: dict[int, int], known: dict[int, int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Walk over rows that share a key; give what is claimed anew, and whom the rows are about that are not new.

    Below 0, an owner is a row of this block: `_number` says who that is.
    """
    claims: dict[int, int] = {}
    again: dict[int, int] = {}
    for row, *own in doubtful.rows():
        owner = amends.get(row) or _owner(own, known, claims)
        if owner is not None:
            again[row] = owner
        for key in own:
            if key is not None and key not in known:
                claims.setdefault(key, owner or -row - 1)
    return claims, again


def _numbered(at: pl.Series, familiar: pl.DataFrame, again: dict[int, int], last: int) -> Settled:
    """Give rows that are not new the numbers of their owners, and the others one after the other."""
    repeated = familiar["at"].append(pl.Series(list(again), dtype=pl.UInt32))
    fresh = ~at.is_in(repeated.implode())
    counted = (last + fresh.cast(pl.UInt32).cum_sum()).cast(pl.UInt32)
    numbers = counted.scatter(familiar["at"], familiar["person"]).to_list()
    for row, owner in again.items():  # in the order of the rows, so that whoever is meant has a number
        numbers[row] = _number(owner, numbers)
    return Settled(pl.Series(numbers, dtype=pl.UInt32), fresh)


def _number(owner: int, numbers: Sequence[int] | pl.Series) -> int:
    found: int = owner if owner > 0 else numbers[-owner - 1]
    return found


def _owner(own: Sequence[int | None], *claimed: dict[int, int]) -> int | None:
    """Give who claimed the first of a row's keys that anybody claimed."""
    return next((found[key] for key in own if key is not None for found in claimed if key in found), None)
