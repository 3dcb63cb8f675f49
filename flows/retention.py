"""The watch over retention periods as a scheduled flow; it tells, a person erases."""

import asyncio

from prefect import flow

from flows.discretion import kinds_only
from flows.home import open_store
from response.keeping.retention import note_due


@flow(name="retention", flow_run_name="Watch over retention", persist_result=False, log_prints=False)
async def retention() -> list[str]:
    """Record which incidents' periods are over; gives their ids."""
    with kinds_only("retention"):
        return list(await asyncio.to_thread(note_due, open_store()))
