"""A home that slept for weeks: `tocsin up` starts once what its schedules missed, and the worker does it."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from sqlmodel import select

from console.catching_up import CAUGHT_UP
from console.founding import found_home
from console.ports import PORT_SETTINGS
from console.supervisor import running
from models.clock import VirtualClock, system_clock
from models.database import Store
from models.home import init_home, open_home
from models.ledger import LedgerEntry
from models.settings import Settings
from tests.support.engine import until
from tests.support.ports import spare_port

pytestmark = pytest.mark.engine
ASKED = "staff:check_asked"


def tags(store: Store) -> Counter[str]:
    with store.reading() as session:
        return Counter(session.exec(select(LedgerEntry.tag)).all())


def test_weekly_checks_missed_for_five_weeks_are_one_check_when_up_is_back(tmp_path: Path) -> None:
    ports = {name: spare_port() for name in PORT_SETTINGS}
    settings = Settings(home=tmp_path / "home", sweep_seconds=0.5, **ports)
    init_home(settings)
    long_ago = Store(settings, VirtualClock(system_clock() - timedelta(days=36)))
    with long_ago.work() as unit:
        unit.record("home:founded", actor="tocsin", role="administrator")
    found_home(settings)
    with running(settings):
        store = open_home(settings)
        until(lambda: tags(store)[ASKED], 200, "the check of the contact tree")
        with store.reading() as session:
            query = select(LedgerEntry.document).where(LedgerEntry.tag == CAUGHT_UP)
            caught = {(told := orjson.loads(each)["body"])["schedule"]: told for each in session.exec(query)}
        found = tags(store)
        store.engine.dispose()
    assert caught["contacts/weekly"]["missed"] in {5, 6}  # thirty-six days hold as many of a weekday
    assert (found[ASKED], found[CAUGHT_UP]) == (1, len(caught))
