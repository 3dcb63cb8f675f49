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
from models.database import Store
from models.loopback_only import Fence, loopback_only
from response.calling.call_sending import send_waiting_calls
from response.drilling.drills import Rehearsal, begin
from response.drilling.ending import stop, stopped
from response.drilling.score import finish
from response.leases import LeaseLostError
from response.plan import PlanView

Drive = Callable[[Store, str, str, Perform, AtGate], Awaitable[Ending]]


@flow(name="drill", flow_run_name="Drill: {scenario}", persist_result=False, log_prints=False)
async def drill(scenario: str) -> str:
    """Run a scenario from its signal to closure, in the records marked as a drill; gives the incident's id."""
    run_id = str(flow_run.id)
    with kinds_only(run_id), loopback_only() as fence:
        try:
            return await conduct(open_store(), scenario, run_id, fence)
        except LeaseLostError:
            raise Abort("another executor has this drill") from None


async def conduct(store: Store, scenario: str, run_id: str, fence: Fence, drive: Drive = advance) -> str:
    """Take the scenario's signal, carry its plan to the end on the drill's own clock, and score it.

    The run's id marks the signal, so that a run that was killed and goes on finds its incident again.

    Raises:
        NotFoundError: there is no such scenario.
        DrillStoppedError: nobody in the script answers what the plan asks, or something tried to leave.
        LeaseLostError: another executor has the drill.
    """
    rehearsal = await asyncio.to_thread(begin, store, scenario, run_id[:13], run_id)
    executor = executor_name(run_id)
    with tags(f"incident:{rehearsal.incident_id}", "drill", f"scenario:{scenario}"):
        steps = PrefectSteps(rehearsal.store, rehearsal.incident_id, executor)
        ending = await drive(
            rehearsal.store, rehearsal.incident_id, executor, steps.perform, looking(rehearsal)
        )
    if ending is not Ending.FINISHED or fence.refused:
        await asyncio.to_thread(stop, rehearsal, fence.refused)
        raise stopped(rehearsal, ending, fence.refused)
    await asyncio.to_thread(finish, rehearsal)
    return rehearsal.incident_id


def looking(rehearsal: Rehearsal) -> AtGate:
    """Let the participants answer, or the clock fly, whenever only people can go on."""

    async def look(_view: PlanView) -> bool:
        await asyncio.to_thread(send_waiting_calls, rehearsal.store, rehearsal.incident_id)
        return await asyncio.to_thread(rehearsal.look)

    return look
