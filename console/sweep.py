"""The sweep: makes the engine agree with our records, again and again.

Open incidents without a run are started; runs whose executor died are revived; parked runs whose questions are
answered are woken; runs the engine has forgotten are made anew. Bounded: when revivals bring nothing, people are
called. Every rule reads our records; what the engine says is only where to act.
"""

import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlmodel import col, select

from console.engine import Engine, EngineRefusedError, RunState
from console.revivals import call_people, earlier_revivals, note_run
from models.database import Store
from models.drill import Drill
from models.errors import TocsinError
from models.incident import Incident, Lease
from models.vocabulary import IncidentStatus
from response import leases
from response.deadlines import watch
from response.plan import PlanView, next_steps
from response.signal_calls import remind_of_signals

LOG = structlog.get_logger(__name__)
PENDING_SECONDS = 60.0  # a flow whose worker died between Pending and Running stays there for ever
GRACE_SECONDS = 3.0  # a flow that is parking holds no lease any more
BOOT_SECONDS = 5.0  # a flow that just started holds none yet
QUICK_TRIES = 4  # a crash now and then costs no waiting
LONGEST_PAUSE_SECONDS = 60.0
WATCH_SECONDS = 15.0
AFTER_CLOSING = timedelta(hours=6)


@dataclass
class Sweep:
    """One home's sweep; keeps since when a run looks dead, so that no live one is taken for one."""

    store: Store
    engine: Engine
    worker_since: Callable[[], datetime | None] = lambda: None  # when this machine's worker started
    suspects: dict[str, float] = field(default_factory=dict)
    watched: float = -WATCH_SECONDS

    def once(self) -> Counter[str]:
        """Look at everything once; counts what was done. One incident's fault keeps no other from its turn."""
        done: Counter[str] = Counter()
        incidents = list(self._incidents_under_way())
        states = self.engine.states(each.flow_run_id for each in incidents if each.flow_run_id)
        for incident in incidents:
            try:
                done[self._mend(incident, states.get(incident.flow_run_id or ""))] += 1
            except TocsinError as error:
                LOG.warning("sweep met trouble", incident=incident.id, fault=error.what)
                done["trouble"] += 1
        if time.monotonic() - self.watched >= WATCH_SECONDS:
            self.watched = time.monotonic()
            watch(self.store)
            remind_of_signals(self.store)
        return done

    def _incidents_under_way(self) -> Iterator[Incident]:
        """Give the open incidents, and those closed lately: their plan ends with the report, after the closing."""
        lately = col(Incident.closed_at) > self.store.clock() - AFTER_CLOSING
        query = select(Incident).where((col(Incident.status) == IncidentStatus.OPEN) | lately)
        # A drill that ended, stopped or was put aside is people's to take up again, not the engine's.
        query = query.where(
            col(Incident.id).not_in(select(Drill.incident_id).where(Drill.status != "running"))
        )
        with self.store.reading() as session:
            yield from session.exec(query).all()

    def _mend(self, incident: Incident, state: RunState | None) -> str:
        """Do the one thing this incident's run needs, if any, and name it."""
        if incident.flow_run_id is None:
            # A scenario's drill is carried by the run that declared it, which notes itself a moment later.
            return "waits" if incident.drill and incident.scenario else self._start(incident)
        if state is None:
            return self._again(incident, None, next_steps(self.store, incident.id))
        if state.kind in {"RUNNING", "PENDING"}:
            dead = (
                self._pending_dead(state) if state.kind == "PENDING" else self._running_dead(incident, state)
            )
            return self._again(incident, state, None) if dead else "runs"
        self.suspects.pop(state.run_id, None)
        if state.kind == "PAUSED":
            return self._wake(state, next_steps(self.store, incident.id))
        # The worker reports a death twice, the second time seconds later: by then the next try may be at work.
        if state.ended and not self._held(incident):
            return self._again(incident, state, next_steps(self.store, incident.id))
        return "runs"

    def _start(self, incident: Incident) -> str:
        note_run(self.store, incident, self.engine.start(incident))
        return "started"

    def _wake(self, state: RunState, view: PlanView) -> str:
        if not (view.ready or view.finished):
            return "parked"
        return "woken" if self.engine.wake(state.run_id) else "parked"

    def _again(self, incident: Incident, state: RunState | None, view: PlanView | None) -> str:
        """Run a dead response again, unless nothing could be done, it is too soon, or it was given up."""
        if view is not None and not (view.ready or (view.waiting and state is None)):
            return self._stuck(incident, view)
        limit = self.store.settings.revive_limit
        last, tries = earlier_revivals(self.store, incident)
        if tries >= limit:
            return self._give_up(incident, tries)
        if last is not None and self.store.clock() - last < timedelta(seconds=_pause(tries)):
            return "waits"
        run_id = self._run_again(incident, state)
        if run_id is None:
            return "waits"
        note_run(self.store, incident, run_id, tries + 1, state.kind if state else "FORGOTTEN")
        return "revived"

    def _run_again(self, incident: Incident, state: RunState | None) -> str | None:
        if state is None:
            return self.engine.start(incident, incident.revivals + 1)
        self.suspects.pop(state.run_id, None)
        self._free_dead_lease(incident)
        try:
            accepted = self.engine.revive(state.run_id, state.kind)
        except EngineRefusedError:
            accepted = False
        # A run that ended well can't go on; an incident with steps left gets a new one.
        return state.run_id if accepted else self._anew(incident, state)

    def _anew(self, incident: Incident, state: RunState) -> str | None:
        return self.engine.start(incident, incident.revivals + 1) if state.kind == "COMPLETED" else None

    def _running_dead(self, incident: Incident, state: RunState) -> bool:
        """Tell whether nobody executes a run that counts as running: no live lease, for longer than a grace."""
        if self._held(incident):
            self.suspects.pop(state.run_id, None)
            return False
        first = self.suspects.setdefault(state.run_id, time.monotonic())
        fresh = self.store.clock() - state.since < timedelta(seconds=self._boot_seconds())
        return not fresh and time.monotonic() - first >= GRACE_SECONDS

    def _held(self, incident: Incident) -> bool:
        """Tell whether a living process executes this incident."""
        self._free_dead_lease(incident)
        with self.store.reading() as session:
            return leases.is_held(self.store, session, incident.id)

    def _free_dead_lease(self, incident: Incident) -> None:
        """Give back the lease of a process of this machine that is gone; saves waiting for the lease's end."""
        with self.store.reading() as session:
            lease = session.get(Lease, incident.id)
        if lease is not None and _died_here(lease.holder):
            leases.release(self.store, incident.id, lease.holder)

    def _boot_seconds(self) -> float:
        return 2 * GRACE_SECONDS + self.store.settings.lease_seconds

    def _pending_dead(self, state: RunState) -> bool:
        """Tell whether whoever took this run is gone: an earlier worker took it, or it took too long."""
        worker_since = self.worker_since()
        if worker_since is not None and state.since < worker_since:
            return True
        return self.store.clock() - state.since > timedelta(seconds=PENDING_SECONDS)

    def _give_up(self, incident: Incident, tries: int) -> str:
        """Call people, once."""
        if tries > self.store.settings.revive_limit:
            return "stalled"
        return self._stalled(incident, tries=tries)

    def _stuck(self, incident: Incident, view: PlanView) -> str:
        """Call people, once, about a plan that can't go on without them and asks them nothing."""
        if view.finished or view.waiting or incident.revivals > self.store.settings.revive_limit:
            return "parked"
        return self._stalled(incident, failed=len(view.failed))

    def _stalled(self, incident: Incident, **why: int) -> str:
        call_people(self.store, incident, "response:stalled", why)
        return "stalled"


def _pause(tries: int) -> float:
    """Say how long to wait before the next revival: nothing for the first few, then twice as long each time."""
    return 0.0 if tries < QUICK_TRIES else min(LONGEST_PAUSE_SECONDS, 2.0 ** (tries - QUICK_TRIES + 1))


def _died_here(holder: str) -> bool:
    """Tell whether a lease's holder was a process of this machine that is gone."""
    host, _, pid = holder.rpartition("@")[2].rpartition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False
