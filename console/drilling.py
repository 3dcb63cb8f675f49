"""Running a drill from the command line: on the engine that serves this home, or in a fenced process of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sqlmodel import select

from console.founding import found_home
from console.home_lock import is_locked
from console.launch import start_drill
from console.story import Storyteller
from console.surroundings import tocsin_environment
from models.database import Store
from models.drill import Drill
from models.errors import RefusedError, TocsinError, UnavailableError
from models.home import open_home
from models.incident import Incident
from models.settings import Settings
from playbooks.scenario_checks import checked_scenario
from response.drilling.record import find_drill

LOOK_SECONDS = 0.25
PATIENCE_SECONDS = 600.0

Say = Callable[[str], None]


def rehearse(settings: Settings, say: Say, scenario: str) -> Drill:
    """Run a scenario as a drill, tell its story, and give its scored row.

    Raises:
        NotFoundError: there is no such scenario.
        InvalidInputError: the scenario is wrong, with file and line.
        UnavailableError: it does not begin or end in ten minutes.
        TocsinError: it stopped; says why and how to go on.
    """
    checked_scenario(scenario)
    found_home(settings)
    if not is_locked(settings.home):
        return _in_a_process(settings, say, "--scenario", scenario)
    say("Using the engine that already runs in this home.")
    store = open_home(settings)
    try:
        incident_id = _drill_of(store, start_drill(settings, scenario))
        return _watched(store, incident_id, say)
    finally:
        store.engine.dispose()


def go_on(settings: Settings, say: Say, incident_id: str) -> Drill:
    """Resume a drill that was interrupted, in a process of its own. Raises as `rehearse`.

    Raises:
        NotFoundError: there is no such drill.
        RefusedError: an engine serves this home, whose rehearsal endpoints would write into the same mailboxes.
    """
    if is_locked(settings.home):
        raise RefusedError(
            "`tocsin up` serves this home.",
            where=str(settings.home),
            remedy="Stop it, resume the drill, and start it again.",
        )
    _row(settings, incident_id)
    return _in_a_process(settings, say, "--resume", incident_id)


def _in_a_process(settings: Settings, say: Say, how: str, what: str) -> Drill:
    """Run it in a child that ends with us: a fence around a process never comes down again."""
    environment = tocsin_environment(settings)
    log = settings.home / "logs" / "drill.log"
    with log.open("ab") as faults:
        child = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "flows.rehearsal", how, what],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=faults,
            text=True,
        )
    assert child.stdout is not None  # noqa: S101 - asked for above
    try:
        first = child.stdout.readline().strip()
        if not first.startswith("DRL-"):
            raise _fault(first, log)
        _tell(settings, say, first, child)
        last = child.stdout.read().strip().rpartition("\n")[2]
        if child.wait() != 0:
            raise _fault(last, log)
        return _row(settings, first)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def _tell(settings: Settings, say: Say, incident_id: str, child: subprocess.Popen[str]) -> None:
    """Tell the story while the child runs."""
    store = open_home(settings)
    try:
        teller = Storyteller(incident_id, say)
        running = True
        while running:
            running = child.poll() is None
            with store.reading() as session:
                teller.follow(session)
            time.sleep(LOOK_SECONDS if running else 0)
    finally:
        store.engine.dispose()


def _row(settings: Settings, incident_id: str) -> Drill:
    store = open_home(settings)
    try:
        return find_drill(store, incident_id)
    finally:
        store.engine.dispose()


def _fault(line: str, log: Path) -> TocsinError:
    try:
        said = json.loads(line)
        return TocsinError(said["what"], where=said["where"], remedy=said["remedy"])
    except (ValueError, KeyError, TypeError):
        return UnavailableError("The drill's process ended without a word.", where=str(log))


def _drill_of(store: Store, run_id: str) -> str:
    """Wait until a drill's run has declared its incident."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with store.reading() as session:
            found = session.exec(select(Incident.id).where(Incident.flow_run_id == run_id)).first()
        if found:
            return found
        time.sleep(LOOK_SECONDS)
    raise UnavailableError("The drill did not start.", remedy="See logs/worker.log in the home.")


def _watched(store: Store, incident_id: str, say: Say) -> Drill:
    """Tell the story of a drill that the engine runs, until it is scored."""
    teller, until = Storyteller(incident_id, say), time.monotonic() + PATIENCE_SECONDS
    where_to_look = f"See `tocsin incident show {incident_id}`."
    while time.monotonic() < until:
        with store.reading() as session:
            teller.follow(session)
            drill = session.get_one(Drill, incident_id)
        if drill.status == "done":
            return drill
        if drill.status != "running":
            raise TocsinError(f"The drill is {drill.status}.", where=incident_id, remedy=where_to_look)
        time.sleep(LOOK_SECONDS)
    raise UnavailableError("The drill did not end in time.", where=incident_id, remedy=where_to_look)
