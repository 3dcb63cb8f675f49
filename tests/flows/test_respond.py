"""A response on a real Prefect server and worker: readable, parked without a process, woken, ids only."""

import sqlite3

import httpx
import pytest

from console.launch import start_response, wake
from console.surroundings import engine_address, engine_home
from tests.support import stage
from tests.support.engine import Staged, until

pytestmark = pytest.mark.engine

ONCE = dict.fromkeys((*stage.LOCAL, *stage.OUTSIDE), 1) | {"deliver": stage.BATCHES}


@pytest.fixture(scope="module")
def closed(staged: Staged) -> str:
    """Give an incident that went from start to end, its questions answered while it was parked."""
    incident_id = staged.declare()
    assert start_response(staged.up.settings, incident_id)
    for _ in range(2):
        until(lambda: staged.state(incident_id) == "Suspended", 40, "the run to park")
        assert stage.answer_open(staged.store, incident_id) == 1
        assert wake(staged.up.settings, incident_id)
    until(lambda: staged.state(incident_id) == "Completed", 40, "the run to complete")
    return incident_id


def test_response_does_every_step_once_and_closes(staged: Staged, closed: str) -> None:
    assert (stage.effects(staged.store, closed), stage.is_closed(staged.store, closed)) == (ONCE, True)


def test_response_run_is_named_after_its_incident_without_personal_data(staged: Staged, closed: str) -> None:
    run = staged.run_of(closed)
    assert run["name"] == f"{closed} staged"
    assert sorted(run["tags"]) == [f"incident:{closed}", "response"]
    assert run["parameters"] == {"incident_id": closed}


def test_response_shows_phases_and_steps_by_name(staged: Staged, closed: str) -> None:
    tasks = until(lambda: len(found := staged.tasks(closed)) == 16 and found, 20, "task runs to be recorded")
    names = [task["name"] for task in tasks]
    assert names[0] == "detect / Record what is known"
    assert {"contain / Close it", "notify / Tell people", "notify / Tell people (4)"} <= set(names)
    assert (
        len(names) == len(set(names)) == 16
    )  # the two questions were asked once, nothing was skipped visibly
    assert {"incident:" + closed, "phase:detect", "detection.record"} == set(tasks[0]["tags"])


def test_response_shows_the_progress_of_batches(staged: Staged, closed: str) -> None:
    found = staged.ask("POST", "/artifacts/latest/filter", {"limit": 200})
    bars = [each for each in found if each["type"] == "progress" and each["key"].startswith(closed.lower())]
    assert [(each["key"], float(each["data"])) for each in bars] == [(f"{closed.lower()}-deliver", 100.0)]
    tables = {each["key"] for each in found if each["type"] == "table"}
    assert f"{closed.lower()}-duties" in tables


def test_response_leaves_no_personal_data_in_the_engine(staged: Staged, closed: str) -> None:
    with sqlite3.connect(engine_home(staged.up.settings) / "prefect.db") as connection:
        dump = "\n".join(connection.iterdump())
    assert closed in dump
    assert [word for word in ("wang.xiaoming", "13800138000") if word in dump] == []


def test_response_parks_without_a_process(staged: Staged) -> None:
    incident_id = staged.declare()
    start_response(staged.up.settings, incident_id)
    until(lambda: staged.state(incident_id) == "Suspended", 40, "the run to park")
    until(lambda: not staged.flow_processes(), 10, "the process to end")
    assert stage.lease_of(staged.store, incident_id) is None
    stage.answer_open(staged.store, incident_id)  # nobody wakes it: the sweep sees the answer
    until(lambda: staged.state(incident_id) != "Suspended", 20, "the sweep to wake the run")
    staged.play(incident_id)
    assert stage.effects(staged.store, incident_id) == ONCE


def test_start_asked_for_twice_starts_one_run(staged: Staged) -> None:
    incident_id = staged.declare(drill=True)
    first = staged.engine.start(stage.found(staged.store, incident_id))
    assert staged.engine.start(stage.found(staged.store, incident_id)) == first
    assert start_response(staged.up.settings, incident_id)
    staged.play(incident_id)
    run = until(lambda: staged.run_of(incident_id), 10)
    assert (run["id"], set(run["tags"])) == (first, {f"incident:{incident_id}", "drill", "response"})
    assert stage.effects(staged.store, incident_id) == ONCE


def test_engine_asks_for_its_password(staged: Staged) -> None:
    settings = staged.up.settings
    assert httpx.get(f"{engine_address(settings).url}/flow_runs/count").status_code == 401
    assert (settings.keys / "engine.password").stat().st_mode & 0o077 == 0
