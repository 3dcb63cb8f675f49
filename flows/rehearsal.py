"""A drill in one process of its own, without the engine: the same plan and loop, fenced off from every other machine.

`tocsin drill run` starts it where no `tocsin up` serves the home. The rehearsal servers run inside it.
"""

import argparse
import asyncio
import contextlib
import ctypes
import fcntl
import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from flows.leasehold import executor_name
from flows.steps import Ending, advance
from models.errors import RefusedError, TocsinError
from models.home import open_home
from models.loopback_only import loopback_only
from models.settings import Settings, load_settings
from notifications.channels.rehearsal import servers
from response.calling.call_sending import send_waiting_calls
from response.connectors.rehearsal import make_server
from response.context import StepOutcome
from response.drilling.drills import Rehearsal, begin, resume
from response.drilling.ending import stop, stopped
from response.drilling.score import finish
from response.plan import PlanView, StepCard
from response.steps import run_step

SET_PARENT_DEATH_SIGNAL = 1
Tell = Callable[[str], None]


def rehearse(settings: Settings, scenario: str | None, incident_id: str | None, tell: Tell) -> str:
    """Run a scenario, or go on with a drill, to its end; gives the incident's id, which is told as soon as it is known.

    Raises:
        RefusedError: another drill runs in this home, or this one has ended.
        DrillStoppedError: nobody in the script answers what the plan asks, or a step failed.
        OutsideRefusedError: something tried to reach another machine.
    """
    with loopback_only() as fence, only_drill(settings.home), _endpoints(settings) as serving:
        store = open_home(serving)
        try:
            run = incident_id is None and begin(store, str(scenario), secrets.token_hex(4))
            rehearsal = run or resume(store, str(incident_id))
            tell(rehearsal.incident_id)
            ending = asyncio.run(_carry_on(rehearsal))
            if ending is not Ending.FINISHED or fence.refused:
                stop(rehearsal, fence.refused)
                raise stopped(rehearsal, ending, fence.refused)
            finish(rehearsal)
            return rehearsal.incident_id
        finally:
            store.engine.dispose()


async def _carry_on(rehearsal: Rehearsal) -> Ending:
    """Carry the plan to its end; what the script says is asked for whenever only people can go on."""
    executor = executor_name(f"drill-{rehearsal.performance.run}")

    async def perform(card: StepCard) -> StepOutcome:
        return await asyncio.to_thread(run_step, rehearsal.store, rehearsal.incident_id, card.key, executor)

    async def at_gate(_view: PlanView) -> bool:
        await asyncio.to_thread(send_waiting_calls, rehearsal.store, rehearsal.incident_id)
        return await asyncio.to_thread(rehearsal.look)

    return await advance(rehearsal.store, rehearsal.incident_id, executor, perform, at_gate)


@contextlib.contextmanager
def only_drill(home: Path) -> Iterator[None]:
    """Keep a second drill out: both would write into the same rehearsal mailboxes."""
    handle = os.open(home / "drill.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefusedError(
                "Another drill runs in this home.", where=str(home), remedy="Wait for its end."
            ) from None
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _endpoints(settings: Settings) -> Iterator[Settings]:
    """Run the rehearsal servers on free ports; gives the settings that point to them."""
    systems = make_server(settings.home, 0)
    thread = threading.Thread(target=systems.serve_forever, daemon=True)
    thread.start()
    try:
        with servers.running(settings.home) as rehearsal:
            yield settings.model_copy(
                update={
                    "rehearsal_smtp_port": rehearsal.smtp_port,
                    "rehearsal_http_port": rehearsal.http_port,
                    "rehearsal_containment_port": systems.server_port,
                }
            )
    finally:
        systems.shutdown()
        systems.server_close()
        thread.join()


def main() -> int:
    """Run as a child of the console: the drill's id on the first line, a fault as JSON on the last."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL))
    parser = argparse.ArgumentParser(prog="python -m flows.rehearsal", description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--scenario")
    which.add_argument("--resume")
    given = parser.parse_args()
    try:
        rehearse(load_settings(), given.scenario, given.resume, _say)
    except TocsinError as error:
        _say(json.dumps({"what": error.what, "where": error.where, "remedy": error.remedy}))
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
