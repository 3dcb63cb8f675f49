"""People as they stand in both databases: each value in its column, opened only at its own place, all or nothing."""

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, func, select

from models.crypto import Sealer
from models.database import Store
from models.people import DataSubject, PeopleImport
from models.settings import Settings
from notifications.import_people import import_people
from notifications.people.attributes import Attributes
from notifications.people.merge import Merging
from notifications.people.parcel import clear_contacts, sealed_people
from notifications.people.storing import PeopleWriter
from notifications.sealed_person import KEY_BYTES, Contact, open_contact, phone_key, sealer_of

Write = Callable[..., Path]
ON_BOTH = (
    "test_people_of_several_parcels_stand_in_their_columns",
    "test_import_that_is_killed_leaves_nothing_and_can_be_started_again",
)
SHARED = [("DE", "de", "customer", "contact,name", ""), ("CN-44", "zh-Hans", "employee", "", "guardian")]
LONGEST = "+49" + "3" * 15
PEOPLE = [
    (Contact("Anna Müller", "anna@mail.example", "+4915112345678", "C1"), True, 0),
    (Contact("王伟", "", "+8613800138000", ""), True, 1),
    (Contact("", "ben@mail.example", "", ""), False, 1),
    (Contact('O"Neil\\', "", LONGEST, "7"), False, 0),
    (Contact("Nobody", "", "", ""), False, 0),
]


def frame(people: list[tuple[Contact, bool, int]]) -> pl.DataFrame:
    contacts, textable, attributes = zip(*people, strict=True)
    columns = {name: [getattr(each, name) for each in contacts] for name in Contact._fields}
    known = {"textable": textable, "attributes": pl.Series(attributes, dtype=pl.UInt32)}
    found = pl.DataFrame(columns | known)
    return found.with_columns(clear=clear_contacts(found))


def test_people_of_several_parcels_stand_in_their_columns(store: Store, incident_id: str) -> None:
    with store.work() as unit:
        sealer = sealer_of(store, unit.session, incident_id)
        writer = PeopleWriter(unit.session, incident_id)
        for first, new in ((1, SHARED[:1]), (6, SHARED[1:])):
            # The first parcel knows one kind of people only.
            people = PEOPLE if new == SHARED[1:] else [(*each[:2], 0) for each in PEOPLE]
            parcel = sealed_people(sealer, incident_id, first, frame(people))
            parcel.shared = new
            parcel.gains = [(2, "contact,health,name")] if first > 1 else []
            writer.store(parcel)
        writer.unite([(6, "")])
        writer.close()
        assert (writer.stored, writer.unreachable) == (10, 4)
    with store.reading() as session:
        rows = session.exec(select(DataSubject).order_by(col(DataSubject.number))).all()
    gained = {2: "contact,health,name", 6: ""}
    found = [
        (row, open_contact(sealer, incident_id, number, row.sealed or b""))
        for number, row in enumerate(rows, 1)
    ]
    assert [(shown(row), contact) for row, contact in found] == [
        (wanted(sealer, number, gained.get(number)), PEOPLE[(number - 1) % 5][0]) for number in range(1, 11)
    ]


def shown(row: DataSubject) -> tuple[object, ...]:
    known = row.place, row.language, row.relation, row.categories, row.addressee
    return row.number, known, row.has_email, row.has_phone, row.phone_key, row.identity


def wanted(sealer: Sealer, number: int, gained: str | None) -> tuple[object, ...]:
    contact, textable, at = PEOPLE[(number - 1) % 5]
    *known, kinds, addressee = SHARED[at if number > 5 else 0]
    own = bool(contact.email), textable, phone_key(sealer, contact.phone), None
    return number, (*known, kinds if gained is None else gained, addressee), *own


@given(st.lists(st.sampled_from(["", "1", "+4915112345678", LONGEST, "+861380013800"]), max_size=8))
def test_numbers_are_found_under_the_digests_they_are_stored_with(numbers: list[str]) -> None:
    sealer = Sealer(bytes(32))
    people = [(Contact("", "", number, ""), False, 0) for number in [*numbers, ""]]
    keys = sealed_people(sealer, "INC-2026-0001", 1, frame(people)).keys
    wanted = [phone_key(sealer, number) or bytes(KEY_BYTES) for number in [*numbers, ""]]
    assert keys == b"".join(wanted)


def test_kinds_that_people_gain_are_told_once_they_are_enough_and_again_when_they_grow() -> None:
    kinds = [Attributes("DE", "de", "customer", frozenset([word])) for word in ("name", "contact", "health")]
    merging = Merging(kinds)
    merging.add(pl.Series([70, 80], dtype=pl.UInt64), pl.Series([0, 0], dtype=pl.UInt32))
    merging.merge(row_again(1, 70, 1), frozenset())
    assert merging.gains(least=2) == []
    merging.merge(row_again(2, 80, 1), frozenset())
    assert merging.gains(least=2) == [(1, "contact,name"), (2, "contact,name")]
    merging.merge(row_again(2, 80, 2), frozenset())
    assert merging.gains() == [(2, "contact,health,name")]
    assert merging.gains() == []


def row_again(number: int, likeness: int, attributes: int) -> pl.DataFrame:
    told = {"at": 0, "number": number, "attributes": attributes, "likeness": likeness}
    kinds = {"at": pl.UInt32, "number": pl.UInt32, "attributes": pl.UInt32, "likeness": pl.UInt64}
    return pl.DataFrame([told], schema=kinds)


def import_until_killed(settings: Settings, incident_id: str, path: Path, told: Connection) -> None:
    """Import, and wait when all rows are stored and nothing is committed."""

    def wait(rows: int, _share: float) -> None:
        told.send(rows)
        told.recv()

    import_people(Store(settings), incident_id, path, progress=wait)


def test_import_that_is_killed_leaves_nothing_and_can_be_started_again(
    store: Store, incident_id: str, people_file: Write
) -> None:
    path = people_file("name,email\nAnn,ann@mail.example\nBen,ben@mail.example\nAnn,ANN@mail.example\n")
    told, telling = get_context("spawn").Pipe()
    arguments = (store.settings, incident_id, path, telling)
    process = get_context("spawn").Process(target=import_until_killed, args=arguments)
    process.start()
    assert told.recv() == 3
    process.kill()
    process.join()
    with store.reading() as session:
        kinds = (DataSubject, PeopleImport)
        assert [session.exec(select(func.count()).select_from(kind)).one() for kind in kinds] == [0, 0]
    assert import_people(store, incident_id, path).stored == 2
