"""Changes of the tables, in order, applied with Alembic."""
