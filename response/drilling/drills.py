"""Drills: a scenario played on the real plan, with its own clock; begun, carried on, resumed."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import func, select

from models.clock import FlyingClock, iso_utc
from models.database import Store, Work
from models.drill import Drill
from models.errors import InvalidInputError, RefusedError
from models.incident import Incident
from models.ledger import LedgerEntry
from playbooks.scenario import Scenario
from playbooks.scenario_checks import checked_scenario, longest
from response.deadlines import watch
from response.detection import take_signal
from response.drilling.clock import next_moment
from response.drilling.exercise import Performance, answer_waiting
from response.drilling.injects import inject_due, known_staff
from response.drilling.record import (
    UNFINISHED,
    DrillStoppedError,
    find_drill,
    flying_store,
    note_drill,
    scenario_digest,
)
from response.plan import find_incident


@dataclass(frozen=True)
class Rehearsal:
    """A drill under way: its incident, its script, and the home seen through its own clock."""

    store: Store
    clock: FlyingClock
    performance: Performance
    incident_id: str

    def look(self) -> bool:
        """Let happen what is due; when only waiting is left, fly to the next moment. False when nothing is coming."""
        if self._play():
            return True
        with self.store.reading() as session:
            drill = session.get_one(Drill, self.incident_id)
            moment = next_moment(session, self.performance, drill, self.clock())
        if moment is None or moment > self.performance.start + longest(self.performance.scenario):
            return False
        self.clock.jump(moment)
        self._note_clock()
        watch(self.store, self.incident_id)
        self._play()
        return True

    def _play(self) -> bool:
        happened = inject_due(self.store, self.performance, self.incident_id)
        settled = watch(self.store, self.incident_id).settled
        return bool(answer_waiting(self.store, self.performance, self.incident_id) or happened or settled)

    def _note_clock(self) -> None:
        with self.store.work() as unit:
            drill = unit.session.get_one(Drill, self.incident_id)
            drill.clock_at = self.clock()
            unit.session.add(drill)


def begin(store: Store, name: str, run: str, flow_run_id: str | None = None) -> Rehearsal:
    """Take a scenario's signal and open its drill; with the same `run` again, go on with that one.

    Raises:
        NotFoundError: there is no such scenario.
        InvalidInputError: the scenario or its cast does not fit.
        DrillStoppedError: its signal declares no incident.
    """
    scenario = checked_scenario(name)
    _check_cast(store, scenario)
    with store.reading() as session:
        known = session.exec(select(Drill).where(Drill.run == run)).first()
    if known is not None:
        return resume(store, known.incident_id)
    flying, clock = flying_store(store, None)
    performance = Performance(scenario, clock(), run, timed=True)
    signal = scenario.signal
    taken, incident = take_signal(
        flying,
        performance.signal(),
        signal.form,
        signal.told_by,
        drill=True,
        scenario=name,
        playbook=scenario.playbook,
    )
    if incident is None:
        raise DrillStoppedError("The scenario's signal declares no incident.", where=f"{name} {taken.id}")
    with flying.work() as unit:
        _open(unit, performance, incident, flow_run_id)
    return Rehearsal(flying, clock, performance, incident.id)


def _check_cast(store: Store, scenario: Scenario) -> None:
    staff = known_staff(store)
    missing = sorted({who for players in scenario.participants.values() for who in players} - staff)
    if missing:
        raise InvalidInputError(
            f"The scenario's participants {', '.join(missing)} are not in the contact tree.",
            where=scenario.id,
            expected="people of `tocsin staff list`",
            remedy="Drill in a home with the sample organisation, or write a scenario for your own people.",
        )


def _open(unit: Work, performance: Performance, incident: Incident, flow_run_id: str | None) -> None:
    scenario, start = performance.scenario, performance.start
    if unit.session.get(Drill, incident.id) is not None:
        return
    row = find_incident(unit.session, incident.id)
    row.flow_run_id = flow_run_id
    unit.session.add(row)
    drill = Drill(
        incident_id=incident.id,
        scenario=scenario.id,
        scenario_hash=scenario_digest(scenario),
        run=performance.run,
        started_at=start,
        clock_at=start,
    )
    unit.session.add(drill)
    body = {"scenario": scenario.id, "sha256": drill.scenario_hash, "at": iso_utc(start)}
    note_drill(unit, "drill:started", incident.id, body)


def resume(store: Store, incident_id: str) -> Rehearsal:
    """Go on with a drill that was interrupted, at the moment its clock had reached.

    Raises:
        NotFoundError: there is no such drill.
        RefusedError: it has ended, or its scenario was changed since.
    """
    drill = find_drill(store, incident_id)
    if drill.status not in UNFINISHED:
        raise RefusedError(f"This drill is {drill.status}; it can't go on.", where=incident_id)
    scenario = checked_scenario(drill.scenario)
    if scenario_digest(scenario) != drill.scenario_hash:
        raise RefusedError(
            "The scenario was changed since this drill began.",
            where=incident_id,
            remedy=f"Run `tocsin drill discard {incident_id}` and begin a new one.",
        )
    flying, clock = flying_store(store, _last_moment(store, drill))
    return Rehearsal(
        flying, clock, Performance(scenario, drill.started_at, drill.run, timed=True), incident_id
    )


def _last_moment(store: Store, drill: Drill) -> datetime:
    """Say how far a drill's clock had come: its last jump, or what was entered after it."""
    query = select(func.max(LedgerEntry.at)).where(LedgerEntry.incident_id == drill.incident_id)
    with store.reading() as session:
        entered = session.exec(query).one()
    return max(drill.clock_at, entered) if entered is not None else drill.clock_at
