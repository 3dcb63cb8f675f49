"""The state of an incident's plan: what our records say is done, and what is therefore ready."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from models.database import Store
from models.errors import NotFoundError
from models.incident import Incident
from models.playbook_run import StepRun
from models.signal import Signal
from models.vocabulary import StepStatus
from playbooks.durations import parse_duration
from playbooks.loader import load_playbook
from playbooks.planner import Plan, StepResult, plan_next
from playbooks.schema import Playbook, Step
from response.facts import latest_document
from response.incidents import pinned_version


@dataclass(frozen=True)
class StepCard:
    """A step that can run now, as an engine shows it. `batch` counts the rounds of a step done in batches."""

    key: str
    phase: str
    name: Mapping[str, str]
    action: str
    batch: int
    timeout_seconds: float | None


@dataclass(frozen=True)
class PlanView:
    """What an engine needs to know: ready steps, parked steps, and whether the plan has ended."""

    incident_id: str
    title: str
    drill: bool
    ready: tuple[StepCard, ...]
    waiting: tuple[str, ...]
    failed: tuple[str, ...]
    finished: bool


@dataclass(frozen=True)
class Position:
    """An incident with its pinned playbook and where it stands."""

    incident: Incident
    playbook: Playbook
    plan: Plan
    results: Mapping[str, StepResult]
    batches: Mapping[str, int]


def find_incident(session: Session, incident_id: str) -> Incident:
    """Give an incident.

    Raises:
        NotFoundError: there is none with this id.
    """
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFoundError(
            f"There is no incident {incident_id}.", remedy="`tocsin incident list` shows the known ones."
        )
    return incident


def pinned_playbook(session: Session, incident: Incident) -> Playbook:
    """Read the exact playbook this incident started with."""
    version = pinned_version(session, incident)
    return load_playbook(version.text, f"{version.name}@{version.content_hash[:12]}")


def position(session: Session, incident_id: str) -> Position:
    """Work out where a response stands, from our records alone."""
    incident = find_incident(session, incident_id)
    playbook = pinned_playbook(session, incident)
    rows = session.exec(
        select(StepRun).where(StepRun.incident_id == incident_id).order_by(StepRun.finished_at, StepRun.step)  # type: ignore[arg-type]
    ).all()
    # A running row is left out: whether it still runs is the engine's to know, and after a crash nobody runs it.
    results = {row.step: _result(row) for row in rows if row.status != StepStatus.RUNNING}
    plan = plan_next(playbook, results, known_facts(session, incident))
    return Position(incident, playbook, plan, results, {row.step: row.batches for row in rows})


def known_facts(session: Session, incident: Incident) -> dict[str, Any]:
    """Give the facts document with the systems that the signals named under `signal`."""
    named: dict[str, Any] = {}
    signals = select(Signal).where(Signal.incident_id == incident.id).order_by(Signal.received_at)  # type: ignore[arg-type]
    for signal in session.exec(signals):
        named = {**signal.named, **named}
    return {**latest_document(session, incident), "signal": named}


def next_steps(store: Store, incident_id: str) -> PlanView:
    """Say which steps can run now; a step whose executor died is among them again."""
    with store.reading() as session:
        here = position(session, incident_id)
    cards = tuple(_card(key, here.playbook.step(key), here.batches.get(key, 0)) for key in here.plan.ready)
    return PlanView(
        incident_id=incident_id,
        title=here.incident.title,
        drill=here.incident.drill,
        ready=cards,
        waiting=here.plan.waiting,
        failed=here.plan.failed,
        finished=here.plan.finished,
    )


def _result(row: StepRun) -> StepResult:
    return StepResult(row.status, row.values)  # type: ignore[arg-type]


def _card(key: str, step: Step, batches: int) -> StepCard:
    return StepCard(
        key=key,
        phase=str(step.phase or ""),
        name={"en": step.name.en, "zh": step.name.zh},
        action=str(step.action),
        batch=batches + 1,
        timeout_seconds=parse_duration(step.timeout).total_seconds() if step.timeout else None,
    )
