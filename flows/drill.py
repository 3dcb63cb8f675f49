"""A drill as a flow: the same plan and the same loop, with scripted participants who answer at its gates."""

import asyncio
from collections.abc import Awaitable, Callable

from prefect import flow, tags
from prefect.exceptions import Abort
from prefect.runtime import flow_run

from flows.discretion import kinds_only
from flows.home import open_store
from flows.leasehold import executor_name
from flows.steps import AtGate, Ending, Perform, advance
from flows.tasks import PrefectSteps
from models.clock import iso_utc
from models.database import Store
from models.errors import TocsinError
from models.incident import Incident
from playbooks.scenario import load_scenario, scenario_text
from response.detection import take_signal
from response.exercise import Performance, answer_waiting
from response.leases import LeaseLostError
from response.plan import PlanView, find_incident

Drive = Callable[[Store, str, str, Perform, AtGate], Awaitable[Ending]]


class DrillStoppedError(TocsinError):
    """A drill came to a question that its script does not answer, or to a failed step."""


@flow(name="drill", flow_run_name="Drill: {scenario}", persist_result=False, log_prints=False)
async def drill(scenario: str) -> str:
    """Run a scenario from its signal to closure, in the records marked as a drill; gives the incident's id."""
    run_id = str(flow_run.id)
    with kinds_only(run_id):
        try:
            return await conduct(open_store(), scenario, run_id)
        except LeaseLostError:
            raise Abort("another executor has this drill") from None


async def conduct(store: Store, scenario: str, run_id: str, drive: Drive = advance) -> str:
    """Take the scenario's signal and carry its plan to the end.

    The run's id marks the signal, so that a run that was killed and goes on finds its incident again.

    Raises:
        NotFoundError: there is no such scenario.
        DrillStoppedError: nobody in the script answers what the plan asks.
        LeaseLostError: another executor has the drill.
    """
    performance = Performance(load_scenario(scenario_text(scenario), scenario), store.clock(), run_id[:13])
    incident = await asyncio.to_thread(_begin, store, performance, run_id)
    executor = executor_name(run_id)
    with tags(f"incident:{incident.id}", "drill", f"scenario:{scenario}"):
        steps = PrefectSteps(store, incident.id, executor)
        ending = await drive(store, incident.id, executor, steps.perform, _answering(store, performance))
    if ending is not Ending.FINISHED:
        raise DrillStoppedError(f"The drill {incident.id} stopped: {ending}.", where=scenario)
    return incident.id


def _begin(store: Store, performance: Performance, run_id: str) -> Incident:
    signal = performance.scenario.signal
    name = performance.scenario.id
    taken, incident = take_signal(
        store, performance.signal(), signal.form, signal.told_by, drill=True, scenario=name
    )
    if incident is None:
        raise DrillStoppedError("The scenario's signal declares no incident.", where=f"{name} {taken.id}")
    with store.work() as unit:
        row = find_incident(unit.session, incident.id)
        if row.flow_run_id is None:
            row.flow_run_id = run_id
            unit.session.add(row)
            unit.record(
                "drill:started",
                actor="tocsin",
                role="responder",
                incident_id=row.id,
                drill=True,
                body={"scenario": name, "at": iso_utc(store.clock())},
            )
    return row


def _answering(store: Store, performance: Performance) -> AtGate:
    async def answer_from_script(view: PlanView) -> bool:
        """Let the participants answer; False when none of them has anything to say."""
        return bool(await asyncio.to_thread(answer_waiting, store, performance, view.incident_id))

    return answer_from_script
