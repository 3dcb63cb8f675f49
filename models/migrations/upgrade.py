"""Bring the tables of a database to the form this version needs."""

from sqlalchemy import Engine

from models.tables import metadata


def upgrade(engine: Engine) -> None:
    """Create the tables."""
    metadata.create_all(engine)
