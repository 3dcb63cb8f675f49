"""What banks' files hold and should not: one message with its place, or one fault a cell; never half a file stored."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import func, select

from models.crypto import KEY_BYTES
from models.database import Store
from models.errors import InvalidInputError, RefusedError, UnavailableError
from models.people import DataSubject, PeopleImport
from notifications.import_people import check_people, import_from, import_people
from notifications.people.attributes import Attributes
from notifications.people.block import block_of
from notifications.people.checking import BlockReader
from notifications.people.columns import columns_of
from notifications.people.csv_reading import PIECE, formula_safe, without_apostrophe
from notifications.people.intake import Job
from notifications.people.query_reading import QuerySource
from notifications.people.reading import ReadingAlone
from notifications.people.rows import RowReader
from notifications.people.source import LARGE, FileSource
from notifications.postal import write_postal_file
from notifications.sealed_person import Contact, open_contact, sealer_of
from tests.notifications.conftest import approved

Write = Callable[..., Path]
ON_BOTH = ("test_wrong_byte_at_the_end_of_a_large_file_undoes_all_before_it",)


def contacts(store: Store, incident_id: str) -> list[Contact]:
    with store.reading() as session:
        sealer = sealer_of(store, session, incident_id)
        found = session.exec(select(DataSubject).order_by(DataSubject.number)).all()
    return [open_contact(sealer, incident_id, each.number, each.sealed) for each in found]


def counted(store: Store) -> int:
    with store.reading() as session:
        kinds = (DataSubject, PeopleImport)
        return sum(session.exec(select(func.count()).select_from(kind)).one() for kind in kinds)


ROWS = LARGE // 200


def large(path: Path, end: bytes = b"") -> Path:
    """Write a file that is read by another process, and in several pieces."""
    row = "Ann " + "x" * 180 + " {0},ann.{0}@mail.example\n"
    path.write_bytes(b"name,email\n" + "".join(row.format(n) for n in range(ROWS)).encode() + end)
    assert path.stat().st_size > LARGE > PIECE
    return path


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("مُحَمَّد", "مُحَمَّد"),
        ("\u202eannA\u202c", "annA"),
        ("Ann 😀", "Ann 😀"),
        ('"Eve\r\nBcc: x@example.com"', "Eve Bcc: x@example.com"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("e\u0301lan", "élan"),
        ("Ann\u0007", "Ann"),
        ("X" * 300, "X" * 200),
    ],
)
def test_name_becomes_one_clean_line_and_is_otherwise_kept(
    store: Store, incident_id: str, people_file: Write, written: str, kept: str
) -> None:
    result = import_people(store, incident_id, people_file(f"name,email\n{written},a@example.com\n"))
    assert (result.fault_count, contacts(store, incident_id)[0].name) == (0, kept)


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ("nobody,,DE", "email", "not an e-mail address"),
        ("a\u2028b@example.com,,DE", "email", "not an e-mail address"),
        ("a@b@c.cn,,DE", "email", "not an e-mail address"),
        ("a@example.com,9123 4567,", "phone", "not a phone number; without a country it needs a leading +"),
        ("a@example.com,+999 123456789,", "phone", "no country has the calling code after the +"),
        (
            "a@example.com,+44 9999 999999,US",
            "phone",
            "not a phone number with the calling code +44",
        ),
        ("a@example.com,+1 555,DE", "phone", "too short for a phone number with the calling code +1"),
        (
            "a@example.com,+86 138001380001380,DE",
            "phone",
            "too long for a phone number with the calling code +86",
        ),
        ("a@example.com,+44999999999999999999,DE", "phone", "too long for a phone number"),
        ("a@example.com,+none,DE", "phone", "not a phone number"),
        ("a@example.com,1.38E+10,CN", "phone", "not a phone number of CN"),
        ("a@example.com,030 123456,DE", "phone", "a number that can't receive SMS"),
        ("a@example.com,,Atlantis", "country", "not a place in ISO 3166"),
    ],
)
def test_bad_cell_is_one_fault_with_its_place_and_loses_nobody(
    store: Store, incident_id: str, people_file: Write, cells: str, column: str, says: str
) -> None:
    result = import_people(store, incident_id, people_file(f"email,phone,country\n{cells}\n"))
    assert [(fault.row, fault.column, fault.problem) for fault in result.faults] == [(2, column, says)]
    assert (result.stored, cells.partition(",")[0] in str(result.faults)) == (1, False)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name,email\nAnn \xed\xa0\xbd,a@example.com\n", "not UTF-8"),  # half a character
        (b"name,email\nAnn,\x00a@example.com\n", "no text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "an old or locked workbook"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08rest", "gzip"),
        (b"PK\x05\x06" + bytes(18), "an archive"),
        (b"PAR1PAR1", "cut off or damaged"),
        (b"PK\x03\x04rest", "cut off or damaged"),
        (b'name,email\n"Ann"x,a@example.com\n', "broken near row 2"),
        (b"name,email\n" + b"x" * 200_000 + b",a@example.com\n", "broken near row 2"),
        (b"name,town\nAnn,Berlin\n", "no column with an e-mail address"),
    ],
)
def test_file_that_cannot_be_used_is_refused_with_one_message(
    store: Store, incident_id: str, tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=says):
        import_people(store, incident_id, path)
    assert counted(store) == 0
    assert not list((store.settings.home / "mend").glob("*"))


def test_file_that_is_not_there_is_named(store: Store, incident_id: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"absent.csv: The file can't be read"):
        import_people(store, incident_id, tmp_path / "absent.csv")


def test_wrong_byte_at_the_end_of_a_large_file_undoes_all_before_it(
    store: Store, incident_id: str, tmp_path: Path
) -> None:
    seen: list[int] = []
    path = large(tmp_path / "people.csv", "王,w@example.com\n".encode("gb18030"))
    with pytest.raises(InvalidInputError, match="stops being utf-8 in line"):
        import_people(store, incident_id, path, progress=lambda rows, _share: seen.append(rows))
    assert seen[0] > 1000  # rows were on their way into the database
    assert counted(store) == 0
    assert not list((store.settings.home / "mend").glob("*"))


def test_fault_on_this_side_ends_the_reader_and_undoes_all(
    store: Store, incident_id: str, tmp_path: Path
) -> None:
    def stop(_rows: int, _share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_people(store, incident_id, large(tmp_path / "people.csv"), progress=stop)
    assert counted(store) == 0


def test_large_file_is_read_by_another_process_to_the_same_end(
    store: Store, incident_id: str, tmp_path: Path
) -> None:
    told: list[tuple[int, float]] = []
    again = f"Ann {'x' * 180} 0,ANN.0@mail.example\nBob,bob\n"
    path = large(tmp_path / "people.csv", again.encode())
    result = import_people(store, incident_id, path, progress=lambda *done: told.append(done))
    found = (result.rows, result.stored, result.merged, result.without_address)
    assert found == (ROWS + 2, ROWS + 1, 1, 1)
    assert told == sorted(told)
    assert told[-1] == (ROWS + 2, 1.0)


def test_reader_that_is_killed_leaves_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    job = Job(FileSource(large(tmp_path / "people.csv")), "INC-2026-0001", bytes(KEY_BYTES))
    alone = ReadingAlone(job)
    alone._process.kill()
    alone._process.wait()
    with pytest.raises(UnavailableError, match=r"ended before it was done; nothing was stored\..*memory"):
        list(alone.messages())
    alone.close()


def test_import_overtaken_by_another_is_refused(
    store: Store, incident_id: str, people_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = tmp_path / "people.sql"
    statement.write_text("SELECT 'ann@example.com' AS email")
    monkeypatch.setenv("BANK_DATABASE", "sqlite://")
    other = people_file("email\nbob@example.com\n")
    with pytest.raises(RefusedError, match="Another import"):
        import_from(
            store,
            incident_id,
            QuerySource(statement, "BANK_DATABASE"),
            progress=lambda *_done: import_people(store, incident_id, other) and None,
        )
    assert [contact.email for contact in contacts(store, incident_id)] == ["bob@example.com"]


def test_check_says_what_an_import_would_do(store: Store, incident_id: str, people_file: Write) -> None:
    path = people_file(
        "name,email,phone,place\nAnn,a@example.com,,\nBob,b,,\nAnn,a@example.com,,\n,,+65 91234567,\n"
    )
    checked = check_people(FileSource(path))
    done = import_people(store, incident_id, path)
    assert checked.faults == done.faults
    parts = ("rows", "stored", "merged", "without_address", "fault_count")
    assert (
        [getattr(checked, part) for part in parts]
        == [getattr(done, part) for part in parts]
        == [4, 3, 1, 1, 1]
    )


@given(st.text(st.sampled_from("=+-@\t\r\n＝＋－＠'a "), max_size=5))
def test_exported_cell_runs_in_no_spreadsheet_and_comes_back_as_it_was(cell: str) -> None:
    safe = formula_safe(cell)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert without_apostrophe(safe) == cell or cell.startswith("'")


def test_mend_file_keeps_formulas_from_running_in_every_column(
    store: Store, incident_id: str, people_file: Write
) -> None:
    text = 'name,=email,note\n＝cmd(),nobody,"@SUM(1)"\n'
    mend = import_people(store, incident_id, people_file(text), mapping={"email": "=email"}).mend_file
    with mend.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "＝"))]


def test_postal_file_keeps_formulas_from_running(store: Store, incident_id: str, people_file: Write) -> None:
    import_people(store, incident_id, people_file("id,name,email\n@1,=cmd()|' '!A0,\n"))
    approved(store)
    path, count = write_postal_file(store, incident_id)
    with path.open(encoding="utf-8-sig", newline="") as file:
        [row] = csv.DictReader(file)
    assert (count, row["reference"], row["name"]) == (1, "'@1", "'=cmd()|' '!A0")


HEADERS = [
    "id",
    "name",
    "first name",
    "surname",
    "email",
    "mobile",
    "phone",
    "country",
    "categories",
    "tocsin_person",
]
POOLS = (
    ["", "C1", "'=1", "x" * 120, "é"],
    [
        "",
        "Anna Müller",
        "王伟",
        "Weiß",
        "A  B",
        " Bob ",
        "O'Neil",
        "'=cmd()",
        "\u202eabc",
        "İpek",
        'Q"x',
        "K\u0301",
        "😀",
    ],
    ["", "Anna", "伟", "'=x"],
    ["", "Müller", "王", "'+y"],
    ["", "a@example.com", " B@Example.com ", "nobody", "a@x.test", "用户@例子.example", "a..b@x.com", "a@b"],
    ["", "0151 23456789", "13800138000", "(416) 555-0123", "13800138000.0"],
    ["", "+49 151 23456789", "030 123456", "12", "'+6591234567", "0061 412 345 678"],
    ["", "DE", "CN-44", "CA", "US", "Germany", "XX"],
    ["", "name;contact", "NAME", "name;blah"],
    ["", "", "", "7"],
)


@given(st.lists(st.tuples(*map(st.sampled_from, POOLS)), min_size=1, max_size=30))
def test_people_by_the_column_are_those_by_the_row(rows: list[tuple[str, ...]]) -> None:
    columns = columns_of(HEADERS, None, "people.csv")
    by_row, by_column = RowReader(HEADERS, columns), BlockReader(HEADERS, columns)
    people = by_column.read(block_of(list(enumerate(rows, 2)), len(HEADERS), 1.0))
    for at, row in enumerate(rows):
        person, found = by_row.read(at + 2, row), people.frame.row(at, named=True)
        assert Contact(found["name"], found["email"], found["phone"], found["reference"]) == person.contact
        assert (found["folded"], found["mailbox"]) == (
            person.contact.name.casefold(),
            person.contact.email.casefold(),
        )
        shared = Attributes(person.place, person.language, person.relation, person.categories)
        assert (by_column.attributes[found["attributes"]], found["textable"]) == (shared, person.textable)
        assert people.amends.get(at) == person.amends
        assert people.faults.get(at, [])[: len(person.faults)] == person.faults
