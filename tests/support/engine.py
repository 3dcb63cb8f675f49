"""A real engine for tests: server and worker under the supervisor, on spare ports, with the staged actions."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from console.engine import Engine
from console.parts import SERVER, WARM, WORKER, Part
from console.supervisor import Supervisor, running
from console.surroundings import POOL
from models.database import Store
from models.home import open_home
from models.settings import Settings
from tests.support import stage
from tests.support.ports import spare_port

STAGED_WARM = Part(
    "warm",
    lambda settings: replace(
        WARM.plan(settings),
        arguments=("-m", "tests.support.stage"),
        environment={**WARM.plan(settings).environment, "PYTHONPATH": ROOT},
    ),
    lambda _: [],
)
ROOT = str(Path(__file__).parents[2])


BUSY = 3  # what takes a second on a quiet machine may take three on a busy one; who waits in vain fails all the same


def until(ready: Callable[[], Any], seconds: float = 30, what: str = "", every: float = 0.05) -> Any:
    """Wait until something is so and give it, looking `every` so many seconds; fails after `BUSY` times `seconds`."""
    end = time.monotonic() + BUSY * seconds
    while not (found := ready()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {BUSY * seconds} s in vain for {what or ready}")
        time.sleep(every)
    return found


def schedule_soon(engine: Engine, deployment_id: str, every: float, **parameters: str) -> str:
    """Add a schedule that the engine heeds within seconds, as it does for what was just deployed; gives its id."""
    soon = {"active": True, "schedule": {"interval": every}, "slug": "soon", "parameters": parameters}
    made = engine._call("POST", f"/deployments/{deployment_id}/schedules", [soon])
    engine._call("PATCH", f"/deployments/{deployment_id}", {"version": "touched"})
    return str(made[0]["id"])


@dataclass
class Staged:
    """A running engine whose flows play the staged plan."""

    up: Supervisor
    store: Store
    engine: Engine
    counter: int = 0

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the engine's API, again while it is busy."""
        return self.engine._call(method, path, body)

    def declare(self, **more: Any) -> str:
        """Declare a new incident of the staged plan."""
        self.counter += 1
        return stage.declare_staged(self.store, f"INC-2026-{self.counter:04d}", **more)

    def said(self) -> Iterator[tuple[str, str]]:
        """Give the end of each part's log, by its name."""
        for log in sorted((self.store.settings.home / "logs").glob("*.log")):
            yield log.name, "\n".join(log.read_text(errors="replace").splitlines()[-40:])

    def run_of(self, incident_id: str) -> dict[str, Any]:
        """Read the incident's run as the engine shows it."""
        run_id = stage.found(self.store, incident_id).flow_run_id
        return self.ask("GET", f"/flow_runs/{run_id}") if run_id else {}

    def state(self, incident_id: str) -> str:
        """Read the name of the run's state."""
        return str(self.run_of(incident_id).get("state_name"))

    def tasks(self, incident_id: str) -> list[dict[str, Any]]:
        """List the run's task runs, the oldest first."""
        run = self.run_of(incident_id)
        listed = self.ask("POST", "/task_runs/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}})
        return sorted(listed, key=lambda each: str(each["start_time"]))

    def play(self, incident_id: str, seconds: float = 60) -> None:
        """Answer what is asked until the incident is closed."""

        def closed() -> bool:
            stage.answer_open(self.store, incident_id)
            return stage.is_closed(self.store, incident_id)

        until(closed, seconds, f"{incident_id} to close")

    def flow_processes(self) -> list[int]:
        """List the processes that now execute flows."""
        worker = self.up.children["worker"].pid
        return [
            pid
            for pid, parent in _parents()
            if parent == worker and "tests.support.staged_execute" in _command(pid)
        ]

    def kill_flows(self) -> int:
        """Kill what now executes flows, as a crash would; gives how many."""
        pids = self.flow_processes()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return len(pids)


def child_flows(worker: int | None) -> list[int]:
    """List the processes in which a worker now executes flows."""
    return [pid for pid, parent in _parents() if parent == worker and "flows.execute" in _command(pid)]


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


@contextlib.contextmanager
def running_staged(home: Path, database: str | None = None) -> Iterator[Staged]:
    """Run a server and a worker whose flows play the staged plan; quick to notice what died."""
    settings = Settings(
        home=home,
        database_url=database,
        prefect_port=spare_port(),
        intake_port=spare_port(),
        lease_seconds=4,
        sweep_seconds=0.5,
    )
    with running(settings, parts=(SERVER, WORKER, STAGED_WARM)) as up, Engine(settings) as engine:
        set_the_stage(engine)
        store = open_home(settings)
        yield Staged(up, store, engine)
        store.engine.dispose()


def set_the_stage(engine: Engine) -> None:
    """Have the worker start flows with the counting actions."""
    template = engine._call("GET", f"/work_pools/{POOL}")["base_job_template"]
    properties = template["variables"]["properties"]
    properties["command"]["default"] = f"{sys.executable} -m tests.support.staged_execute"
    properties["env"]["default"] = {"PYTHONPATH": os.pathsep.join([ROOT, os.environ.get("PYTHONPATH", "")])}
    engine.make_pool(template, limit=8)
