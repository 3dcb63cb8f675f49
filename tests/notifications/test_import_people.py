"""Files of people: nobody lost, nobody twice, nothing half-imported."""

import csv
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from models.database import Store
from models.errors import InvalidInputError, RefusedError
from models.incident import IncidentKey
from models.ledger import LedgerEntry
from models.people import DataSubject
from notifications.import_people import import_people
from notifications.people import csv_reading
from notifications.sealed_person import Contact, open_contact, sealer_of

Write = Callable[..., Path]
CLEAN = """customer_id,name,email,phone,place,categories
C1,Anna Müller,Anna.Mueller@example.com,0151 23456789,DE,name;contact
C2,王伟,wangwei@例子.example,138 0013 8000,CN-44,name;national_id
"""
ON_BOTH = (
    "test_import_stores_people_sealed_and_normalised",
    "test_import_merges_one_person_and_unites_their_data",
    "test_import_of_the_mended_file_amends_the_same_people",
)


def subjects(store: Store) -> list[DataSubject]:
    with store.reading() as session:
        return list(session.exec(select(DataSubject).order_by(DataSubject.number)))


def contact(store: Store, subject: DataSubject) -> Contact:
    with store.reading() as session:
        sealer = sealer_of(store, session, subject.incident_id)
    return open_contact(sealer, subject.incident_id, subject.number, subject.sealed)


def test_import_stores_people_sealed_and_normalised(
    store: Store, incident_id: str, people_file: Write
) -> None:
    result = import_people(store, incident_id, people_file(CLEAN))
    anna, wang = subjects(store)
    assert (result.rows, result.stored, result.merged, result.fault_count) == (2, 2, 0, 0)
    assert result.mend_file is None
    assert contact(store, anna) == Contact("Anna Müller", "Anna.Mueller@example.com", "+4915123456789", "C1")
    assert contact(store, wang).email == "wangwei@xn--fsqu00a.example"
    assert [(s.place, s.language, s.categories) for s in (anna, wang)] == [
        ("DE", "de", "contact,name"),
        ("CN-44", "zh-Hans", "name,national_id"),
    ]
    assert b"example.com" not in anna.sealed


def test_import_leaves_only_counts_in_the_ledger(store: Store, incident_id: str, people_file: Write) -> None:
    import_people(store, incident_id, people_file(CLEAN))
    with store.reading() as session:
        entry = session.exec(select(LedgerEntry)).one()
    assert entry.tag == "people:imported"
    assert b'"stored":2' in entry.document
    assert b"example" not in entry.document


def test_import_of_the_same_file_again_stores_nobody(
    store: Store, incident_id: str, people_file: Write
) -> None:
    text = CLEAN + ",Li Wei,,,CN,\n,Li Wei,,,CN,\n"
    import_people(store, incident_id, people_file(text))
    again = import_people(store, incident_id, people_file(text))
    assert (again.stored, again.merged) == (0, 4)
    assert len(subjects(store)) == 4


def test_import_keeps_a_person_without_a_usable_address(
    store: Store, incident_id: str, people_file: Write
) -> None:
    text = "name,email,phone,country\nLi Na,no-mail,12,CN\nTom,,,GB\nUwe,,030 123456,DE\n"
    result = import_people(store, incident_id, people_file(text))
    assert (result.stored, result.without_address) == (3, 3)
    assert [(fault.row, fault.column) for fault in result.faults] == [
        (2, "email"),
        (2, "phone"),
        (3, ""),
        (4, "phone"),
    ]


def test_import_merges_one_person_and_unites_their_data(
    store: Store, incident_id: str, people_file: Write
) -> None:
    text = (
        "id,name,email,phone,place,categories\n"
        "1,Ann Lee,ann@example.com,,SG,name\n"
        "1,Ann Lee,,9123 4567,SG,payment_card\n"
        "9,ANN LEE,ANN@example.com,,SG,health\n"
        ",Bob Lee,ann@example.com,,SG,name\n"
    )
    result = import_people(store, incident_id, people_file(text))
    ann, bob = subjects(store)
    assert (result.stored, result.merged) == (2, 2)
    assert ann.categories == "health,name,payment_card"
    assert contact(store, ann).phone == "+6591234567"
    assert (ann.has_phone, bob.categories) == (True, "name")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"name,email\n", "no rows"),
        (b"name,town\nAnn,Berlin\n", "no column"),
        (b"name,email\nAnn,a@example.com\nJos\xe9,b@example.com\n", "not UTF-8"),
        (b"PK\x03\x04....", "spreadsheet"),
        (b"\x00\x01\x02", "no text"),
        (b'name,email\nAnn,"a@example.com\n', "broken"),
        (b"email,email\na@example.com,b@example.com\n", "twice"),
    ],
)
def test_import_refuses_a_file_it_cannot_read_and_stores_nothing(
    store: Store, incident_id: str, tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=says):
        import_people(store, incident_id, path)
    assert subjects(store) == []
    assert not any((store.settings.home / "mend").glob("*.csv"))


def test_import_refuses_a_late_wrong_byte_and_stores_nothing(
    store: Store, incident_id: str, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    rows = "".join(f"Ann {n},a{n}@example.com\n" for n in range(6000))
    path.write_bytes(b"name,email\n" + rows.encode() + "王,w@example.com\n".encode("gb18030"))
    with pytest.raises(InvalidInputError, match="stops being utf-8 in line 6002"):
        import_people(store, incident_id, path)
    assert subjects(store) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_import_reads_chinese_headers_in_each_encoding(
    store: Store, incident_id: str, people_file: Write, encoding: str
) -> None:
    text = "姓名;手机号;邮箱;国家\n王芳;13800138000;;中国\n"
    import_people(store, incident_id, people_file(text, encoding))
    assert contact(store, subjects(store)[0]) == Contact("王芳", "", "+8613800138000", "")


def test_import_writes_a_mend_file_that_is_safe_and_private(
    store: Store, incident_id: str, people_file: Write
) -> None:
    text = "name,email,phone,place\n\"=cmd|' /C calc'!A0\",nobody,+86 138 0013 8000,CN\n"
    mend = import_people(store, incident_id, people_file(text)).mend_file
    with mend.open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file)
    assert stat.S_IMODE(mend.stat().st_mode) == 0o600
    assert header == ["name", "email", "phone", "place", "tocsin_person", "tocsin_row", "tocsin_faults"]
    assert [cell[0] for cell in row[:3]] == ["'", "n", "'"]
    assert row[4:] == ["1", "2", "email: not an e-mail address"]


def test_import_of_the_mended_file_amends_the_same_people(
    store: Store, incident_id: str, people_file: Write
) -> None:
    first = import_people(store, incident_id, people_file("name,email,phone,place\nAnn,nobody,+65 1,SG\n"))
    mended = first.mend_file.read_text("utf-8-sig").replace("nobody", "ann@example.com")
    result = import_people(store, incident_id, people_file(mended.replace("'+65 1", "'+6591234567")))
    (ann,) = subjects(store)
    assert (result.stored, result.merged) == (0, 1)
    assert contact(store, ann) == Contact("Ann", "ann@example.com", "+6591234567", "")
    assert (ann.has_email, ann.has_phone) == (True, True)


def test_import_makes_a_hostile_name_one_clean_line(
    store: Store, incident_id: str, people_file: Write
) -> None:
    text = 'name,email\n"Eve\r\nBcc: x@example.com\u202e",eve@example.com\n'
    import_people(store, incident_id, people_file(text))
    assert contact(store, subjects(store)[0]).name == "Eve Bcc: x@example.com"


def test_import_of_several_blocks_keeps_order_and_merges_across_them(
    store: Store, incident_id: str, people_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_reading, "PIECE", 200)  # some five rows
    rows = [f"{n},Ann {n},a{n}@example.com,name" for n in range(40)]
    again = "0,Ann 0,,health\n35,Ann 35,,health\n"
    result = import_people(
        store, incident_id, people_file("id,name,email,categories\n" + "\n".join(rows) + "\n" + again)
    )
    stored = subjects(store)
    assert (result.stored, result.merged) == (40, 2)
    assert [subject.number for subject in stored] == list(range(1, 41))
    assert [contact(store, stored[n]).reference for n in (0, 7, 39)] == ["0", "7", "39"]
    assert [stored[n].categories for n in (0, 1, 35)] == ["health,name", "name", "health,name"]


def test_import_takes_short_rows_and_trusts_no_cell_of_a_slid_one(
    store: Store, incident_id: str, people_file: Write
) -> None:
    text = "name,email,place\nAnn,ann@example.com\nBob,bob@example.com,SG,,\nLee,Ann,lee@example.com,SG\n"
    result = import_people(store, incident_id, people_file(text))
    found = [(contact(store, subject).email, subject.place) for subject in subjects(store)]
    assert found == [("ann@example.com", ""), ("bob@example.com", "SG"), ("", "")]
    assert [(fault.row, fault.problem) for fault in result.faults] == [(4, "4 cells where the header has 3")]


def test_import_into_an_erased_incident_is_refused(
    store: Store, incident_id: str, people_file: Write
) -> None:
    with store.work() as unit:
        unit.session.get_one(IncidentKey, incident_id).wrapped = None
    with pytest.raises(RefusedError, match="destroyed"):
        import_people(store, incident_id, people_file(CLEAN))
