"""Delivering what is still due of one campaign, outside its plan: messages put off, a campaign that was paused."""

import asyncio

from prefect import flow, tags, task
from prefect.cache_policies import NO_CACHE

from flows.artifacts import show_delivery
from flows.discretion import kinds_only
from flows.home import open_store
from models.database import Store
from response.context import StepOutcome
from response.telling.unattended import deliver_unattended


@flow(name="delivery", flow_run_name="Deliver {campaign_id}", persist_result=False, log_prints=False)
async def delivery(campaign_id: str) -> int:
    """Deliver batch after batch until nothing is due, or a person must act; gives the number of batches.

    Safe beside the plan's own delivery and after a kill: the journal lets each message be claimed once.
    """
    store, batches = open_store(), 0
    with tags(f"campaign:{campaign_id}"):
        more = True
        while more:
            batches += 1
            outcome = await _batch.with_options(task_run_name=f"notify / batch {batches}")(
                _Batch(store, campaign_id)
            )
            await show_delivery(campaign_id, outcome)
            more = outcome.more and not outcome.parked
            await asyncio.sleep(outcome.wait_seconds if more else 0)
    return batches


class _Batch:
    """One batch about to be delivered; shows as its campaign's id."""

    def __init__(self, store: Store, campaign_id: str) -> None:
        self.store, self.campaign_id = store, campaign_id

    def __repr__(self) -> str:
        return self.campaign_id

    def run(self) -> StepOutcome:
        """Deliver the batch; what goes wrong is named by its kind only, since Prefect stores texts."""
        with kinds_only(self.campaign_id):
            return deliver_unattended(self.store, self.campaign_id)


@task(name="batch", cache_policy=NO_CACHE, persist_result=False)
async def _batch(work: _Batch) -> StepOutcome:
    return await asyncio.to_thread(work.run)
