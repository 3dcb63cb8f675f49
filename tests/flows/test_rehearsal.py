"""Drills in a process of their own: each scenario to its end, nothing leaves, killed in the middle and resumed."""

import random
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from sqlmodel import select

from console.founding import found_home
from console.surroundings import tocsin_environment
from flows.rehearsal import only_drill, rehearse
from models.action import CorrectiveAction
from models.database import Store, Work
from models.drill import Drill
from models.errors import RefusedError
from models.home import open_home
from models.incident import Incident
from models.ledger import LedgerEntry
from models.ledger_audit import audit_home
from models.loopback_only import OutsideRefusedError, is_fenced
from models.notice import Campaign
from models.settings import Settings
from models.signal import Signal
from playbooks.scenario import Scenario, scenarios
from playbooks.scenario_checks import checked_scenario
from reports.exercises_held import exercises_held
from reports.portfolio import build_portfolio
from response import actions
from response.context import StepContext, StepOutcome
from response.detection import take_signal
from response.drilling import drills
from response.drilling import score as drill_score
from response.drilling.drills import resume
from response.drilling.ending import discard
from response.drilling.record import DrillStoppedError, find_drill
from response.questions import open_decisions
from tests.support.engine import until

pytestmark = pytest.mark.timeout(900)  # whole drills, which a busy machine plays slowly
FEW = 20
EVER = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
MARKED = (Incident, Signal, Campaign)
TEST_NET = "192.0.2.1"  # RFC 5737: belongs to nobody


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """An empty home of the sample bank."""
    settings = Settings(home=tmp_path / "home", lease_seconds=2)
    found_home(settings)
    return settings


@pytest.fixture
def few_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every scenario concern few people: how many makes no other drill, only a longer one."""

    def fewer(name: str) -> Scenario:
        scenario = checked_scenario(name)
        return scenario.model_copy(update={"people": min(FEW, scenario.people)})

    monkeypatch.setattr(drills, "checked_scenario", fewer)


def opened(settings: Settings) -> Store:
    return open_home(settings)


def tags(store: Store, incident_id: str) -> Counter[str]:
    with store.reading() as session:
        return Counter(
            session.exec(select(LedgerEntry.tag).where(LedgerEntry.incident_id == incident_id)).all()
        )


@pytest.mark.parametrize("name", scenarios())
@pytest.mark.usefixtures("few_people")
def test_every_scenario_comes_to_its_scored_end_on_an_empty_home(name: str, home: Settings) -> None:
    told: list[str] = []
    incident_id = rehearse(home, name, None, told.append)
    store = opened(home)
    found = find_drill(store, incident_id)
    assert (told, found.status, found.refused_connections) == ([incident_id], "done", 0)
    assert found.score is not None
    with store.reading() as session:
        assert session.get_one(Incident, incident_id).status == "closed"
        actions_of = session.exec(select(CorrectiveAction).where(CorrectiveAction.incident_id == incident_id))
        mending = [row.title for row in actions_of if row.title.startswith("Drill: ")]
    assert mending == [f"Drill: {gap['what']}" for gap in found.score["gaps"]]
    assert [each for each in found.score["expectations"] if not each["met"]] == []
    assert audit_home(store).findings == ()


@pytest.mark.usefixtures("few_people")
def test_month_flies_and_its_ledger_has_the_shape_of_a_real_one(home: Settings) -> None:
    store = opened(home)
    incident_id = rehearse(home, "ransomware-exfiltration", None, lambda _: None)
    found = find_drill(store, incident_id)
    assert found.score is not None
    assert (found.score["days"], found.injected) == (30.0, [0, 1])
    drilled = tags(store, incident_id)
    real = {"incident:declared", "facts:recorded", "triage:assessed", "decision:asked", "filing:submitted"}
    real |= {"campaign:done", "root_cause:signed", "incident:closed", "report:compiled", "step:done"}
    assert real <= set(drilled)
    with store.reading() as session:
        entries = session.exec(
            select(LedgerEntry.document).where(LedgerEntry.incident_id == incident_id)
        ).all()
    assert {orjson.loads(document)["drill"] for document in entries} == {True}


@pytest.mark.usefixtures("few_people")
def test_rows_of_a_drill_are_all_marked(home: Settings) -> None:
    rehearse(home, "exposed-storage", None, lambda _: None)
    with opened(home).reading() as session:
        marks = [
            *session.exec(select(Incident.drill)),
            *session.exec(select(Signal.drill)),
            *session.exec(select(Campaign.drill)),
        ]
    assert set(marks) == {True}


@pytest.mark.usefixtures("few_people")
def test_drill_that_tries_to_reach_another_machine_is_refused_and_stops(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[type[BaseException]] = []
    real = actions.LOCAL["triage.assess"]

    def leaking(unit: Work, context: StepContext) -> StepOutcome:
        try:
            socket.create_connection((TEST_NET, 25), timeout=1)
        except OSError as error:
            seen.append(type(error))
        except OutsideRefusedError as error:
            seen.append(type(error))
        return real(unit, context)

    monkeypatch.setitem(actions.LOCAL, "triage.assess", leaking)
    told: list[str] = []
    with pytest.raises(DrillStoppedError, match="another machine"):
        rehearse(home, "vendor-breach", None, told.append)
    found = find_drill(opened(home), told[0])
    assert set(seen) == {OutsideRefusedError}
    assert (found.status, found.refused_connections, found.score) == ("stopped", len(seen), None)
    assert not is_fenced()


def killed_in_the_middle(settings: Settings, steps: int) -> str:
    """Begin a drill in a child and kill it once so many steps are done; gives its id."""
    return killed_after(settings, lambda store, drill: tags(store, drill)["step:done"] >= steps)


def killed_after(settings: Settings, ready: Callable[[Store, str], bool]) -> str:
    """Begin a drill in a child and kill it as soon as its records are so far, or it ended; gives its id."""
    child = subprocess.Popen(
        [sys.executable, "-m", "flows.rehearsal", "--scenario", "lost-stolen-device"],
        env=tocsin_environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdout is not None
    incident_id = child.stdout.readline().strip()
    store = opened(settings)
    until(lambda: ready(store, incident_id) or child.poll() is not None, 120, "the drill to come so far")
    child.kill()  # SIGKILL
    child.wait()
    child.stdout.close()
    return incident_id


def test_killed_drill_counts_as_nothing_real_and_is_resumed_where_it_was(home: Settings) -> None:
    incident_id = killed_in_the_middle(home, 6)
    store = opened(home)
    with store.reading() as session:
        assert session.exec(select(Incident.id).where(Incident.drill.is_(False))).all() == []  # type: ignore[attr-defined]
    assert find_drill(store, incident_id).status == "running"
    assert rehearse(home, None, incident_id, lambda _: None) == incident_id
    with store.reading() as session:
        query = select(LedgerEntry.document).where(LedgerEntry.tag == "step:done")
        done = Counter(orjson.loads(document)["body"]["step"] for document in session.exec(query))
        at = select(LedgerEntry.at).where(LedgerEntry.incident_id == incident_id).order_by(LedgerEntry.seq)
        moments = list(session.exec(at))
    assert set(done.values()) == {1}
    assert moments == sorted(moments)
    assert find_drill(store, incident_id).status == "done"
    assert audit_home(store).findings == ()


def test_killed_drill_can_be_discarded_and_the_ledger_keeps_that(home: Settings) -> None:
    incident_id = killed_in_the_middle(home, 4)
    store = opened(home)
    discard(store, incident_id, "lead-1")
    assert find_drill(store, incident_id).status == "discarded"
    assert tags(store, incident_id)["drill:discarded"] == 1
    with store.reading() as session:
        assert open_decisions(session, incident_id) == []
        assert session.get_one(Incident, incident_id).status == "closed"
        assert session.get_one(Drill, incident_id).score is None
    with pytest.raises(RefusedError, match="discarded"):
        resume(store, incident_id)


@pytest.mark.parametrize("way", ["resumed", "discarded"])
def test_drill_killed_at_a_random_moment_leaves_nothing_that_counts(way: str, home: Settings) -> None:
    moment = random.randrange(1, 150)  # so many ledger entries of the drill
    incident_id = killed_after(home, lambda store, drill: sum(tags(store, drill).values()) >= moment)
    store = opened(home)
    if find_drill(store, incident_id).status == "running":
        with store.reading() as session:
            portfolio = build_portfolio(session, *EVER, store.clock())
            assert (portfolio.incidents, list(exercises_held(session))) == ((), [])
            real = [session.exec(select(row.id).where(row.drill.is_(False))).all() for row in MARKED]
        assert real == [[], [], []], moment
        if way == "resumed":
            assert rehearse(home, None, incident_id, lambda _: None) == incident_id, moment
        else:
            discard(store, incident_id, "lead-1")
    found = find_drill(store, incident_id)
    assert found.status in {"done", "discarded"}
    with store.reading() as session:
        query = select(LedgerEntry.document).where(LedgerEntry.tag == "step:done")
        done = Counter(orjson.loads(document)["body"]["step"] for document in session.exec(query))
        actions = session.exec(
            select(CorrectiveAction.title).where(CorrectiveAction.incident_id == incident_id)
        ).all()
    assert set(done.values()) <= {1}, moment
    assert len(set(actions)) == len(actions), moment
    assert audit_home(store).findings == ()


@pytest.mark.usefixtures("few_people")
def test_drill_killed_between_score_and_report_keeps_its_score_and_is_ended_by_resuming(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(drill_score, "write_reports", mock_kill)
        with pytest.raises(KeyboardInterrupt):
            rehearse(home, "payment-card-skimming", None, told.append)
    before = find_drill(opened(home), told[0])
    assert (before.status, before.score is None) == ("running", False)
    assert rehearse(home, None, told[0], lambda _: None) == told[0]
    store = opened(home)
    after = find_drill(store, told[0])
    assert (after.status, after.score, after.ended_at) == ("done", before.score, before.ended_at)
    assert tags(store, told[0])["drill:scored"] == 1
    page = (home.home / "reports" / told[0] / "incident-report.en.html").read_text()
    assert "The drill and its score" in page


def mock_kill(_store: Store, _incident_id: str) -> None:
    """End as Ctrl-C would, where the report is written."""
    raise KeyboardInterrupt


def test_drill_killed_before_its_first_row_can_be_discarded_too(home: Settings) -> None:
    store = opened(home)
    _, incident = take_signal(
        store, b'{"told": "x", "reference": "r"}', "told", "employee", True, "vendor-breach", "vendor-breach"
    )
    assert incident is not None
    discard(store, incident.id, "lead-1")
    assert find_drill(store, incident.id).status == "discarded"


def test_second_drill_in_a_home_is_refused_while_one_runs(home: Settings) -> None:
    with only_drill(home.home), pytest.raises(RefusedError, match="Another drill"):
        rehearse(home, "vendor-breach", None, lambda _: None)
