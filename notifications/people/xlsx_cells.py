"""The cells of one sheet (ECMA-376 part 1, 18.3), as text: what was typed, not what a program would make of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from notifications.people.xlsx_archive import CHUNK, Attributes, Workbook, new_parser, unescaped

EXACT_DIGITS = 15
FORMULA = "a formula"
ERROR = "an error value"
LOST_DIGITS = f"a number of more than {EXACT_DIGITS} digits, of which a spreadsheet keeps no more"
_DAY_ZERO = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 - a sheet knows no zone


@dataclass(slots=True)
class Cell:
    """One cell; `fault` says why its text must not be used."""

    text: str = ""
    fault: str = ""


@dataclass(slots=True)
class SheetRow:
    """One row: its number in the sheet, and its cells by column, the first being 0."""

    number: int
    cells: dict[int, Cell] = field(default_factory=dict)
    share: float = 0.0  # of the sheet, read by its end


class SheetReader:
    """Reads the sheets of a workbook row by row."""

    def __init__(self, book: Workbook) -> None:
        """Learn what cells refer to."""
        self._book = book
        self._texts = book.shared_strings()
        self._dates, self._zeros = book.date_styles()

    def rows(self, part: str) -> Iterator[SheetRow]:
        """Give the rows that hold any cell."""
        parser, found = new_parser(self._book.name), _Sheet(self)
        parser.StartElementHandler, parser.EndElementHandler = found.start, found.end
        parser.CharacterDataHandler = found.text
        size = max(self._book.archive.getinfo(part).file_size, 1)
        with self._book.archive.open(part) as file:
            while piece := file.read(CHUNK):
                parser.Parse(piece)
                for row in found.rows:
                    row.share = min(file.tell() / size, 1.0)
                    yield row
                found.rows.clear()
            parser.Parse(b"", True)
            yield from found.rows

    def cell(self, kind: str, style: int, said: str) -> Cell:
        """Give a cell of a kind (18.18.11) as text."""
        if kind == "s":
            return Cell(self._texts[int(said)])
        if kind in {"str", "inlineStr"}:
            return Cell(unescaped(said))
        if kind == "b":
            return Cell("TRUE" if said == "1" else "FALSE")
        if kind == "e":
            return Cell(unescaped(said), ERROR)
        return self._number(style, said) if kind == "n" and said else Cell(said)

    def _number(self, style: int, said: str) -> Cell:
        number = float(said)
        if style in self._dates:
            moment = _DAY_ZERO[self._book.dates_from_1904] + timedelta(days=number)
            return Cell(
                moment.date().isoformat() if number.is_integer() else moment.isoformat(" ", "seconds")
            )
        if not number.is_integer():
            return Cell(repr(number))
        digits = str(int(number))
        return Cell(
            digits.zfill(self._zeros.get(style, 0)), LOST_DIGITS if len(digits) > EXACT_DIGITS else ""
        )


class _Sheet:
    """What the parser is in the midst of."""

    def __init__(self, reader: SheetReader) -> None:
        self._reader = reader
        self.rows: list[SheetRow] = []
        self._row = SheetRow(0)
        self._column = -1
        self._kind, self._style = "n", 0
        self._said: list[str] | None = None  # the text of the cell, while the parser is in it
        self._value, self._formula, self._unspoken = "", False, False

    def start(self, tag: str, attributes: Attributes) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "c":
            self._column = column_of(attributes["r"]) if "r" in attributes else self._column + 1
            self._kind, self._style = attributes.get("t", "n"), int(attributes.get("s", 0))
            self._value, self._formula = "", False
        elif tag == "row":
            self._row = SheetRow(int(attributes.get("r", self._row.number + 1)))
            self._column = -1
        elif tag in {"v", "t"} and not self._unspoken:
            self._said = []
        elif tag == "f":
            self._formula = True
        elif tag == "rPh":
            self._unspoken = True

    def text(self, piece: str) -> None:
        if self._said is not None:
            self._said.append(piece)

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag in {"v", "t"} and self._said is not None:
            self._value += "".join(self._said)
            self._said = None
        elif tag == "c" and self._formula:
            self._row.cells[self._column] = Cell("", FORMULA)
        elif tag == "c" and self._value:
            self._row.cells[self._column] = self._reader.cell(self._kind, self._style, self._value)
        elif tag == "row" and self._row.cells:
            self.rows.append(self._row)
        elif tag == "rPh":
            self._unspoken = False


def column_of(reference: str) -> int:
    """Give the position of a column from a cell's name, such as 27 from AB3."""
    at = 0
    for letter in reference.rstrip("0123456789"):
        at = at * 26 + ord(letter) - ord("A") + 1
    return at - 1


def name_of(column: int) -> str:
    """Give a column's letters, such as AB of 27."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
