"""What every reader of people gives: some thousands of rows at a time, as columns of text."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

BLOCK_ROWS = 32768
Row = tuple[int, Sequence[str]]  # the row in the sheet, its cells


@dataclass(slots=True)
class Block:
    """Rows that stand together in a file; the column of the header at position 3 is called "3"."""

    frame: pl.DataFrame
    rows: pl.Series  # where each stands in the sheet
    share: float  # of the file, read by the end of this block
    slid: dict[int, list[str]] = field(default_factory=dict)  # rows with more cells than headers, by position

    def cells_of(self, places: Sequence[int]) -> list[Sequence[str]]:
        """Give the cells of rows as they stand in the file."""
        rows = self.frame[places].rows() if places else []
        return [self.slid.get(at) or cells for at, cells in zip(places, rows, strict=True)]


class PeopleTable(Protocol):
    """An open source of people."""

    headers: list[str]

    def blocks(self, used: Collection[int]) -> Iterator[Block]:
        """Read on to the end; blank rows are passed over. Only the `used` columns are read for people."""


def schema_of(width: int) -> dict[str, type[pl.String]]:
    """Name the columns of a block."""
    return {str(at): pl.String for at in range(width)}


def block_of(found: Sequence[Row], width: int, share: float) -> Block:
    """Make a block of rows read one by one; each gets as many cells as the header has."""
    slid = {at: list(cells) for at, (_, cells) in enumerate(found) if any(cells[width:])}
    blank = [""] * width
    # Nobody can say which cell slid: better no address than somebody else's.
    fitted = [
        blank if at in slid else [*cells[:width], *blank[len(cells) :]] for at, (_, cells) in enumerate(found)
    ]
    frame = pl.DataFrame(fitted, schema=schema_of(width), orient="row")
    return Block(frame, pl.Series([row for row, _ in found], dtype=pl.UInt32), share, slid)


def block_of_frame(frame: pl.DataFrame, row: int, share: float) -> Block:
    """Make a block of columns whose first row stands at `row`; blank rows are left out."""
    rows = pl.int_range(row, row + frame.height, dtype=pl.UInt32, eager=True)
    if (frame[:, 0] != "").all():
        return Block(frame, rows, share)
    said = frame.select(pl.any_horizontal(pl.all() != "")).to_series()
    return Block(frame.filter(said), rows.filter(said), share)


def without_surrogates(cell: str) -> str:
    """Give text that can be encoded: half a character becomes the sign for an unreadable one."""
    return cell if cell.isascii() else cell.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
