"""The watch over retention periods as a scheduled flow; it tells, a person erases."""

import asyncio

from prefect import flow

from flows.discretion import kinds_only
from flows.home import open_store
from models.database import Store
from response.erasing.dismissed_signals import note_dismissed_due
from response.keeping.retention import note_due


@flow(name="retention", flow_run_name="Watch over retention", persist_result=False, log_prints=False)
async def retention() -> list[str]:
    """Record of which incidents and dismissed signals the periods are over; gives their ids."""
    with kinds_only("retention"):
        return list(await asyncio.to_thread(_note, open_store()))


def _note(store: Store) -> tuple[str, ...]:
    return note_due(store) + note_dismissed_due(store)
