"""Reading a sheet of people from an XLSX workbook; formulas are refused with their place, never computed."""

from collections.abc import Collection, Iterator
from pathlib import Path

from models.errors import InvalidInputError
from notifications.people.block import BLOCK_ROWS, Block, Row, block_of
from notifications.people.xlsx_archive import Workbook, naming_faults
from notifications.people.xlsx_cells import Cell, SheetReader, SheetRow, name_of

_NOTHING = Cell()


class XlsxTable:
    """An open sheet: its headers and its rows."""

    def __init__(self, path: Path, sheet: str | None = None) -> None:
        """Find the sheet and read its first row.

        Raises:
            InvalidInputError: the file is no sound workbook, or nobody said which of its sheets is meant.
        """
        self._book = Workbook(path)
        with naming_faults(self._book.name):
            self._reader = SheetReader(self._book)
            self._sheet, self._part = self._chosen(sheet)
            first = next(self._reader.rows(self._part), None)
        if first is None:
            raise InvalidInputError("The sheet is empty.", where=path.name, expected="a row of column names")
        self._header = first.number
        width = 1 + max(first.cells)
        self.headers = [cell.strip() for cell in self._texts(first, width, range(width))]

    def _chosen(self, wanted: str | None) -> tuple[str, str]:
        sheets = self._book.sheets()
        if wanted is not None and wanted in sheets:
            return wanted, sheets[wanted]
        # A second sheet may hold further people: leaving it out in silence would leave them out.
        said = {name: part for name, part in sheets.items() if next(self._reader.rows(part), None)}
        if wanted is None and len(said) <= 1:
            return next(iter((said or sheets).items()))
        raise InvalidInputError(
            "The workbook has no such sheet."
            if wanted
            else f"{len(said)} sheets of the workbook hold something.",
            where=self._book.name,
            expected=f"the name of one: {', '.join(sheets)[:300]}",
            remedy="Name it with --sheet, and import the others after it if people stand there too.",
        )

    def blocks(self, used: Collection[int]) -> Iterator[Block]:
        """Read on to the end; blank rows are passed over.

        Raises:
            InvalidInputError: the workbook is cut off, or a cell of the `used` columns holds no plain value.
        """
        width, found = len(self.headers), list[Row]()
        share = 0.0
        with naming_faults(self._book.name):
            for row in self._reader.rows(self._part):
                if row.number > self._header and any(cells := self._texts(row, width, used)):
                    found.append((row.number, cells))
                share = row.share
                if len(found) >= BLOCK_ROWS:
                    yield block_of(found, width, share)
                    found = []
        if found:
            yield block_of(found, width, 1.0)

    def _texts(self, row: SheetRow, width: int, used: Collection[int]) -> list[str]:
        for at, cell in row.cells.items():
            if cell.fault and at in used:
                raise InvalidInputError(
                    f"The cell holds {cell.fault}; nothing was stored.",
                    where=f"{self._book.name}, {self._sheet}!{name_of(at)}{row.number}",
                    expected="values as they were typed",
                    remedy="Copy the column and paste it as values, long numbers as text; then import again.",
                )
        cells = [row.cells.get(at, _NOTHING) for at in range(width)]
        return ["" if cell.fault else cell.text for cell in cells]
