"""Drills: a scenario played on the real plan, with its own clock; begun, carried on, resumed, discarded."""

import copy
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, select

from models.clock import FlyingClock, iso_utc
from models.database import Store, Work
from models.decision import Decision
from models.drill import Drill
from models.errors import InvalidInputError, NotFoundError, RefusedError, TocsinError
from models.incident import Incident
from models.ledger import LedgerEntry
from models.notice import Campaign
from models.vocabulary import CampaignStatus, DecisionStatus, IncidentStatus
from playbooks.scenario import Scenario, scenario_text
from playbooks.scenario_checks import checked_scenario, longest
from response.context import TOCSIN
from response.deadlines import watch
from response.detection import take_signal
from response.drill_clock import next_moment
from response.exercise import Performance, answer_waiting
from response.injects import inject_due, known_staff
from response.plan import find_incident


class DrillStoppedError(TocsinError):
    """A drill came to a question that its script does not answer, or to a failed step."""


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
    flying, clock = _flying(store, None)
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


def _flying(store: Store, at: datetime | None) -> tuple[Store, FlyingClock]:
    clock = FlyingClock(at)
    flying = copy.copy(store)
    flying.clock = clock
    return flying, clock


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
        scenario_hash=_digest(scenario),
        run=performance.run,
        started_at=start,
        clock_at=start,
    )
    unit.session.add(drill)
    body = {"scenario": scenario.id, "sha256": drill.scenario_hash, "at": iso_utc(start)}
    _note(unit, "drill:started", incident.id, body)


def _digest(scenario: Scenario) -> str:
    """Name a scenario's exact text, with what it shares with others, by its SHA-256."""
    return hashlib.sha256((scenario_text(scenario.id) + scenario.model_dump_json()).encode()).hexdigest()


def _note(unit: Work, tag: str, incident_id: str, body: Mapping[str, str | int]) -> None:
    unit.record(tag, actor=TOCSIN, role="incident_lead", incident_id=incident_id, drill=True, body=dict(body))


def find_drill(store: Store, incident_id: str) -> Drill:
    """Give a drill's row.

    Raises:
        NotFoundError: there is no such drill.
    """
    with store.reading() as session:
        drill = session.get(Drill, incident_id)
    if drill is None:
        raise NotFoundError(
            f"There is no drill {incident_id[:40]}.",
            remedy="`tocsin drill history` shows those that were run.",
        )
    return drill


def resume(store: Store, incident_id: str) -> Rehearsal:
    """Go on with a drill that was interrupted, at the moment its clock had reached.

    Raises:
        NotFoundError: there is no such drill.
        RefusedError: it has ended, or its scenario was changed since.
    """
    drill = find_drill(store, incident_id)
    if drill.status not in {"running", "stopped"}:
        raise RefusedError(f"This drill is {drill.status}; it can't go on.", where=incident_id)
    scenario = checked_scenario(drill.scenario)
    if _digest(scenario) != drill.scenario_hash:
        raise RefusedError(
            "The scenario was changed since this drill began.",
            where=incident_id,
            remedy=f"Run `tocsin drill discard {incident_id}` and begin a new one.",
        )
    flying, clock = _flying(store, _last_moment(store, drill))
    return Rehearsal(
        flying, clock, Performance(scenario, drill.started_at, drill.run, timed=True), incident_id
    )


def _last_moment(store: Store, drill: Drill) -> datetime:
    """Say how far a drill's clock had come: its last jump, or what was entered after it."""
    query = select(func.max(LedgerEntry.at)).where(LedgerEntry.incident_id == drill.incident_id)
    with store.reading() as session:
        entered = session.exec(query).one()
    return max(drill.clock_at, entered) if entered is not None else drill.clock_at


def stop(rehearsal: Rehearsal, refused: int) -> None:
    """Record that a drill came to a halt before its end, and what its fence refused; it can be resumed."""
    with rehearsal.store.work() as unit:
        drill = unit.session.get_one(Drill, rehearsal.incident_id)
        drill.status, drill.clock_at = "stopped", rehearsal.clock()
        drill.refused_connections += refused
        unit.session.add(drill)
        body: Mapping[str, str | int] = {"scenario": drill.scenario, "refused_connections": refused}
        _note(unit, "drill:stopped", rehearsal.incident_id, body)


def stopped(rehearsal: Rehearsal, why: str, refused: int) -> DrillStoppedError:
    """Say why a drill stopped and what can be done."""
    outside = f"it tried {refused} times to reach another machine"
    return DrillStoppedError(
        f"The drill stopped: {outside if refused else why}.",
        where=rehearsal.incident_id,
        remedy=f"Mend the cause and run `tocsin drill resume {rehearsal.incident_id}`, or discard it.",
    )


def discard(store: Store, incident_id: str, by: str) -> None:
    """Put an unfinished drill aside for good: nothing of it goes on, asks or counts; the record stays.

    Raises:
        NotFoundError: there is no such drill.
        RefusedError: it has ended already.
    """
    drill = _found_or_begun(store, incident_id)
    if drill.status not in {"running", "stopped"}:
        raise RefusedError(f"This drill is {drill.status}; there is nothing to discard.", where=incident_id)
    flying, _ = _flying(store, drill.clock_at)
    with flying.work() as unit:
        row = unit.session.merge(drill)
        row.status, row.ended_at = "discarded", unit.clock()
        incident = find_incident(unit.session, incident_id)
        incident.status, incident.closed_at = IncidentStatus.CLOSED, unit.clock()
        unit.session.add(row)
        unit.session.add(incident)
        _withdraw(unit, incident_id)
        unit.record(
            "drill:discarded",
            actor=by,
            role="incident_lead",
            incident_id=incident_id,
            drill=True,
            body={"scenario": row.scenario},
        )


def _found_or_begun(store: Store, incident_id: str) -> Drill:
    """Give a drill's row, or one for a drill that was killed between its signal and its first row."""
    with store.reading() as session:
        incident, row = session.get(Incident, incident_id), session.get(Drill, incident_id)
    if row is not None or incident is None or not (incident.drill and incident.scenario):
        return find_drill(store, incident_id)
    return Drill(
        incident_id=incident_id,
        scenario=str(incident.scenario),
        scenario_hash="",
        run="",
        started_at=incident.declared_at,
        clock_at=incident.declared_at,
    )


def _withdraw(unit: Work, incident_id: str) -> None:
    """Take back the questions and notices of a drill that nobody will finish."""
    for decision in unit.session.exec(
        select(Decision).where(Decision.incident_id == incident_id, Decision.status == DecisionStatus.OPEN)
    ):
        decision.status, decision.decided_at = DecisionStatus.TIMED_OUT, unit.clock()
        unit.session.add(decision)
    ended = (CampaignStatus.DONE, CampaignStatus.CANCELLED)
    for campaign in unit.session.exec(
        select(Campaign).where(Campaign.incident_id == incident_id, col(Campaign.status).not_in(ended))
    ):
        campaign.status = CampaignStatus.CANCELLED
        unit.session.add(campaign)
