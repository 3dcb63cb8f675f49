"""Everything behind `tocsin up`: the engine, its worker, intake and rehearsal endpoints as children, and the sweep.

Usable from tests and programs: `with running(settings) as up: ...`.
"""

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import structlog
from sqlmodel import select

from console.catching_up import catch_up
from console.children import Child
from console.delivering import Deliveries
from console.engine import Engine
from console.founding import found_home
from console.home_lock import locked_home
from console.launch import deploy_all
from console.parts import Part, parts_of, ports_of
from console.ports import check_free
from console.surroundings import LOOPBACK, engine_home
from console.sweep import Sweep
from console.waking import Waking
from models.clock import iso_utc, system_clock
from models.errors import TocsinError, UnavailableError
from models.home import init_home, open_home
from models.incident import Incident
from models.settings import Settings
from models.vocabulary import IncidentStatus
from response.calling.call_sending import send_waiting_calls
from response.organisation import FILE_NAME

LOG = structlog.get_logger(__name__)
Say = Callable[[str], None]
LOOK_SECONDS = 0.1
START_SECONDS = 120.0
STARTS_TOO_MANY = 4


class Supervisor:
    """The children of one home, kept running; made by `running`."""

    def __init__(self, settings: Settings, parts: tuple[Part, ...]) -> None:
        """Plan the children; nothing is started."""
        self.settings = settings
        logs = settings.home.resolve() / "logs"
        self.children = {each.name: Child(each.plan(settings), logs) for each in parts}
        self.since: datetime = system_clock()
        self.ready = False
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, say: Say) -> None:
        """Start all in order and return when the whole takes work.

        Raises:
            UnavailableError: a part does not come up; names it and its log.
        """
        first = not (engine_home(self.settings) / "prefect.db").exists()
        engine_home(self.settings).mkdir(mode=0o700, exist_ok=True)
        for name, child in self.children.items():
            if name != "worker":
                child.start()
        self._thread(self._keep_children)
        say("Starting the engine" + (" (the first start of a home takes a little longer)." if first else "."))
        with Engine(self.settings, patience=30) as engine:
            self._await("server", engine.healthy)
            if deploy_all(self.settings):
                say("Deployed the flows.")
            self._bury(engine)
            self._catch_up(engine)
            self._start_worker(engine)
        for name, child in self.children.items():
            if child.plan.port and name != "server":
                self._await(name, lambda port=child.plan.port: _listens(port))  # type: ignore[misc]
        self.ready = True
        self._write_status()
        self._thread(self._sweep)
        self._thread(self._call_people)
        self._thread(self._wake_up)

    def stop(self) -> None:
        """End the children within seconds: first who works, last the server they talk to."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=10)
        for stage in (
            ("worker",),
            tuple(n for n in self.children if n not in {"worker", "server"}),
            ("server",),
        ):
            stopping = [self.children[name] for name in stage if name in self.children]
            for child in stopping:
                child.ask_to_end()
            for child in stopping:
                child.end()
        with contextlib.suppress(FileNotFoundError):
            self.status_file.unlink()

    @property
    def status_file(self) -> Path:
        """Give the file that tells other programs what runs where."""
        return self.settings.home / "up.json"

    def _start_worker(self, engine: Engine) -> None:
        if "worker" in self.children:
            before = system_clock()
            self.children["worker"].start()
            self._await("worker", lambda: engine.worker_seen_since(before))

    def _await(self, name: str, ready: Callable[[], bool]) -> None:
        child, until = self.children[name], time.monotonic() + START_SECONDS
        while not ready():
            if child.starts >= STARTS_TOO_MANY or time.monotonic() > until:
                raise UnavailableError(
                    f"The {name} does not start.",
                    where=str(child.log),
                    remedy="The end of that log says why; `tocsin doctor` may know how to mend it.",
                )
            time.sleep(LOOK_SECONDS)

    def _bury(self, engine: Engine) -> None:
        """Declare crashed what an earlier worker left as running and no incident's sweep looks after."""
        store = open_home(self.settings)
        with store.reading() as session:
            kept = set(
                session.exec(select(Incident.flow_run_id).where(Incident.status == IncidentStatus.OPEN))
            )
        store.engine.dispose()
        for run in engine.under_way():
            if run.run_id not in kept:
                engine.declare_crashed(run.run_id)

    def _catch_up(self, engine: Engine) -> None:
        """Start once what schedules missed while nothing ran; trouble with that keeps nothing else from starting."""
        store = open_home(self.settings)
        try:
            catch_up(store, engine)
        except TocsinError as error:
            LOG.warning("missed schedules were not caught up", fault=error.what)
        finally:
            store.engine.dispose()

    def _thread(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=f"tocsin-{target.__name__}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _keep_children(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            restarted = [c.keep_up() for c in self.children.values() if c.starts]
            if any(restarted):
                self._write_status()

    def _sweep(self) -> None:
        store = open_home(self.settings)
        with Engine(self.settings) as engine:
            sweep = Sweep(store, engine, self._worker_since)
            deliveries = Deliveries(store, engine, self._worker_since)
            while not self._stop.wait(self.settings.sweep_seconds):
                _once(sweep)
                _once(deliveries)
        store.engine.dispose()

    def _call_people(self) -> None:
        """Send what waits for members of staff; beside the sweep, since a provider may take its time."""
        store = open_home(self.settings)
        while not self._stop.wait(self.settings.sweep_seconds):
            try:
                send_waiting_calls(store)
            except Exception as error:  # noqa: BLE001 - calling must go on; the text may quote data
                LOG.error("calling people failed", kind=type(error).__name__)  # noqa: TRY400 - as above
        store.engine.dispose()

    def _wake_up(self) -> None:
        """Look at the clock all the time: after a sleep the worker would soon run late what it finds."""
        store = open_home(self.settings)
        with Engine(self.settings) as engine:
            waking = Waking(store, engine)
            while not self._stop.wait(LOOK_SECONDS):
                _once(waking)
        store.engine.dispose()

    def _worker_since(self) -> datetime | None:
        return self.children["worker"].started_at if "worker" in self.children else None

    def _write_status(self) -> None:
        status = {
            "pid": os.getpid(),
            "home": str(self.settings.home.resolve()),
            "since": iso_utc(self.since),
            "ready": self.ready,
            "children": {
                name: {
                    "pid": child.pid,
                    "port": child.plan.port,
                    "starts": child.starts,
                    "log": str(child.log),
                }
                for name, child in self.children.items()
            },
        }
        draft = self.status_file.with_suffix(".draft")
        draft.write_text(json.dumps(status, indent=1), encoding="utf-8")
        draft.replace(self.status_file)


@contextlib.contextmanager
def running(
    settings: Settings, say: Say = LOG.info, parts: tuple[Part, ...] | None = None
) -> Iterator[Supervisor]:
    """Make the home if there is none, start everything, and end it all on leaving.

    Raises:
        RefusedError: `tocsin up` already runs in this home.
        UnavailableError: a port is taken, the home can't be written, or a part does not start.
    """
    parts = parts_of(settings) if parts is None else parts
    if _made_home(settings):
        say(f"Made a new home at {settings.home.resolve()}.")
    with locked_home(settings.home):
        check_free(ports_of(settings, parts))
        supervisor = Supervisor(settings, parts)
        try:
            supervisor.start(say)
            yield supervisor
        finally:
            supervisor.stop()


def _made_home(settings: Settings) -> bool:
    """Make a home with the sample organisation where there is none; bring the tables of an existing one up to date."""
    if (settings.home / FILE_NAME).exists():
        return init_home(settings)
    return found_home(settings).fresh


def _once(sweep: Sweep | Deliveries | Waking) -> None:
    """Sweep; what goes wrong is said in the log, and the next sweep looks again."""
    try:
        sweep.once()
    except TocsinError as error:
        LOG.warning("sweep met trouble", fault=error.what)
    except Exception as error:  # noqa: BLE001 - the sweep must go on; the text may quote data, so only its kind is said
        LOG.error("sweep failed", kind=type(error).__name__)  # noqa: TRY400 - a traceback may quote data


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False
