"""Reading a bank's CSV file by the block, or refusing it with the place of its fault."""

import codecs
import csv
import io
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

import polars as pl

from models.errors import InvalidInputError
from notifications.people.block import BLOCK_ROWS, Block, Row, block_of, block_of_frame, schema_of
from notifications.people.columns import known_headers

HEAD_BYTES = 65536
DELIMITERS = ",;\t|"
# An apostrophe before one of these keeps a spreadsheet from running the cell; we write it, so we take it off.
# East Asian programs take the wide signs for the narrow ones.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Progress = Callable[[int, float], None]
UTF8 = ("utf-8", "utf-8-sig")
PIECE = 3 << 20  # bytes, or characters of another encoding, read at once
FIRST_PIECE = PIECE // 8  # so that whoever stores people need not wait long for the first
LONGEST_CELL = csv.field_size_limit()


@dataclass
class CsvTable:
    """An open CSV file: its headers and its rows; the header is row 1."""

    path: Path
    encoding: str
    delimiter: str
    headers: list[str]

    def blocks(self, used: Collection[int] = ()) -> Iterator[Block]:  # noqa: ARG002 - text needs no caution
        """Read on to the end; blank rows are passed over.

        Raises:
            InvalidInputError: it stops being text in its encoding, or a quote is never closed.
        """
        size = max(self.path.stat().st_size, 1)
        with _naming_faults(self.path, self.encoding) as fault, self.path.open("rb") as raw:
            text = _in_utf8(raw, self.encoding)
            text.readline()
            row, rest, size_of_piece = 2, b"", FIRST_PIECE
            while piece := text.read(size_of_piece):
                size_of_piece = min(2 * size_of_piece, PIECE)
                whole, rest = _up_to_line_end(rest + piece)
                frame = self._plain_frame(whole) if whole else pl.DataFrame()
                if frame is None:
                    break
                if whole:
                    yield block_of_frame(frame, row, raw.tell() / size)
                    row += frame.height
            else:
                whole = b""
            lines = itertools.chain(io.BytesIO(whole), _last(rest, text), text)
            fault.row = row - 1
            yield from self._row_by_row(map(bytes.decode, lines), fault, lambda: raw.tell() / size)

    def _plain_frame(self, whole: bytes) -> pl.DataFrame | None:
        """Read lines in which nothing is quoted by the column; None when the csv module must decide."""
        if b'"' in whole or (b"\r" in whole and whole.count(b"\r") != whole.count(b"\r\n")):
            return None
        try:
            frame = pl.read_csv(
                whole,
                has_header=False,
                separator=self.delimiter,
                quote_char=None,
                schema=schema_of(len(self.headers)),
                empty_string_is_null=False,
                missing_columns="insert",
                extra_columns="raise",
            )
        except pl.exceptions.PolarsError:
            return None  # a row with more cells than the header has, or bytes that are no text
        longest = frame.select(pl.max_horizontal(pl.all().str.len_bytes().max())).item()
        if longest > LONGEST_CELL:
            return None
        return frame.with_columns(pl.all().fill_null(""))

    def _row_by_row(
        self, lines: Iterable[str], fault: "_naming_faults", share: Callable[[], float]
    ) -> Iterator[Block]:
        found: list[Row] = []
        for row, cells in enumerate(csv.reader(lines, delimiter=self.delimiter, strict=True), fault.row + 1):
            fault.row = row
            if any(cells):
                found.append((row, cells))
            if len(found) >= BLOCK_ROWS:
                yield block_of(found, len(self.headers), share())
                found = []
        if found:
            yield block_of(found, len(self.headers), share())


class _Recoded:
    """A file of another encoding as if it were written in UTF-8; only line feeds end its lines."""

    def __init__(self, raw: IO[bytes], encoding: str) -> None:
        self._text = io.TextIOWrapper(raw, encoding, newline="\n")

    def read(self, characters: int) -> bytes:
        return self._text.read(characters).encode()

    def readline(self) -> bytes:
        return self._text.readline().encode()

    def __iter__(self) -> Iterator[bytes]:
        return map(str.encode, self._text)


def _in_utf8(raw: IO[bytes], encoding: str) -> "IO[bytes] | _Recoded":
    # What most files are written in goes to Polars as it is: it finds wrong bytes itself. A mark of the byte order
    # stands in the header, which is passed over.
    return raw if encoding in UTF8 else _Recoded(raw, encoding)


def _up_to_line_end(text: bytes) -> tuple[bytes, bytes]:
    cut = text.rfind(b"\n") + 1
    return text[:cut], text[cut:]


def _last(rest: bytes, text: "IO[bytes] | _Recoded") -> Iterator[bytes]:
    """Give the line of which `rest` was read already."""
    if line := rest + text.readline():
        yield line


class _naming_faults:  # noqa: N801 - used as a context manager
    """Turns what the decoder and the csv module raise into an error that names the row."""

    def __init__(self, path: Path, encoding: str) -> None:
        self.path, self.encoding, self.row = path, encoding, 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, UnicodeError):
            line = _line_of_wrong_byte(self.path, self.encoding)
            raise InvalidInputError(
                f"The file stops being {self.encoding}{line and f' in line {line}'}; nothing was stored.",
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


def _line_of_wrong_byte(path: Path, encoding: str) -> int | str:
    """Find the line; an encoding in which the line end is not one byte can't be told line by line."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        for number, line in enumerate(file if "\n".encode(encoding)[-1:] == b"\n" else (), 1):
            try:
                decoder.decode(line)
            except UnicodeError:
                return number
    return ""


def open_csv(path: Path, encoding: str | None = None) -> CsvTable:
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
    return CsvTable(path, chosen, delimiter, headers)


def _refuse_other_kinds(path: Path, head: bytes) -> None:
    if not head.strip():
        raise InvalidInputError("The file is empty.", where=path.name, expected="a row of column names")
    known = {
        b"\xd0\xcf\x11\xe0": "an old or locked workbook",
        b"PK": "an archive",
        b"%PDF": "PDF",
        b"\x1f\x8b": "gzip",
    }
    kind = next((name for sign, name in known.items() if head.startswith(sign)), None)
    if kind is None and b"\x00" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        kind = "no text"
    if kind is not None:
        raise InvalidInputError(
            f"The file is {kind}.",
            where=path.name,
            expected="CSV, XLSX or Parquet",
            remedy="Save the sheet as XLSX without a password, or export it as CSV in UTF-8.",
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
