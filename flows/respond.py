"""The response to one incident: one flow run, named after it; its steps are the plan's, its truth our records."""

import asyncio
import time
from uuid import uuid4

from prefect import flow, suspend_flow_run, tags
from prefect.exceptions import Abort
from prefect.runtime import flow_run

from flows.discretion import kinds_only
from flows.home import open_store
from flows.leasehold import executor_name
from flows.steps import AtGate, Ending, advance
from flows.tasks import PrefectSteps
from models.database import Store
from models.errors import TocsinError
from response.leases import LeaseLostError
from response.naming import run_name
from response.plan import PlanView, find_incident, next_steps

LINGER_SECONDS = 2.0  # an answer given at once needs no new process
LOOK_SECONDS = 0.2


class ResponseStuckError(TocsinError):
    """A step failed, nothing follows it, and no question is open: a person has to decide."""


def response_name() -> str:
    """Name the flow run after its incident, for lists of runs."""
    incident_id = str(flow_run.parameters["incident_id"])
    store = open_store()
    with store.reading() as session:
        incident = find_incident(session, incident_id)
    store.engine.dispose()
    return run_name(incident.id, incident.playbook)


@flow(name="respond", flow_run_name=response_name, persist_result=False, log_prints=False)
async def respond(incident_id: str) -> str:
    """Carry an incident's plan as far as it goes without people, then park without holding a worker."""
    with kinds_only(incident_id):
        store = open_store()
        marks = await asyncio.to_thread(_tags, store, incident_id)
        with tags(*marks):
            while (ending := await _go_on(store, incident_id)) is Ending.WAITING:
                await _park()
        if ending is Ending.STUCK:
            raise ResponseStuckError(f"The plan of {incident_id} is stuck at a failed step.")
    return f"{incident_id} finished"


async def _go_on(store: Store, incident_id: str) -> Ending:
    executor = executor_name(str(flow_run.id))
    steps = PrefectSteps(store, incident_id, executor)
    try:
        return await advance(store, incident_id, executor, steps.perform, _lingering(store))
    except LeaseLostError:
        # Another process has this incident: this one ends without a word on the run's state.
        raise Abort("another executor has this incident") from None


def _tags(store: Store, incident_id: str) -> list[str]:
    with store.reading() as session:
        incident = find_incident(session, incident_id)
    return [f"incident:{incident.id}", *(["drill"] if incident.drill else [])]


def _lingering(store: Store) -> AtGate:
    async def wait_for_quick_answer(view: PlanView) -> bool:
        """Wait a moment for an answer before the process is given up."""
        until = time.monotonic() + LINGER_SECONDS
        while time.monotonic() < until:
            await asyncio.sleep(LOOK_SECONDS)
            now = await asyncio.to_thread(next_steps, store, view.incident_id)
            if now.ready or now.finished:
                return True
        return False

    return wait_for_quick_answer


async def _park() -> None:
    """Suspend until woken; the run restarts from the top then, in whatever worker takes it.

    The key is new each time: what a gate waits for is in our records, and Prefect lets a key fire only once.
    """
    try:
        await suspend_flow_run(key=f"gate:{uuid4().hex}", timeout=None)  # type: ignore[misc]
    except RuntimeError:
        raise Abort("the run is no longer this process's to park") from None
