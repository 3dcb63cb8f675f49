"""Where Alembic starts: on the connection that `upgrade` hands over, or on the database of the settings."""

from alembic import context
from sqlalchemy import Connection

from models.database import make_engine
from models.migrations.comparison import is_ours, same_type
from models.migrations.upgrade import VERSION_TABLE
from models.settings import load_settings
from models.tables import metadata


def run(connection: Connection) -> None:
    """Run what was asked for inside the connection's transaction: all of it or nothing."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=VERSION_TABLE,
        compare_type=same_type,
        include_name=is_ours,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    with make_engine(load_settings().database).begin() as own:
        run(own)
