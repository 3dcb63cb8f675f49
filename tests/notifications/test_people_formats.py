"""People from workbooks, Parquet files and queries: the same answers as from CSV, or one message and nobody stored."""

import hashlib
import sqlite3
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from sqlmodel import func, select

from models.database import Store
from models.errors import InvalidInputError, TocsinError
from models.people import DataSubject, PeopleImport
from notifications.import_people import import_from, import_people
from notifications.people import xlsx_archive
from notifications.people.query_reading import QuerySource
from notifications.people.source import FileSource
from notifications.sealed_person import Contact, open_contact, sealer_of
from tests.notifications.workbooks import error, formula, number, shared, sheet, text, workbook

HEADERS = [text(each) for each in ("customer_id", "name", "email", "mobile", "place", "categories")]
ANNA = Contact("Anna Müller", "anna@example.com", "+4915123456789", "000042")


def people(store: Store, incident_id: str) -> list[tuple[DataSubject, Contact]]:
    with store.reading() as session:
        sealer = sealer_of(store, session, incident_id)
        found = session.exec(select(DataSubject).order_by(DataSubject.number)).all()
    return [(each, open_contact(sealer, incident_id, each.number, each.sealed)) for each in found]


def nobody_is_stored(store: Store) -> bool:
    with store.reading() as session:
        return not any(
            session.exec(select(func.count()).select_from(kind)).one() for kind in (DataSubject, PeopleImport)
        )


def test_workbook_is_read_as_its_cells_were_typed(store: Store, incident_id: str, tmp_path: Path) -> None:
    strings = (
        "<si><t>anna@example.com</t></si><si><r><t>Anna </t></r><r><t>Müller</t></r><rPh><t>x</t></rPh></si>"
    )
    rows = [
        HEADERS,
        [number("42", 2), shared(1), shared(0), number("1.5123456789E10"), text("DE"), text("name;contact")],
        [],
        [number("43"), text("王_x000D_伟"), "", number("13800138000"), text("CN"), number("45000", 1)],
    ]
    path = workbook(tmp_path / "people.xlsx", {"People": sheet(rows), "Empty": sheet([])}, strings)
    result = import_people(store, incident_id, path)
    (first, anna), (second, wang) = people(store, incident_id)
    assert (anna, first.categories) == (ANNA, "contact,name")
    assert (wang, second.place) == (Contact("王 伟", "", "+8613800138000", "43"), "CN")
    assert [(fault.row, fault.column) for fault in result.faults] == [(4, "categories")]
    assert "2023-03-15" in result.mend_file.read_text("utf-8-sig")


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (formula('CONCAT("a","@x.cn")', "a@x.cn"), "formula"),
        (formula("cmd|' /C calc'!A0", "0"), "formula"),
        (error("#N/A"), "error value"),
        (number("110101199003078888"), "more than 15 digits"),
    ],
)
def test_workbook_is_refused_with_the_place_of_what_nobody_typed(
    store: Store, incident_id: str, tmp_path: Path, cell: str, says: str
) -> None:
    rows = [HEADERS, [text("1"), text("Ann"), text("ann@example.com")], [text("2"), text("Bob"), cell]]
    path = workbook(tmp_path / "people.xlsx", {"People": sheet(rows)})
    with pytest.raises(InvalidInputError, match=rf"people.xlsx, People!C3: .*{says}"):
        import_people(store, incident_id, path)
    assert nobody_is_stored(store)


def test_workbook_may_compute_in_columns_nobody_reads(store: Store, incident_id: str, tmp_path: Path) -> None:
    rows = [[text("email"), text("age")], [text("ann@example.com"), formula("2026-1980", "46")]]
    path = workbook(tmp_path / "people.xlsx", {"People": sheet(rows)})
    assert import_people(store, incident_id, path).stored == 1


def test_workbook_with_people_on_two_sheets_asks_which(
    store: Store, incident_id: str, tmp_path: Path
) -> None:
    sheets = {name: sheet([[text("email")], [text(f"{name}@example.com")]]) for name in ("north", "south")}
    path = workbook(tmp_path / "people.xlsx", sheets)
    with pytest.raises(InvalidInputError, match="2 sheets of the workbook hold something"):
        import_people(store, incident_id, path)
    import_people(store, incident_id, path, sheet="south")
    assert [contact.email for _, contact in people(store, incident_id)] == ["south@example.com"]


def damaged(path: Path, kind: str) -> None:
    whole = path.read_bytes()
    if kind == "cut off":
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "no workbook":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("word/document.xml", "<document/>")
    else:
        declared = "<!DOCTYPE x [<!ENTITY a 'aaaa'>]>" if kind == "entities" else "<row"
        workbook(path, {"People": declared + sheet([HEADERS])})


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("cut off", "cut off or damaged"),
        ("no workbook", "no XLSX workbook"),
        ("entities", "document type"),
        ("broken", "breaks off"),
    ],
)
def test_workbook_that_is_none_is_refused(
    store: Store, incident_id: str, tmp_path: Path, kind: str, says: str
) -> None:
    path = workbook(tmp_path / "people.xlsx", {"People": sheet([HEADERS, [text("1"), text("Ann")]])})
    damaged(path, kind)
    with pytest.raises(InvalidInputError, match=says):
        import_people(store, incident_id, path)
    assert nobody_is_stored(store)


def test_workbook_that_is_a_bomb_is_not_unpacked(
    store: Store, incident_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_archive, "FREE_OF_RATIO", 1 << 20)
    path = workbook(tmp_path / "people.xlsx", {"People": sheet([HEADERS]) + " " * (4 << 20)})
    with pytest.raises(InvalidInputError, match="times its size; it was not read"):
        import_people(store, incident_id, path)
    assert nobody_is_stored(store)


def test_workbook_with_half_a_character_loses_that_character_only(
    store: Store, incident_id: str, tmp_path: Path
) -> None:
    rows = [[text("name"), text("email")], [text("Ann _xD83D_"), text("a_xD83D_@example.com")]]
    result = import_people(store, incident_id, workbook(tmp_path / "people.xlsx", {"People": sheet(rows)}))
    assert [(contact.name, contact.email) for _, contact in people(store, incident_id)] == [
        ("Ann \ufffd", "")
    ]
    assert [fault.column for fault in result.faults] == ["email"]


def test_parquet_is_read_as_the_same_table_in_csv(store: Store, incident_id: str, tmp_path: Path) -> None:
    table = {
        "customer_id": ["000042", "43"],
        "name": ["Anna Müller", "王伟"],
        "email": ["anna@example.com", None],
        "mobile": [15123456789.0, 13800138000.0],
        "place": ["DE", "CN"],
        "categories": [["name", "contact"], []],
        "since": [date(2020, 1, 2), None],
    }
    path = tmp_path / "people.parquet"
    pl.DataFrame(table).write_parquet(path)
    result = import_people(store, incident_id, path)
    (first, anna), (_, wang) = people(store, incident_id)
    assert (result.fault_count, anna, first.categories) == (0, ANNA, "contact,name")
    assert wang == Contact("王伟", "", "+8613800138000", "43")


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"email": [b"ann@example.com"]}, "column 'email' holds Binary"),
        (
            {"email": ["a@x.cn"], "reference": [1.2345678901234567e17]},
            "row 1, column reference: .* more digits",
        ),
        ({"name": ["Ann"]}, "no column with an e-mail address"),
    ],
)
def test_parquet_with_a_column_of_no_use_is_refused(
    store: Store, incident_id: str, tmp_path: Path, columns: dict[str, list[object]], says: str
) -> None:
    path = tmp_path / "people.parquet"
    pl.DataFrame(columns).write_parquet(path)
    with pytest.raises(InvalidInputError, match=says):
        import_people(store, incident_id, path)
    assert nobody_is_stored(store)


def test_parquet_that_is_cut_off_is_refused(store: Store, incident_id: str, tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    pl.DataFrame({"email": [f"a{n}@example.com" for n in range(1000)]}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InvalidInputError, match="cut off or damaged"):
        import_people(store, incident_id, path)
    assert nobody_is_stored(store)


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a bank's database and name its address in the environment."""
    path = tmp_path / "bank.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table customer (id integer, full_name text, mail text, country text)")
        rows = [(1, "Anna Müller", "anna@example.com", "DE"), (2, "=cmd()", "nobody", "CN")]
        connection.executemany("insert into customer values (?, ?, ?, ?)", rows)
    monkeypatch.setenv("BANK_DATABASE", f"sqlite:///{path}")
    return path


def query(tmp_path: Path, statement: str) -> QuerySource:
    path = tmp_path / "people.sql"
    path.write_text(statement)
    return QuerySource(path, "BANK_DATABASE")


def test_query_is_read_with_the_same_checks(
    store: Store, incident_id: str, tmp_path: Path, bank: Path
) -> None:
    source = query(
        tmp_path, "-- whom it concerns\nSELECT id, full_name, mail, country FROM customer ORDER BY id;"
    )
    result = import_from(store, incident_id, source, mapping={"name": "full_name"})
    found = [contact for _, contact in people(store, incident_id)]
    assert found == [Contact("Anna Müller", "anna@example.com", "", "1"), Contact("=cmd()", "", "", "2")]
    assert [(fault.row, fault.column) for fault in result.faults] == [(2, "mail")]
    assert "'=cmd()" in result.mend_file.read_text("utf-8-sig")
    rows = "1\x1fAnna Müller\x1fanna@example.com\x1fDE\x1e2\x1f=cmd()\x1fnobody\x1fCN\x1e"
    with store.reading() as session:
        assert session.exec(select(PeopleImport)).one().sha256 == hashlib.sha256(rows.encode()).hexdigest()


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("DELETE FROM customer", "not one SELECT"),
        ("SELECT 1; DROP TABLE customer", "not one SELECT"),
        ("SELECT * INTO other FROM customer", "not one SELECT"),
        ("WITH gone AS (SELECT 1) DELETE FROM customer", "database failed"),
        ("SELECT nothing FROM customer", "database failed"),
        ("SELECT mail AS email, x'00' AS phone FROM customer", "row 1, column phone: The query gives bytes"),
    ],
)
def test_query_that_does_not_only_read_is_refused(
    store: Store, incident_id: str, tmp_path: Path, bank: Path, statement: str, says: str
) -> None:
    with pytest.raises(TocsinError, match=says) as caught:
        import_from(store, incident_id, query(tmp_path, statement))
    assert nobody_is_stored(store)
    assert "anna" not in str(caught.value)
    with sqlite3.connect(bank) as connection:
        assert connection.execute("select count(*) from customer").fetchone() == (2,)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("", "BANK_DATABASE is not set"),
        ("nonsense", "no kind that can be read"),
        ("sqlite:////nowhere/bank.db", "no SQLite database"),
        ("postgresql+psycopg://reader:secret@127.0.0.1:1/bank", "database failed"),
    ],
)
def test_query_of_a_database_that_is_not_there_says_so_without_its_address(
    store: Store,
    incident_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    says: str,
) -> None:
    monkeypatch.setenv("BANK_DATABASE", address)
    with pytest.raises(TocsinError, match=says) as caught:
        import_from(store, incident_id, query(tmp_path, "SELECT 1 AS email"))
    assert "secret" not in str(caught.value)


def test_file_of_ten_gigabytes_is_refused_before_it_is_read(
    store: Store, incident_id: str, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"name,email\n")
    with path.open("r+b") as file:
        file.truncate(10 << 30)  # holes: nothing of it lies on the disk
    with pytest.raises(InvalidInputError, match=r"has 10.0 GiB"):
        import_people(store, incident_id, path)
    assert nobody_is_stored(store)


def test_file_is_read_alone_when_it_is_large_or_may_bring_a_reader_down(tmp_path: Path) -> None:
    small, large, parquet = (tmp_path / name for name in ("a.csv", "b.csv", "c.parquet"))
    small.write_bytes(b"email\n")
    large.write_bytes(b"email\n" + b"a@example.com\n" * 400_000)
    pl.DataFrame({"email": ["a@example.com"]}).write_parquet(parquet)
    assert [FileSource(path).alone for path in (small, large, parquet)] == [False, True, True]
