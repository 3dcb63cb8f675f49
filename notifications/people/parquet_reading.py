"""Reading people from a Parquet file; each column as the text that a CSV file of the same table would hold."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from models.errors import InvalidInputError
from notifications.people.block import BLOCK_ROWS, Block, block_of_frame

EXACT = 10**15  # above it a float no longer holds every whole number


class ParquetTable:
    """An open Parquet file: its column names and its rows; the first row is row 1."""

    def __init__(self, path: Path) -> None:
        """Read what columns it has.

        Raises:
            InvalidInputError: it is cut off or damaged.
        """
        self._path = path
        with self._naming_faults():
            self._frame = pl.scan_parquet(path, glob=False)
            self._schema = self._frame.collect_schema()
        self.headers = [name.strip() for name in self._schema.names()]

    def blocks(self, used: Collection[int]) -> Iterator[Block]:
        """Read on to the end; rows in which nothing stands are passed over.

        Raises:
            InvalidInputError: it is damaged further on, or a `used` column holds what is no text.
        """
        columns = [self._text(at, name, at in used) for at, name in enumerate(self._schema.names())]
        row = 1
        with self._naming_faults():
            count = max(self._frame.select(pl.len()).collect().item(), 1)
            for batch in self._frame.collect_batches(chunk_size=BLOCK_ROWS, maintain_order=True):
                self._refuse_lost_digits(batch, used, row)
                frame = batch.select(columns).fill_null("")
                yield block_of_frame(frame, row, min((row + frame.height) / count, 1.0))
                row += frame.height

    def _text(self, at: int, name: str, used: bool) -> pl.Expr:
        """Give a column as text; what has no plain text is refused in a column that is read for people."""
        column, kind = pl.col(name), self._schema[name]
        if isinstance(kind, pl.List) and kind.inner == pl.String:
            text = column.list.join(";", ignore_nulls=True)
        elif kind.is_float():
            whole = pl.when((column == column.floor()) & (column.abs() < EXACT)).then(column)
            text = pl.coalesce(whole.cast(pl.Int64, strict=False).cast(pl.String), column.cast(pl.String))
        elif kind.is_nested() or kind in {pl.Binary, pl.Object, pl.Null}:
            if used and kind != pl.Null:
                raise InvalidInputError(
                    f"The column {name!r} holds {kind}, which is no text.",
                    where=self._path.name,
                    expected="text, numbers or lists of text",
                )
            text = pl.lit("")
        else:
            text = column.cast(pl.String)
        return text.alias(str(at))

    def _refuse_lost_digits(self, batch: pl.DataFrame, used: Collection[int], row: int) -> None:
        for at, (name, kind) in enumerate(self._schema.items()):
            if at in used and kind.is_float() and (large := (batch[name].abs() >= EXACT).arg_true()).len():
                raise InvalidInputError(
                    "A number has more digits than a float can hold; nothing was stored.",
                    where=f"{self._path.name}, row {row + large[0]}, column {name}",
                    expected="numbers of customers and phones as text",
                )

    @contextmanager
    def _naming_faults(self) -> Iterator[None]:
        try:
            yield
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
            raise InvalidInputError(
                "The Parquet file is cut off or damaged; nothing was stored.",
                where=self._path.name,
                remedy="Write it anew, or export the table as CSV in UTF-8.",
            ) from None
