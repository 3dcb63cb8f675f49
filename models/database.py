"""The database: one engine a process, units of work that commit their ledger entries with their rows."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError, ProgrammingError
from sqlmodel import Session

from models.clock import Clock, system_clock
from models.columns import seal_words_with
from models.crypto import OrganisationKey, Sealer, load_organisation_key, read_organisation_key
from models.errors import CollisionError, InvalidInputError, UnavailableError
from models.ledger import Entry, append
from models.settings import Settings
from models.signed_note import NoteSigner, load_signer

SQLITE_BUSY_SECONDS = 30
COLLIDED = frozenset({"40001", "40P01"})  # PostgreSQL: serialization_failure, deadlock_detected


@dataclass
class Work:
    """One unit of work: rows and the ledger entries that explain them, committed together or not at all."""

    store: "Store"
    session: Session
    clock: Clock
    entries: list[Entry] = field(default_factory=list)

    def record(
        self,
        tag: str,
        *,
        actor: str,
        role: str,
        incident_id: str | None = None,
        facts_version: int | None = None,
        drill: bool = False,
        body: dict[str, Any] | None = None,
    ) -> None:
        """Note one ledger entry for this unit; its body holds ids, counts and digests only."""
        self.entries.append(Entry(tag, self.clock(), actor, role, incident_id, facts_version, drill, body))


class Store:
    """The open home: engine, keys and clock; everything that acts on records receives one."""

    def __init__(self, settings: Settings, clock: Clock = system_clock) -> None:
        """Load keys and connect lazily; `tocsin init` made the home."""
        self.settings, self.clock = settings, clock
        self.signer: NoteSigner = load_signer(settings.keys)
        self.organisation_key = _organisation_key(settings)
        self.engine = make_engine(settings.database)
        seal_words_with(self.engine, self.organisation_key.sealer)
        self._reader = _of_one_moment(self.engine)
        self._sealers: dict[tuple[str, bytes], Sealer] = {}

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session for reading, all of it as of its first question; nothing in it is kept."""
        with naming_database_faults(), Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextlib.contextmanager
    def work(self) -> Iterator[Work]:
        """Open a unit of work; leaving it normally commits rows and ledger entries, an error undoes both."""
        with naming_database_faults(), Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"tocsin_write": True})
            unit = Work(self, session, self.clock)
            yield unit
            head = append(session, unit.entries, self.signer)
            session.commit()
        if head:
            self._anchor(head.note, head.size)

    def sealer(self, incident_id: str, wrapped: bytes | None) -> Sealer:
        """Give the sealer of an incident whose wrapped key is at hand."""
        if wrapped is None:
            return self.organisation_key.incident_sealer(incident_id, None)
        known = self._sealers.get((incident_id, wrapped))
        if known is None:
            known = self.organisation_key.incident_sealer(incident_id, wrapped)
            self._sealers[incident_id, wrapped] = known
        return known

    def _anchor(self, note: str, size: int) -> None:
        """Keep the newest head outside the database, so that cutting off its tail shows.

        The unit is committed by now and must not seem to have failed: an anchor that can't be written stays
        behind, which verifies, and the next unit brings it up.
        """
        path = self.settings.home / "ledger" / "checkpoint"
        with contextlib.suppress(OSError, ValueError, IndexError):
            if path.exists() and int(path.read_text(encoding="utf-8").split("\n")[1]) >= size:
                return
        with contextlib.suppress(OSError):
            path.parent.mkdir(exist_ok=True)
            draft = path.with_name(f"checkpoint.{size}")
            draft.write_text(note, encoding="utf-8")
            draft.replace(path)


def _organisation_key(settings: Settings) -> OrganisationKey:
    if settings.organisation_key is not None:
        return read_organisation_key(settings.organisation_key.get_secret_value(), "TOCSIN_ORGANISATION_KEY")
    return load_organisation_key(settings.keys / "organisation.key")


def make_engine(url: str) -> Engine:
    """Connect to SQLite (WAL, synchronous=FULL: a commit survives a power cut) or PostgreSQL.

    Raises:
        InvalidInputError: the address is of neither; it is not repeated, since it may hold a password.
    """
    if not url.startswith("sqlite"):
        return _postgres_engine(url)
    engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgres_engine(url: str) -> Engine:
    try:
        if url.startswith("postgresql+psycopg://"):
            return create_engine(url, pool_pre_ping=True)
    except (ArgumentError, ValueError):
        pass  # told below
    raise InvalidInputError(
        "This is not the address of a database that Tocsin can use.",
        where="TOCSIN_DATABASE_URL",
        expected="postgresql://user:password@host/name, with what is special in the password as %..",
        remedy="Mend the setting; without it the home's own SQLite file is used.",
    )


def _of_one_moment(engine: Engine) -> Engine:
    # As SQLite does of itself. Else what others commit between two questions would make their answers
    # contradict each other: a ledger that grows while it is verified would seem to have been tampered with.
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ")
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    # A unit of work takes the write lock at once: a reader that later writes could not wait for it.
    writing = connection.get_execution_options().get("tocsin_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextlib.contextmanager
def naming_database_faults() -> Iterator[None]:
    """Turn a database that is locked, read-only, full, away or of another version into one message."""
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated:
            raise UnavailableError(
                "The database went away.", remedy="Check that it runs; what was not committed is undone."
            ) from error
        if getattr(error.orig, "sqlstate", None) in COLLIDED:
            raise CollisionError(
                "Another act was at the same records; nothing of this one was recorded.", remedy="Call again."
            ) from error
        if not _is_no_fault_of_ours(error):
            raise
        what, remedy = _explain(str(error.orig))
        raise UnavailableError(what, remedy=remedy) from error


def _is_no_fault_of_ours(error: DBAPIError) -> bool:
    # DatabaseError itself is SQLite's word for a damaged file; its other kinds name mistakes in what was asked.
    missing = isinstance(error, ProgrammingError) and "does not exist" in str(error.orig)
    return missing or isinstance(error, OperationalError) or type(error) is DatabaseError


OTHER_VERSION = ("The database's tables are of another version of Tocsin.", "See `tocsin doctor`.")
FAULTS = (
    ("locked", "The database is locked by another process.", "Wait for it to end, then call again."),
    ("readonly", "The database is read-only.", "Give this user write access to the home folder."),
    ("disk", "The disk is full or failing.", "Free space in the home folder; nothing was half-written."),
    ("no such table", "The database has no tables yet.", "Run `tocsin init`."),
    ("no such column", *OTHER_VERSION),
    ("does not exist", *OTHER_VERSION),
    (
        "unable to open",
        "The database file can't be opened.",
        "Run `tocsin init`, or mend access to the home.",
    ),
    ("not a database", "The database file is not a database any more.", "Restore a backup of this home."),
    ("malformed", "The database file is damaged.", "Restore a backup of this home."),
    ("refused", "The database server does not answer.", "Start PostgreSQL or mend TOCSIN_DATABASE_URL."),
)


def _explain(detail: str) -> tuple[str, str]:
    for sign, what, remedy in FAULTS:
        if sign in detail:
            return what, remedy
    return f"The database failed: {detail.splitlines()[0]}.", "See `tocsin doctor`."


def sqlite_file(url: str) -> Path | None:
    """Give the file behind an SQLite URL, None for a server."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
