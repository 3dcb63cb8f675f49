"""The database's part of a backup: SQLite by its own online copy, PostgreSQL by its own dump programs."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from models.database import make_engine, naming_database_faults
from models.errors import RefusedError, UnavailableError
from models.settings import Settings

SQLITE, POSTGRESQL = "sqlite", "postgresql"
COPY_NAME, DUMP_NAME = "tocsin.db", "tocsin.pgdump"
LONGEST_SECONDS = 6 * 3600


def kind_of(settings: Settings) -> str:
    """Name the kind of database a home uses."""
    return SQLITE if settings.database_url is None else POSTGRESQL


def save(settings: Settings, folder: Path) -> Path:
    """Write a consistent copy of the database, while others write to it; gives the file.

    Raises:
        UnavailableError: it can't be copied, or pg_dump is not installed.
    """
    if kind_of(settings) == POSTGRESQL:
        _run(settings, "pg_dump", "--format=custom", "--no-owner", f"--file={folder / DUMP_NAME}")
        return folder / DUMP_NAME
    source = f"file:{(settings.home / COPY_NAME).resolve()}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(source, uri=True)) as live,
            closing(sqlite3.connect(folder / COPY_NAME)) as copy,
        ):
            live.backup(copy)
    except sqlite3.Error as error:
        raise UnavailableError(f"The database can't be copied ({error}).", where=str(settings.home)) from None
    return folder / COPY_NAME


def load(settings: Settings, folder: Path, kind: str) -> None:
    """Bring the copy in an unpacked backup to where the home wants it.

    Raises:
        RefusedError: the backup's database is of another kind.
        UnavailableError: pg_restore is not installed or failed; the database is empty again.
    """
    if kind != kind_of(settings):
        raise RefusedError(
            f"The backup's database is {kind}, and this home uses {kind_of(settings)}.",
            where="TOCSIN_DATABASE_URL",
            remedy="Set it for PostgreSQL, unset it for SQLite.",
        )
    if kind == POSTGRESQL:
        arguments = ("--exit-on-error", "--single-transaction", "--no-owner", f"--dbname={_name(settings)}")
        _run(settings, "pg_restore", *arguments, str(folder / DUMP_NAME))
        (folder / DUMP_NAME).unlink()


def is_empty(settings: Settings) -> bool:
    """Tell whether the database holds no table; a file that is not there yet holds none."""
    if kind_of(settings) == SQLITE:
        return not (settings.home / COPY_NAME).exists()
    engine = make_engine(settings.database)
    try:
        with naming_database_faults():
            return not inspect(engine).get_table_names()
    finally:
        engine.dispose()


def empty(settings: Settings) -> None:
    """Take back what `load` brought into a PostgreSQL database that was empty before."""
    if kind_of(settings) == SQLITE:
        return
    engine = make_engine(settings.database)
    try:
        with naming_database_faults(), engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    finally:
        engine.dispose()


def _name(settings: Settings) -> str:
    return str(make_url(settings.database).database)


def _run(settings: Settings, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs; the password goes by the environment, which others can't read."""
    path = shutil.which(program)
    if path is None:
        raise UnavailableError(
            f"{program} is not installed.",
            remedy="Install PostgreSQL's client programs (Debian: postgresql-client).",
        )
    url = make_url(settings.database)
    place = {
        "PGHOST": url.host or str(url.query.get("host", "")),
        "PGPORT": str(url.port or url.query.get("port", "")),
        "PGUSER": url.username or "",
        "PGPASSWORD": url.password or "",
        "PGDATABASE": url.database or "",
    }
    environment = os.environ | {name: value for name, value in place.items() if value}
    done = subprocess.run(  # noqa: S603 - the program's own path, arguments of ours
        [path, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_SECONDS,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()[:1]
        raise UnavailableError(f"{program} failed: {said[0] if said else done.returncode}.")
