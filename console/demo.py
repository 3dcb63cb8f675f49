"""The demonstration: a whole response, told as it happens, over the real engine and wire."""

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from console.founding import found_home
from console.home_lock import is_locked
from console.intake import intake_secret, sign
from console.launch import wake
from console.ports import spare_ports
from console.progress import bar
from console.story import Storyteller
from console.supervisor import running
from models.database import Store
from models.errors import TocsinError, UnavailableError
from models.home import open_home
from models.ledger_audit import audit_home
from models.ledger_faults import Audit
from models.settings import Settings
from models.vocabulary import IncidentStatus
from notifications.balance import Balance, balance
from playbooks.scenario import load_scenario, scenario_text
from response.drilling.exercise import Performance, answer_waiting
from response.plan import find_incident, next_steps

LOOK_SECONDS = 0.25
PATIENCE_SECONDS = 180.0  # without news
SCENARIO = "open-bucket"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Demonstration:
    """How it ended: the incident, its reports, and the two proofs."""

    incident_id: str
    reports: tuple[Path, ...]
    audit: Audit
    balance: Balance
    seconds: float


def demonstrate(settings: Settings, say: Say, scenario: str = SCENARIO) -> Demonstration:
    """Run a scenario as a real incident on this machine's rehearsal endpoints, from signal to report.

    Raises:
        UnavailableError: the engine can't be started, or nothing happened for three minutes.
    """
    started = time.monotonic()
    founding = found_home(settings)
    say(f"{'A new home' if founding.fresh else 'The home'} at {settings.home.resolve()}.")
    with _engine(settings, say) as serving:
        store = open_home(serving)
        try:
            performance = Performance(
                load_scenario(scenario_text(scenario), scenario), store.clock(), secrets.token_hex(3)
            )
            say(performance.scenario.story.en)
            incident_id = raise_signal(serving, performance)
            _play(store, performance, incident_id, say)
            return _proofs(store, incident_id, time.monotonic() - started)
        finally:
            store.engine.dispose()


@contextlib.contextmanager
def _engine(settings: Settings, say: Say) -> Iterator[Settings]:
    """Use the engine that already serves this home, or run one for the length of the demonstration."""
    if is_locked(settings.home):
        say("Using the engine that already runs in this home.")
        yield settings
        return
    chosen = spare_ports(settings)
    with running(chosen, say):
        yield chosen


def raise_signal(settings: Settings, performance: Performance) -> str:
    """Post the finding to the intake as a detector does, signed with the shared secret."""
    body = performance.signal()
    headers = {
        "X-Tocsin-Signature": sign(intake_secret(settings), body, int(time.time())),
        "Content-Type": "application/json",
    }
    url = f"http://{settings.bind}:{settings.intake_port}/signals"
    answer = httpx.post(url, content=body, headers=headers, timeout=30, trust_env=False)
    incident_id = answer.json().get("incident") if answer.is_success else None
    if not incident_id:
        raise UnavailableError("The intake did not declare an incident.", where=url, remedy=answer.text[:300])
    return str(incident_id)


def _play(store: Store, performance: Performance, incident_id: str, say: Say) -> None:
    """Let the scripted people answer as questions come up, through the door that people use."""

    def answer_what_waits() -> None:
        with bar("Importing the affected people") as advance:
            given = answer_waiting(store, performance, incident_id, advance)
        if given:
            wake(store.settings, incident_id)

    _watch(store, incident_id, say, answer_what_waits)


def _watch(store: Store, incident_id: str, say: Say, at_each_look: Callable[[], None]) -> None:
    """Tell the story until the incident is closed and the plan has ended."""
    teller, until = Storyteller(incident_id, say), time.monotonic() + PATIENCE_SECONDS
    where_to_look = f"See `tocsin incident show {incident_id}`, and logs/worker.log in the home."
    while time.monotonic() < until:
        with store.reading() as session:
            if teller.follow(session):
                until = time.monotonic() + PATIENCE_SECONDS
            closed = find_incident(session, incident_id).status == IncidentStatus.CLOSED
        view = next_steps(store, incident_id)
        if closed and view.finished:
            return
        if view.failed:
            raise TocsinError(f"Step {view.failed[0]} failed.", where=incident_id, remedy=where_to_look)
        at_each_look()
        time.sleep(LOOK_SECONDS)
    raise UnavailableError("Nothing has happened for three minutes.", where=incident_id, remedy=where_to_look)


def _proofs(store: Store, incident_id: str, seconds: float) -> Demonstration:
    folder = store.settings.home / "reports" / incident_id
    audit = audit_home(store)
    with store.reading() as session:
        counted = balance(session, incident_id)
    return Demonstration(incident_id, tuple(sorted(folder.iterdir())), audit, counted, seconds)
