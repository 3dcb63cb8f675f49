"""The weekly check of the contact tree as a scheduled flow: everybody is asked whether calls reach them."""

import asyncio

from prefect import flow

from flows.discretion import kinds_only
from flows.home import open_store
from models.database import Store
from response.calling.calls import check_contacts
from response.context import TOCSIN


@flow(name="contacts", flow_run_name="Check of the contact tree", persist_result=False, log_prints=False)
async def contacts() -> int:
    """Ask everybody in the contact tree to confirm; gives how many were asked. `tocsin up` sends the calls."""
    with kinds_only("contacts"):
        return await asyncio.to_thread(_check, open_store())


def _check(store: Store) -> int:
    with store.work() as unit:
        return check_contacts(unit, TOCSIN, "responder")
