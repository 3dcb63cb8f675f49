"""The engine is killed at random moments; our record decides, so every step is done once and the plan ends."""

import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import func, select

from console.launch import start_response
from console.surroundings import engine_home
from models.decision import Decision
from models.ledger import LedgerEntry
from models.playbook_run import StepRun
from tests.flows.test_respond import ONCE
from tests.support import stage
from tests.support.engine import Staged, running_staged, until

pytestmark = pytest.mark.engine
KILLS, AT_ONCE = 20, 4
LONGEST_WAIT = 3.0  # seconds between two kills at most: a response alone takes about as long


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


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def killed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Staged]:
    """Give an engine whose responses will be killed, on either database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("staged")
        return
    with running_staged(tmp_path / "home", request.getfixturevalue("fresh_database")) as engine:
        yield engine


def test_responses_survive_twenty_kills_of_their_process_at_random_moments(killed: Staged) -> None:
    """Several at a time, each killed while it starts, works, asks and parks, until twenty kills were made."""
    dice = random.Random(20261122)
    moments: list[float] = []
    declared: list[str] = []
    while len(moments) < KILLS:
        some = [killed.declare() for _ in range(AT_ONCE)]
        for incident_id in some:
            start_response(killed.up.settings, incident_id)
        moments += kill_until_closed(killed, some, dice, KILLS - len(moments))
        declared += some
    assert len(moments) == KILLS
    assert all(finished_once(killed, incident_id) for incident_id in declared)


def kill_until_closed(staged: Staged, incidents: list[str], dice: random.Random, most: int) -> list[float]:
    """Kill one flow process after another while the incidents go on; gives the moments."""
    moments: list[float] = []

    def all_closed() -> bool:
        for incident_id in incidents:
            stage.answer_open(staged.store, incident_id)
        if len(moments) < most and staged.flow_processes():
            time.sleep(dice.uniform(0, LONGEST_WAIT))
            if at_work := sorted(staged.flow_processes()):
                os.kill(dice.choice(at_work), signal.SIGKILL)
                moments.append(time.monotonic())
        return all(stage.is_closed(staged.store, incident_id) for incident_id in incidents)

    until(all_closed, 400, f"{', '.join(incidents)} to close")
    return moments


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


ASKED_BESIDE = stage.PLAN.replace(
    "next_steps: [assess, contain_plan]", "next_steps: [ask, contain_plan]"
).replace(
    "  assess: {type: action",
    """  ask:
    type: action
    phase: triage
    name: {en: Agree beside, zh: 并行批准}
    action: approval
    owner: legal
    approval:
      roles: [legal]
      question: {en: "Shall we?", zh: 是否？}
      what_happens: {en: It is assessed., zh: 评估。}
      whom_it_touches: {en: Nobody., zh: 无。}
      how_to_undo: {en: No need., zh: 无需。}
      timeout: PT2H
      on_timeout: refuse
    on_success: assess
    on_failure: assessed
  assess: {type: action""",
)


def test_branch_beside_a_waiting_approval_goes_on_and_a_killed_process_leaves_it_waiting(
    staged: Staged,
) -> None:
    incident_id = staged.declare(plan=ASKED_BESIDE)
    start_response(staged.up.settings, incident_id)
    until(lambda: done_steps(staged, incident_id) >= {"contain_plan"}, 60, "the branch beside to go on")
    asked = until(lambda: waiting(staged, incident_id), 60, "the approval beside to be asked")
    assert staged.kill_flows()
    until(lambda: done_steps(staged, incident_id) >= {"contain_verify"}, 90, "the branch beside to end")
    assert waiting(staged, incident_id) == asked
    assert "assess" not in done_steps(staged, incident_id)
    staged.play(incident_id, 120)
    assert stage.effects(staged.store, incident_id) == ONCE
    with staged.store.reading() as session:
        assert session.get_one(Decision, f"{incident_id}/ask").asked_at == asked


def done_steps(staged: Staged, incident_id: str) -> set[str]:
    with staged.store.reading() as session:
        rows = session.exec(select(StepRun).where(StepRun.incident_id == incident_id))
        return {row.step for row in rows if row.status == "done"}


def waiting(staged: Staged, incident_id: str) -> datetime | None:
    """Say since when the approval beside is open."""
    with staged.store.reading() as session:
        question = session.get(Decision, f"{incident_id}/ask")
        return question.asked_at if question is not None and question.status == "open" else None
