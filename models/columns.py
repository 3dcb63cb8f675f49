"""Column types shared by all tables."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Column, DateTime, Engine, LargeBinary, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from models.clock import as_utc
from models.crypto import Sealer

_SEALERS: WeakKeyDictionary[Dialect, Sealer] = WeakKeyDictionary()


def seal_words_with(engine: Engine, sealer: Sealer) -> None:
    """Have an engine seal and open its columns of words; without it such a column can be neither written nor read."""
    _SEALERS[engine.dialect] = sealer


class UtcDateTime(TypeDecorator[datetime]):
    """A column of UTC instants: refuses naive values, gives aware ones back on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Store UTC; SQLite keeps no offset, so it gets the bare UTC value."""
        if value is None:
            return None
        moment = as_utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give an aware UTC moment back."""
        del dialect
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """A column of exact decimals, kept as text: SQLite would keep a number as a float."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Store it with all its decimals, never with an exponent."""
        del dialect
        return None if value is None else f"{value:f}"

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Give the same decimal back."""
        del dialect
        return None if value is None else Decimal(value)


class SealedWords(TypeDecorator[Any]):
    """A column of what people wrote, or of documents made of it: text or plain JSON values, sealed at rest.

    Sealed with the organisation's key for its place, `table.column`, anew each time: it can't be searched for, and
    bytes of another column are refused. Erasure of an incident empties or blanks such words (`response.erasing.words`).
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        """Bind the column to its place."""
        super().__init__()
        self.place = place

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Seal the value as JSON."""
        if value is None:
            return None
        return _SEALERS[dialect].seal(json.dumps(value).encode(), self.place)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Open it again; raises RefusedError where the home's key is another or the bytes were changed."""
        return None if value is None else json.loads(_SEALERS[dialect].open(bytes(value), self.place))


def sealed_words(place: str, *, optional: bool = False) -> Column[Any]:
    """Make a column of sealed words for a place, `table.column`."""
    return Column(SealedWords(place), nullable=optional)
