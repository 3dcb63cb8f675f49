"""The stamping of the ledger's head by an authority outside, as a scheduled flow; an option."""

import asyncio

from prefect import flow

from flows.discretion import kinds_only
from flows.home import open_store
from response.keeping.timestamping import stamp_head


@flow(name="timestamping", flow_run_name="Stamp the ledger", persist_result=False, log_prints=False)
async def timestamping() -> int | None:
    """Have the newest head stamped where an authority is set; gives how many entries it covers."""
    with kinds_only("timestamping"):
        stamp = await asyncio.to_thread(stamp_head, open_store())
    return stamp.size if stamp else None
