"""Time the engine: from the intake to the first containment act, and what Prefect adds to a step.

`first_act_s`: seconds from posting a signed finding to the intake until containment has acted on the real wire,
on a warm worker, with everything that `tocsin up` starts. `step_ms`: milliseconds a step takes in a flow, less what
the same step takes in the same loop without Prefect. Both are medians of at least three rounds.
"""

import asyncio
import sys
import tempfile
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import Session, col, func, select

from benchmarks.harness import median, print_result, say
from console.intake import SIGNATURE_HEADER, intake_secret, sign
from console.launch import start_response
from console.supervisor import running
from flows.leasehold import executor_name
from flows.steps import advance
from models.action import Containment
from models.database import Store
from models.home import open_home
from models.playbook_run import StepRun
from models.settings import Settings
from playbooks.scenario import load_scenario, scenario_text
from response.context import StepOutcome
from response.drilling.exercise import Performance
from response.plan import PlanView, StepCard
from response.steps import run_step
from tests.support import stage
from tests.support.engine import Staged, running_staged, until
from tests.support.ports import spare_port

STEPS = 40
STEP = """
  s{n}: {{type: action, phase: detect, name: {{en: Step {n}, zh: 步骤 {n}}}, action: detection.record,
    owner: responder, on_completion: {after}}}"""
PLAN = """
schema: tocsin/playbook/1
id: staged
version: 1.0.0
name: {en: Many steps, zh: 多步骤}
description: {en: For measuring, zh: 用于测量}
roles: [responder]
workflow_start: start
workflow:
  start: {type: start, name: {en: Start, zh: 开始}, on_completion: s0}
  ended: {type: end, name: {en: End, zh: 结束}}"""


def main(rounds: int = 3) -> None:
    """Run both measurements and print the result."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder) / "home")
        with running(settings, say):
            store = open_home(settings)
            _post(store, "warm-up")
            acts = [first_act(store, f"round-{number}") for number in range(rounds)]
            say(f"first act, seconds: {acts}")
        with running_staged(Path(folder) / "staged") as staged:
            steps = [step_cost(staged, number) for number in range(rounds)]
            say(f"per step with Prefect and without, milliseconds: {steps}")
    with_, without = median([each[0] for each in steps]), median([each[1] for each in steps])
    print_result(
        "engine",
        first_act_s=median(acts),
        step_ms=median([a - b for a, b in steps]),
        step_with_prefect_ms=with_,
        step_without_ms=without,
        rounds=rounds,
    )


def first_act(store: Store, mark: str) -> float:
    """Post a finding about a bucket of its own and wait for the act on it; seconds."""
    posted, incident_id = _post(store, mark)
    return (_acted_at(store, incident_id) - posted).total_seconds()


def _post(store: Store, mark: str) -> tuple[datetime, str]:
    scenario = load_scenario(scenario_text("open-bucket"), "open-bucket")
    body = Performance(scenario, store.clock(), mark).signal()
    settings, now = store.settings, store.clock()
    signature = sign(intake_secret(settings), body, int(now.timestamp()))
    url = f"http://{settings.bind}:{settings.intake_port}/signals"
    posted = store.clock()
    answer = httpx.post(
        url, content=body, headers={SIGNATURE_HEADER: signature}, params={"form": "aws.macie"}
    )
    incident_id = str(answer.raise_for_status().json()["incident"])
    _acted_at(store, incident_id)
    return posted, incident_id


def _acted_at(store: Store, incident_id: str) -> datetime:
    def acted() -> datetime | None:
        with store.reading() as session:
            rows = select(Containment.executed_at).where(Containment.incident_id == incident_id)
            return next((at for at in session.exec(rows) if at), None)

    found: datetime = until(acted, 120, "the first containment act")
    return found


def step_cost(staged: Staged, number: int) -> tuple[float, float]:
    """Run the same steps in a flow and in the bare loop; milliseconds a step for each."""
    engine_id, bare_id = (_declare(staged.store, f"INC-2030-{kind}{number:02d}") for kind in ("1", "2"))
    start_response(staged.up.settings, engine_id)
    until(lambda: _done(staged.store, engine_id) == STEPS, 180, "the flow to end")
    bare = get_context("spawn").Process(target=run_bare, args=(staged.up.settings, bare_id))
    bare.start()
    bare.join()
    return _per_step(staged.store, engine_id), _per_step(staged.store, bare_id)


def run_bare(settings: Settings, incident_id: str) -> None:
    """Run a plan in the loop alone, in a process of its own as a flow has."""
    stage.set_stage()
    asyncio.run(_bare(open_home(settings), incident_id))


async def _bare(store: Store, incident_id: str) -> None:
    executor = executor_name("bare")

    async def perform(card: StepCard) -> StepOutcome:
        return await asyncio.to_thread(run_step, store, incident_id, card.key, executor)

    async def nobody(_view: PlanView) -> bool:
        return False

    await advance(store, incident_id, executor, perform, nobody)


def _declare(store: Store, incident_id: str) -> str:
    steps = "".join(STEP.format(n=n, after=f"s{n + 1}" if n + 1 < STEPS else "ended") for n in range(STEPS))
    # Not open: out of the sweep's sight, which would start a run for it.
    return stage.declare_staged(store, incident_id, plan=PLAN + steps, status="measured")


def _done(store: Store, incident_id: str) -> int:
    with store.reading() as session:
        return session.exec(_finished(func.count(), incident_id)).one()


def _per_step(store: Store, incident_id: str) -> float:
    """Give milliseconds from one step's end to the next one's, on average."""
    with store.reading() as session:
        first, last = _span(session, incident_id)
    return (last - first).total_seconds() * 1000 / (STEPS - 1)


def _span(session: Session, incident_id: str) -> tuple[datetime, datetime]:
    moments = session.exec(_finished(StepRun.finished_at, incident_id)).all()
    return min(moments), max(moments)


def _finished(what: Any, incident_id: str) -> Any:
    return select(what).where(StepRun.incident_id == incident_id, col(StepRun.finished_at).is_not(None))


def _settings(home: Path) -> Settings:
    return Settings(
        home=home,
        intake_port=spare_port(),
        prefect_port=spare_port(),
        rehearsal_smtp_port=spare_port(),
        rehearsal_http_port=spare_port(),
        rehearsal_containment_port=spare_port(),
    )


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:2]))
