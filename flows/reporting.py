"""The monthly report as a scheduled flow."""

import asyncio

from prefect import flow

from flows.discretion import kinds_only
from flows.home import open_store
from response.monthly import monthly


@flow(name="monthly-report", flow_run_name="Monthly report", persist_result=False, log_prints=False)
async def monthly_report() -> str:
    """Write last month's report on incidents, duties and drills; gives the month."""
    with kinds_only("monthly-report"):
        return await asyncio.to_thread(monthly, open_store())
