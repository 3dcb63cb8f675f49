"""Bring the tables of a database to the form this version needs."""

from importlib.resources import as_file, files

from sqlalchemy import Connection, Engine, inspect, text

from models.errors import RefusedError

# A name of its own: Prefect may keep its tables, and its own alembic_version, in the same database.
VERSION_TABLE = "tocsin_version"
# Any fixed number will do: it names the lock under which PostgreSQL upgrades one process at a time.
UPGRADE_LOCK = 0x70C52


def newest() -> str:
    """Give the version of the tables that this version of Tocsin works with."""
    names = (entry.name for entry in files("models.migrations.versions").iterdir())
    return max(name.partition("_")[0] for name in names if name[:4].isdigit() and name.endswith(".py"))


def current(connection: Connection) -> str | None:
    """Give the version of the tables in a database, None when it has none of ours."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.execute(text(f"select version_num from {VERSION_TABLE}")).scalar()  # noqa: S608
    return version


def upgrade(engine: Engine) -> None:
    """Create the tables, or apply the changes that are missing, in one transaction.

    Raises:
        RefusedError: the database was made by a newer version.
    """
    writing = engine.execution_options(tocsin_write=True)
    with writing.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"select pg_advisory_xact_lock({UPGRADE_LOCK})"))
        found, wanted = current(connection), newest()
        if found == wanted:
            return
        if found is not None and found > wanted:
            raise RefusedError(
                f"The database has tables of version {found}, newer than this program's {wanted}.",
                remedy="Run the newer version, or restore a backup made before it.",
            )
        _apply(connection)


def _apply(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - a fifth of a second that an up-to-date home need not spend
    from alembic.config import Config  # noqa: PLC0415

    with as_file(files("models.migrations")) as folder:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        command.upgrade(config, "head")
