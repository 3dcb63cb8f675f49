"""Statements run by the driver do what they do through SQLAlchemy, faults included."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Boolean, bindparam, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from models.database import Store
from notifications.audience import LANE
from notifications.balance import WINDOW
from notifications.outbox.journal_thread import JournalThread
from notifications.outbox.prepared import Prepared
from tests.notifications.conftest import approved
from tests.notifications.test_journal import add_people

ON_BOTH = (
    "test_prepared_statement_binds_values_as_the_columns_do",
    "test_prepared_statement_raises_what_sqlalchemy_would",
)
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
COLUMNS = [column.name for column in WINDOW.c if column.name != "id"]
OPEN = Prepared(insert(WINDOW).values({name: bindparam(f"of_{name}") for name in COLUMNS}))


@pytest.fixture
def campaign_id(store: Store, incident_id: str) -> str:
    add_people(store, incident_id)
    return approved(store)


def window(campaign_id: str) -> dict[str, object]:
    values = dict.fromkeys(COLUMNS, 0) | {"campaign_id": campaign_id, "channel": "email", "worker": "w"}
    booleans = {name: name == "open" for name in COLUMNS if isinstance(WINDOW.c[name].type, Boolean)}
    return values | booleans | {"people": [7, 9], "claimed_at": NOON, "lease_until": NOON}


def test_prepared_statement_binds_values_as_the_columns_do(store: Store, campaign_id: str) -> None:
    values = window(campaign_id)
    with store.engine.begin() as connection:
        for _ in range(7):  # PostgreSQL's driver prepares what comes again
            OPEN.run(connection, {f"of_{name}": value for name, value in values.items()})
    with store.engine.connect() as connection:
        rows = connection.execute(select(WINDOW)).mappings().all()
    assert [{name: row[name] for name in COLUMNS} for row in rows] == [values] * 7


def test_prepared_statement_raises_what_sqlalchemy_would(store: Store, campaign_id: str) -> None:
    again = Prepared(insert(LANE).values(campaign_id=bindparam("of"), channel="email", cursor=0, unclaimed=0))
    with pytest.raises(IntegrityError), store.engine.begin() as connection:
        again.run(connection, {"of": campaign_id})


async def test_journal_goes_on_over_a_new_connection_when_the_server_was_away(store: Store) -> None:
    tries: list[int] = []

    def act(connection):  # type: ignore[no-untyped-def]
        tries.append(connection.execute(text("SELECT 1")).scalar())
        if len(tries) == 1:
            raise DBAPIError("SELECT 1", None, OSError(), connection_invalidated=True)
        return "done"

    async with JournalThread(store) as journal:
        assert (await journal.run(act), tries) == ("done", [1, 1])


async def test_journal_undoes_what_fails_and_takes_the_next(store: Store, campaign_id: str) -> None:
    lanes = select(LANE.c.cursor).where(LANE.c.campaign_id == campaign_id, LANE.c.channel == "email")

    def fail(connection):  # type: ignore[no-untyped-def]
        connection.execute(LANE.update().values(cursor=5))
        raise ValueError

    async with JournalThread(store) as journal:
        with pytest.raises(ValueError):
            await journal.run(fail)
        assert await journal.run(lambda connection: connection.execute(lanes).scalar()) == 0
