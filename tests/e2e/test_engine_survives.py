"""The engine is killed at random moments; our record decides, so every step is done once and the plan ends."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from sqlmodel import func, select

from console.launch import start_response
from console.surroundings import engine_home
from models.ledger import LedgerEntry
from models.playbook_run import StepRun
from tests.flows.test_respond import ONCE
from tests.support import stage
from tests.support.engine import Staged, until

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]
KILLS = 10


def finished_once(staged: Staged, incident_id: str) -> bool:
    """Tell whether each step left one effect, one finished record and one ledger entry."""
    with staged.store.reading() as session:
        rows = session.exec(select(StepRun).where(StepRun.incident_id == incident_id)).all()
        entries = session.exec(
            select(func.count()).where(LedgerEntry.incident_id == incident_id, LedgerEntry.tag == "step:done")
        ).one()
    steps = {*ONCE, "look", "agree"}
    statuses = {row.step: row.status for row in rows}
    assert stage.effects(staged.store, incident_id) == ONCE
    assert statuses == dict.fromkeys(steps, "done")
    assert entries == len(ONCE)
    return True


def test_responses_survive_kills_of_their_process_at_random_moments(staged: Staged) -> None:
    dice, kills = random.Random(20261122), 0
    while kills < KILLS:
        incident_id = staged.declare()
        start_response(staged.up.settings, incident_id)
        kills += kill_until_closed(staged, incident_id, dice, KILLS - kills)
        assert finished_once(staged, incident_id)


def kill_until_closed(staged: Staged, incident_id: str, dice: random.Random, most: int) -> int:
    """Kill the flow's process again and again, while it starts and while it works; gives how often."""
    kills = 0

    def closed() -> bool:
        nonlocal kills
        stage.answer_open(staged.store, incident_id)
        if kills < most and staged.flow_processes():
            time.sleep(dice.uniform(0, 4))
            kills += bool(staged.kill_flows())
        return stage.is_closed(staged.store, incident_id)

    until(closed, 300, f"{incident_id} to close")
    return kills


def test_response_survives_the_death_of_its_worker(staged: Staged) -> None:
    incident_id = staged.declare()
    start_response(staged.up.settings, incident_id)
    until(lambda: stage.lease_of(staged.store, incident_id), 60, "the response to start")
    flows, worker = staged.flow_processes(), staged.up.children["worker"].pid
    os.kill(worker, signal.SIGKILL)
    until(
        lambda: not any(Path(f"/proc/{pid}").exists() for pid in flows), 10, "the flow to end with its worker"
    )
    staged.play(incident_id, 120)
    assert finished_once(staged, incident_id)


def test_response_survives_the_death_of_the_server(staged: Staged) -> None:
    incident_id = staged.declare()
    start_response(staged.up.settings, incident_id)
    until(lambda: stage.lease_of(staged.store, incident_id), 60, "the response to start")
    os.kill(staged.up.children["server"].pid, signal.SIGKILL)
    staged.play(incident_id, 180)
    assert finished_once(staged, incident_id)


def test_response_survives_the_loss_of_the_engine_s_database(staged: Staged) -> None:
    incident_id = staged.declare()
    start_response(staged.up.settings, incident_id)
    until(lambda: staged.state(incident_id) == "Suspended", 90, "the run to park")
    lost = staged.run_of(incident_id)["id"]
    staged.ask("DELETE", f"/flow_runs/{lost}")
    until(lambda: stage.found(staged.store, incident_id).flow_run_id != lost, 30, "a new run")
    staged.play(incident_id, 120)
    assert finished_once(staged, incident_id)
    assert (engine_home(staged.up.settings) / "prefect.db").exists()
