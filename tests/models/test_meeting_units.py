"""Units of work of several processes that meet at the same rows, on PostgreSQL: in turn, or undone whole."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlmodel import select

from models.database import Store, Work
from models.errors import CollisionError
from models.home import init_home
from models.incident import SequenceNumber
from models.ledger import LedgerEntry
from models.settings import Settings
from tests.support.engine import until

pytestmark = pytest.mark.postgres
WAITING = (
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
)


@pytest.fixture
def shared_store(tmp_path: Path, database_with_tables: str) -> Iterator[Store]:
    """A home on PostgreSQL with two rows to meet at."""
    settings = Settings(home=tmp_path / "home", database_url=SecretStr(database_with_tables))
    init_home(settings)
    store = Store(settings)
    with store.work() as unit:
        unit.session.add_all([SequenceNumber(series="left"), SequenceNumber(series="right")])
    yield store
    store.engine.dispose()


def count(unit: Work, series: str) -> None:
    unit.session.get(SequenceNumber, series).last += 1


def lock(unit: Work, series: str) -> None:
    unit.session.exec(
        select(SequenceNumber).where(SequenceNumber.series == series).with_for_update(key_share=True)
    ).one()


def somebody_waits(store: Store) -> bool:
    with store.reading() as session:
        return bool(session.connection().execute(text(WAITING)).scalar())


def test_unit_that_waits_for_a_row_does_not_hold_the_ledger_meanwhile(shared_store: Store) -> None:
    def late(store: Store) -> None:
        with store.work() as unit:
            count(unit, "left")
            unit.record("step:done", actor="late", role="responder")

    with ThreadPoolExecutor(1) as second:
        with shared_store.work() as unit:
            lock(unit, "left")
            waiting = second.submit(late, shared_store)
            until(lambda: somebody_waits(shared_store), 20, "the second unit to wait")
            unit.record("step:done", actor="early", role="responder")
        waiting.result(120)
    with shared_store.reading() as session:
        order = session.exec(select(LedgerEntry.document).order_by(LedgerEntry.seq))
        assert [document[:16] for document in order] == [b'{"actor":"early"', b'{"actor":"late",']


def crossing(store: Store, both: Barrier, first: str, then: str) -> None:
    with store.work() as unit:
        lock(unit, first)
        both.wait(120)
        count(unit, then)
        unit.record("step:done", actor=first, role="responder")


def outcome(of: Future[None]) -> str:
    fault = of.exception(120)
    return type(fault).__name__ if fault else "committed"


def test_units_that_wait_for_each_other_are_told_apart_and_one_is_undone_whole(shared_store: Store) -> None:
    both = Barrier(2)
    with ThreadPoolExecutor(2) as units:
        ways = (("left", "right"), ("right", "left"))
        ends = [outcome(each) for each in [units.submit(crossing, shared_store, both, *way) for way in ways]]
    assert sorted(ends) == [CollisionError.__name__, "committed"]
    with shared_store.reading() as session:
        assert len(session.exec(select(LedgerEntry)).all()) == 1
        assert sum(row.last for row in session.exec(select(SequenceNumber))) == 1
