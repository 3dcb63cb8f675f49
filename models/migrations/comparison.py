"""How Alembic compares our tables with a database."""

from models.columns import UtcDateTime
from models.tables import metadata


def same_type(
    _context: object, _inspected: object, _column: object, found: object, wanted: object
) -> bool | None:
    """Compare types by Alembic's own rules, except ours that only wrap one of SQLAlchemy's."""
    return False if isinstance(wanted, UtcDateTime) and "TIME" in str(found).upper() else None


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Look at our own tables only."""
    return kind != "table" or name in metadata.tables
