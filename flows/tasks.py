"""A plan's steps as Prefect tasks: `phase / step` in its pages, ids and counts only, never a text from outside."""

import asyncio

import structlog
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.runtime import task_run

from flows import artifacts
from flows.steps import StepTroubleError
from models.database import Store
from response.context import StepFailedError, StepOutcome
from response.leases import LeaseLostError
from response.plan import StepCard
from response.steps import run_step

LOG = structlog.get_logger(__name__)


def step_name() -> str:
    """Name the task run as people read the plan: `phase / step`."""
    card: StepCard = task_run.parameters["work"].card
    return f"{card.phase} / {card.name['en']}" + (f" ({card.batch})" if card.batch > 1 else "")


@task(name="step", task_run_name=step_name, cache_policy=NO_CACHE, persist_result=False)
async def carry_out(work: "StepWork") -> StepOutcome:
    """Run one step of a plan."""
    outcome = await asyncio.to_thread(work.run)
    await artifacts.show(work.store, work.incident_id, work.card, outcome)
    return outcome


class StepWork:
    """One step about to run. Prefect may print it, so it shows as its ids."""

    def __init__(self, store: Store, incident_id: str, card: StepCard, executor: str) -> None:
        """Hold what the step needs; nothing of it is stored by Prefect."""
        self.store, self.incident_id, self.card, self.executor = store, incident_id, card, executor

    def __repr__(self) -> str:
        """Show ids only."""
        return f"{self.incident_id}/{self.card.key}"

    def run(self) -> StepOutcome:
        """Run the step; what it raises names ids only, whatever went wrong below.

        Raises:
            StepFailedError: it failed for good and is recorded as failed.
            LeaseLostError: another executor has the incident.
            StepTroubleError: it could not be run or recorded; it may be tried again.
        """
        try:
            return run_step(self.store, self.incident_id, self.card.key, self.executor)
        except (StepFailedError, LeaseLostError):
            raise
        except Exception as error:  # noqa: BLE001 - its text may quote what came from outside; Prefect stores texts
            fault = type(error).__name__
        LOG.error("step met trouble", step=repr(self), fault=fault)
        raise StepTroubleError(f"Step {self.card.key} met {fault}.", where=self.incident_id)


class PrefectSteps:
    """Runs steps as Prefect tasks, linking each to those whose end made it ready, so that the graph shows why."""

    def __init__(self, store: Store, incident_id: str, executor: str) -> None:
        """Run steps of this incident in the present flow run."""
        self._store, self._incident_id, self._executor = store, incident_id, executor
        self._latest: list[State[StepOutcome]] = []

    async def perform(self, card: StepCard) -> StepOutcome:
        """Run one step as a task and give its outcome, or raise as `StepWork.run` does."""
        work = StepWork(self._store, self._incident_id, card, self._executor)
        before, self._latest = self._latest, []
        run = carry_out.with_options(tags={f"phase:{card.phase}", card.action})
        state: State[StepOutcome] = await run(work, return_state=True, wait_for=before)  # type: ignore[misc]
        if state.is_completed():
            self._latest.append(state)
        outcome: StepOutcome = await state.result()  # type: ignore[misc]
        return outcome
