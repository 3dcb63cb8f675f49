"""The watch over clocks as a scheduled flow: a second pair of eyes beside the sweep of `tocsin up`."""

import asyncio
from dataclasses import asdict

from prefect import flow

from flows.discretion import kinds_only
from flows.home import open_store
from response.deadlines import watch


@flow(name="deadlines", flow_run_name="Watch over the clocks", persist_result=False, log_prints=False)
async def deadlines() -> dict[str, list[str]]:
    """Warn of duties that fall due, mark late ones, settle overdue questions; gives what changed, by id."""
    with kinds_only("deadlines"):
        seen = await asyncio.to_thread(watch, open_store())
    return {name: list(ids) for name, ids in asdict(seen).items()}
