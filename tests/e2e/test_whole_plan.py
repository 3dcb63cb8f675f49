"""The whole plan through a real engine, a real SMTP conversation and the real SMS client, killed again and again."""

import contextlib
import math
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr
from sqlmodel import select

from console.demo import raise_signal
from console.founding import found_home
from console.launch import wake
from console.ports import PORT_SETTINGS
from console.supervisor import Supervisor, running
from models.accountability import Report
from models.database import Store
from models.home import open_home
from models.ledger import LedgerEntry
from models.ledger_audit import audit_home
from models.settings import Settings
from models.vocabulary import DeliveryStatus, IncidentStatus
from notifications.balance import balance
from notifications.channels.rehearsal.mail import mails_by_recipient
from notifications.channels.rehearsal.servers import rehearsal_text_folder
from notifications.channels.rehearsal.text import texts_by_number
from notifications.targets import rehearsal_mail_folder
from playbooks.scenario import load_scenario, scenario_text
from response.drilling.exercise import Performance, answer_waiting
from response.leases import is_held
from response.organisation import read_organisation, sample_text
from response.plan import find_incident, next_steps
from tests.support.engine import child_flows
from tests.support.ports import spare_port

pytestmark = pytest.mark.engine
KILLS = 10
SHARE_BOOTING = 0.4  # of the kills that may fall before the flow holds its incident
LONGEST_LIFE_SECONDS = 1.5
SEED = 20261122
PEOPLE_AT_LEAST = 1900
REPORTS = {"incident - json"} | {
    f"{kind} {language} {form}"
    for kind in ("incident", "summary")
    for language in ("en", "zh")
    for form in ("html", "pdf", "docx")
}
PERSONAL = b".mail.example"  # the domain of every made-up customer


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of an empty home on spare ports, quick to notice what died."""
    url = SecretStr(request.getfixturevalue("fresh_database")) if request.param == "postgres" else None
    ports = {name: spare_port() for name in PORT_SETTINGS}
    return Settings(home=tmp_path / "home", database_url=url, lease_seconds=4, sweep_seconds=0.5, **ports)


class Killer:
    """Kills each process that executes the flow: some a random while after they came to be, some after they hold it."""

    def __init__(self, up: Supervisor, store: Store, kills: int) -> None:
        self._worker, self._store = up.children["worker"], store
        self._dice, self._left, self.killed = random.Random(SEED), kills, 0
        self._ends: dict[int, float] = {}
        self._booting: dict[int, bool] = {}

    def look(self, incident_id: str) -> None:
        """Kill the processes whose random life span is over."""
        with self._store.reading() as session:
            held = is_held(self._store, session, incident_id)
        for pid in child_flows(self._worker.pid):
            if self._booting.setdefault(pid, self._dice.random() < SHARE_BOOTING) or held:
                self._ends.setdefault(pid, time.monotonic() + self._dice.uniform(0, LONGEST_LIFE_SECONDS))
            if time.monotonic() >= self._ends.get(pid, math.inf) and self.killed < self._left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.killed += 1


def perform(store: Store, performance: Performance, incident_id: str, killer: Killer) -> None:
    """Answer as the script says until the incident is closed and its report written."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        with store.reading() as session:
            closed = find_incident(session, incident_id).status == IncidentStatus.CLOSED
        view = next_steps(store, incident_id)
        assert view.failed == ()
        if closed and view.finished:
            return
        killer.look(incident_id)
        # Answers come one look apart, so that kills fall into every part of the plan.
        if answer_waiting(store, performance, incident_id):
            wake(store.settings, incident_id)
        time.sleep(0.1)
    raise AssertionError(f"the response did not end: {view}")


def told_by_servers(home: Path) -> Counter[str]:
    """Count what the rehearsal servers received, by recipient; calls to the bank's own staff apart."""
    received = mails_by_recipient(rehearsal_mail_folder(home)) + texts_by_number(rehearsal_text_folder(home))
    staff = {way for one in read_organisation(sample_text()).staff for way in (one.email, one.phone)}
    return Counter({who: count for who, count in received.items() if who not in staff})


def entries_of(store: Store, incident_id: str, tag: str) -> Counter[str]:
    """Count the ledger's entries of one tag by step."""
    query = select(LedgerEntry).where(LedgerEntry.incident_id == incident_id, LedgerEntry.tag == tag)
    with store.reading() as session:
        return Counter(orjson.loads(entry.document)["body"]["step"] for entry in session.exec(query))


def prove(store: Store, incident_ids: list[str]) -> None:
    """Check every promise of the record and of the rehearsal servers."""
    assert audit_home(store).findings == ()
    for incident_id in incident_ids:
        assert set(entries_of(store, incident_id, "step:done").values()) == {1}
        assert entries_of(store, incident_id, "step:failed") == Counter()
        with store.reading() as session:
            counted = balance(session, incident_id)
            reports = session.exec(select(Report).where(Report.incident_id == incident_id)).all()
        assert counted.is_exact
        assert counted.told == counted.affected - counted.counts[DeliveryStatus.NO_ADDRESS]
        assert {f"{r.kind} {r.language} {r.format}" for r in reports} == REPORTS
    received = told_by_servers(store.settings.home)
    # The same made-up people stand in each incident: one message each, an incident.
    assert set(received.values()) == {len(incident_ids)}
    assert received.total() == counted.told * len(incident_ids)
    assert counted.affected > PEOPLE_AT_LEAST


def leaks(home: Path) -> list[str]:
    """Name the files of engine, logs and database that hold an affected person's address in clear."""
    places = [*(home / "prefect").rglob("*"), *(home / "logs").iterdir(), *home.glob("tocsin.db*")]
    return [path.name for path in places if path.is_file() and PERSONAL in path.read_bytes()]


def test_incidents_close_after_ten_kills_with_each_step_and_each_notice_once(settings: Settings) -> None:
    found_home(settings)
    with running(settings) as up:
        store, incident_ids = open_home(settings), list[str]()
        killer = Killer(up, store, KILLS)
        # One response may be through before ten kills fell; then the next one takes the rest.
        while killer.killed < KILLS:
            scenario = load_scenario(scenario_text("open-bucket"), "open-bucket")
            performance = Performance(scenario, store.clock(), f"kills{len(incident_ids)}")
            incident_ids.append(raise_signal(settings, performance))
            perform(store, performance, incident_ids[-1], killer)
        prove(store, incident_ids)
        assert leaks(settings.home) == []
        store.engine.dispose()
