"""The parts of an XLSX workbook (ECMA-376), read as a stream: nothing in it is run, expanded or trusted.

A workbook is a ZIP of XML. Python's own XML parser is safe here: a document type, and with it every entity, is
refused, and no more is unpacked than a workbook of people can hold.
"""

import re
import xml.parsers.expat
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from posixpath import join, normpath
from xml.parsers.expat import XMLParserType

from models.errors import InvalidInputError
from notifications.people.block import without_surrogates

MOST_UNPACKED = 4 << 30  # bytes of one part
MOST_RATIO, FREE_OF_RATIO = (
    250,
    64 << 20,
)  # a sheet of equal rows shrinks a hundredfold, a bomb a thousandfold
CHUNK = 1 << 16
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DATE_IDS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_NO_DATE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')

Attributes = dict[str, str]


@contextmanager
def naming_faults(name: str) -> Iterator[None]:
    """Turn what a damaged archive raises into one message."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, OSError) as error:
        raise InvalidInputError(
            "The workbook is cut off or damaged; nothing was stored.",
            where=name,
            expected="an XLSX file as a spreadsheet program saves it",
            remedy="Save it anew, or export the sheet as CSV in UTF-8.",
        ) from error
    except (RuntimeError, NotImplementedError):
        raise InvalidInputError(
            "The workbook is locked by a password or packed in an unknown way.", where=name
        ) from None
    except xml.parsers.expat.ExpatError as error:
        raise InvalidInputError(
            f"The workbook's XML breaks off in line {error.lineno}; nothing was stored.", where=name
        ) from None


class Workbook:
    """An open workbook."""

    def __init__(self, path: Path) -> None:
        """Open it and check how large its parts are.

        Raises:
            InvalidInputError: it is damaged, no workbook, or unpacks to more than any list of people.
        """
        self.name = path.name
        with naming_faults(self.name):
            self.archive = zipfile.ZipFile(path)
        for part in self.archive.infolist():
            ratio = part.file_size / max(part.compress_size, 1)
            if part.file_size > MOST_UNPACKED or (part.file_size > FREE_OF_RATIO and ratio > MOST_RATIO):
                raise InvalidInputError(
                    f"The workbook unpacks to {part.file_size >> 20} MiB, {ratio:.0f} times its size; it was not read.",
                    where=self.name,
                    expected="a workbook with nothing but rows of people",
                    remedy="Export the sheet as CSV in UTF-8.",
                )
        self._parts = set(self.archive.namelist())
        if "xl/workbook.xml" not in self._parts:
            raise InvalidInputError(
                "The archive holds no XLSX workbook.",
                where=self.name,
                expected="CSV, XLSX or Parquet",
                remedy="Save the sheet as XLSX, or export it as CSV in UTF-8.",
            )
        self.dates_from_1904 = False

    def sheets(self) -> dict[str, str]:
        """Give the visible sheets: the part of each by its name."""
        targets: dict[str, str] = {}
        found: dict[str, str] = {}

        def relation(tag: str, attributes: Attributes) -> None:
            if tag == "Relationship":
                targets[attributes["Id"]] = normpath(join("/xl", attributes["Target"])).lstrip("/")

        def sheet(tag: str, attributes: Attributes) -> None:
            if tag == "workbookPr":
                self.dates_from_1904 = attributes.get("date1904", "0") in {"1", "true"}
            if tag == "sheet" and attributes.get("state", "visible") == "visible":
                reference = next(value for key, value in attributes.items() if key.endswith(":id"))
                found[attributes["name"]] = targets[reference]

        with naming_faults(self.name):
            self.parse("xl/_rels/workbook.xml.rels", relation)
            self.parse("xl/workbook.xml", sheet)
        return {name: part for name, part in found.items() if "worksheets/" in part}

    def parse(self, part: str, start: Callable[[str, Attributes], None]) -> None:
        """Read a small part whole; `start` is called with each element."""
        parser = new_parser(self.name)
        parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
        with self.archive.open(part) as file:
            parser.ParseFile(file)

    def date_styles(self) -> tuple[frozenset[int], dict[int, int]]:
        """Give the styles that show a number as a date, and those that show it with leading zeros: how many digits."""
        formats: dict[int, str] = {}
        styles: list[int] = []
        inside = [""]

        def style(tag: str, attributes: Attributes) -> None:
            if tag in {"cellXfs", "cellStyleXfs", "dxfs"}:
                inside[0] = tag
            if tag == "numFmt":
                formats[int(attributes["numFmtId"])] = attributes["formatCode"]
            if tag == "xf" and inside[0] == "cellXfs":
                styles.append(int(attributes.get("numFmtId", 0)))

        if "xl/styles.xml" in self._parts:
            self.parse("xl/styles.xml", style)
        dates = frozenset(at for at, form in enumerate(styles) if _is_date(form, formats.get(form, "")))
        zeros = {
            at: len(code)
            for at, form in enumerate(styles)
            if re.fullmatch("00+", code := formats.get(form, ""))
        }
        return dates, zeros

    def shared_strings(self) -> "SharedStrings":
        """Give the texts that cells refer to."""
        found = SharedStrings()
        if "xl/sharedStrings.xml" not in self._parts:
            return found
        parser = new_parser(self.name)
        said: list[str] = []
        inside = {"t": 0, "rPh": 0}

        def start(tag: str, _attributes: Attributes) -> None:
            if (local := tag.rpartition(":")[2]) in inside:
                inside[local] += 1

        def end(tag: str) -> None:
            local = tag.rpartition(":")[2]
            if local in inside:
                inside[local] -= 1
            if local == "si":
                found.add(unescaped("".join(said)))
                said.clear()

        def text(piece: str) -> None:
            if inside["t"] and not inside["rPh"]:  # not the pronunciation
                said.append(piece)

        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
        with self.archive.open("xl/sharedStrings.xml") as file:
            parser.ParseFile(file)
        return found


class SharedStrings:
    """Texts as one piece of memory: a million short strings of Python's would take four times as much."""

    def __init__(self) -> None:
        """Start with none."""
        self._whole, self._ends = bytearray(), array("Q", [0])

    def add(self, text: str) -> None:
        """Append one."""
        self._whole += text.encode()
        self._ends.append(len(self._whole))

    def __getitem__(self, at: int) -> str:
        """Give one by its number."""
        if not 0 <= at < len(self._ends) - 1:
            raise ValueError(at)
        return self._whole[self._ends[at] : self._ends[at + 1]].decode()


def new_parser(name: str) -> XMLParserType:
    """Give a parser that expands nothing."""
    parser = xml.parsers.expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_declared: object) -> None:
        raise InvalidInputError("The workbook declares a document type, which none does.", where=name)

    parser.StartDoctypeDeclHandler = refuse
    return parser


def unescaped(text: str) -> str:
    """Give text whose control characters stand as _x000D_."""
    if "_x" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return without_surrogates(text)


def _is_date(number: int, code: str) -> bool:
    if not code:
        return number in _DATE_IDS
    return bool(re.search("[ymdhs]", _NO_DATE.sub("", code.partition(";")[0]).lower()))
