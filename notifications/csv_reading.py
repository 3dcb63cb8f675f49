"""Reading a bank's CSV file row by row, or refusing it with the place of its fault."""

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from models.errors import InvalidInputError
from notifications.people_columns import known_headers

HEAD_BYTES = 65536
DELIMITERS = ",;\t|"
# An apostrophe before one of these keeps a spreadsheet from running the cell; we write it, so we take it off.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

Progress = Callable[[int, float], None]


@dataclass
class CsvTable:
    """An open CSV file: its headers, and its rows as (row in the sheet, cells); the header is row 1."""

    path: Path
    encoding: str
    delimiter: str
    headers: list[str]
    progress: Progress | None = None
    rows_seen: int = field(default=0, init=False)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Read on to the end; blank rows are passed over."""
        size = max(self.path.stat().st_size, 1)
        # Only \n and \r\n end a line: splitting anywhere else would cut a name at U+2028 or a form feed.
        with (
            _naming_faults(self.path, self.encoding) as fault,
            self.path.open("rb") as raw,
            io.TextIOWrapper(raw, self.encoding, newline="\n") as text,
        ):
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            next(reader)
            for row, cells in enumerate(reader, start=2):
                fault.row = row
                if any(cells):
                    self.rows_seen += 1
                    yield row, cells
                if self.progress and row % 5000 == 0:
                    self.progress(self.rows_seen, min(raw.tell() / size, 1.0))
        if self.progress:
            self.progress(self.rows_seen, 1.0)


class _naming_faults:  # noqa: N801 - used as a context manager
    """Turns what the decoder and the csv module raise into an error that names the row."""

    def __init__(self, path: Path, encoding: str) -> None:
        self.path, self.encoding, self.row = path, encoding, 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, UnicodeError):
            raise InvalidInputError(
                f"The file stops being {self.encoding} after row {self.row}; nothing was stored.",
                where=self.path.name,
                expected="one encoding from beginning to end",
                remedy="Save it as UTF-8, or name its encoding (for example gb18030).",
            ) from None
        if isinstance(error, csv.Error):
            raise InvalidInputError(
                f"The file is broken near row {self.row + 1} ({error}); nothing was stored.",
                where=self.path.name,
                expected="CSV with each quote closed and no cell above 128 KiB",
            ) from None


def open_csv(path: Path, encoding: str | None = None, progress: Progress | None = None) -> CsvTable:
    """Find out how a file is written and read its header.

    Raises:
        InvalidInputError: it is missing, empty, not text, or in an encoding nobody named.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise InvalidInputError(f"The file can't be read ({error.strerror}).", where=str(path)) from None
    _refuse_other_kinds(path, head)
    chosen = _encoding(path, head, encoding)
    first = _first_line(head, chosen)
    delimiter = max(DELIMITERS, key=first.count)
    with _naming_faults(path, chosen):
        headers = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter, strict=True), [])]
    if not any(headers):
        raise InvalidInputError("The file's first row is empty.", where=path.name, expected="column names")
    return CsvTable(path, chosen, delimiter, headers, progress)


def _refuse_other_kinds(path: Path, head: bytes) -> None:
    if not head.strip():
        raise InvalidInputError("The file is empty.", where=path.name, expected="a row of column names")
    known = {
        b"PK\x03\x04": "a spreadsheet or archive",
        b"PAR1": "Parquet",
        b"%PDF": "PDF",
        b"\x1f\x8b": "gzip",
    }
    kind = next((name for sign, name in known.items() if head.startswith(sign)), None)
    if kind is None and b"\x00" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        kind = "no text"
    if kind is not None:
        raise InvalidInputError(
            f"The file is {kind}, not CSV.", where=path.name, remedy="Export the sheet as CSV in UTF-8."
        )


def _encoding(path: Path, head: bytes, named: str | None) -> str:
    if named is not None:
        try:
            return codecs.lookup(named).name
        except LookupError:
            raise InvalidInputError(
                f"There is no encoding {named!r}.", where=path.name, expected="such as utf-8 or gb18030"
            ) from None
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if _decodes(head, "utf-8"):
        return "utf-8"
    # GB18030 decodes almost anything, so only headers that mean something in it are taken as proof.
    if _decodes(head, "gb18030"):
        first = _first_line(head, "gb18030")
        if known_headers(first.split(max(DELIMITERS, key=first.count))) and not first.isascii():
            return "gb18030"
    raise InvalidInputError(
        "The file is not UTF-8, and nothing says what it is; nothing was stored.",
        where=path.name,
        expected="UTF-8, or an encoding named with the import",
        remedy="If it comes from a Chinese Windows machine, name gb18030; from a Western one, cp1252.",
    )


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head, final=len(head) < HEAD_BYTES)
    except UnicodeError:
        return False
    return True


def _first_line(head: bytes, encoding: str) -> str:
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    return text.split("\n", 1)[0].rstrip("\r")


def without_apostrophe(cell: str) -> str:
    """Give a cell as it was before it was made safe for spreadsheets."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA_SIGNS and len(cell) > 1 else cell


def formula_safe(cell: str) -> str:
    """Give a cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell
