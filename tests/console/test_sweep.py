"""The sweep: what our records and the engine say differently is put right, within bounds."""

import os
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlmodel import func, select

from console import sweep as sweeping
from console.engine import EngineRefusedError, RunState
from console.sweep import Sweep
from models.clock import VirtualClock
from models.database import Store
from models.drill import Drill
from models.incident import Incident, Lease, PlaybookVersion
from models.ledger import LedgerEntry
from models.playbook_run import StepRun
from response import actions, leases
from response.plan import next_steps
from response.steps import run_step
from tests.support.stage import answer_open, declare_staged, local, outside


@dataclass
class Runs:
    """Stands for the engine: runs with their states, and what was asked of it."""

    clock: VirtualClock
    kinds: dict[str, str] = field(default_factory=dict)
    since: datetime | None = None
    asked: list[str] = field(default_factory=list)
    refuses: bool = False

    def start(self, incident: Incident, attempt: int = 0) -> str:
        run_id = f"run-{incident.id}-{attempt}"
        self.kinds[run_id] = "SCHEDULED"
        self.asked.append(f"start {attempt}")
        return run_id

    def states(self, run_ids: object) -> dict[str, RunState]:
        since = self.since or self.clock()
        known = [each for each in run_ids if each in self.kinds]
        return {each: RunState(each, self.kinds[each], self.kinds[each], since, "d") for each in known}

    def wake(self, run_id: str) -> bool:
        self.kinds[run_id] = "SCHEDULED"
        self.asked.append("wake")
        return True

    def revive(self, run_id: str, kind: str) -> bool:
        if self.refuses:
            raise EngineRefusedError(409, "revive")
        self.kinds[run_id] = "SCHEDULED"
        self.asked.append(f"revive {kind}")
        return True


@pytest.fixture
def runs(clock: VirtualClock) -> Runs:
    return Runs(clock)


@pytest.fixture
def sweep(store: Store, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> Sweep:
    monkeypatch.setattr(sweeping, "GRACE_SECONDS", 0.0)
    return Sweep(store, runs)


@pytest.fixture
def incident_id(store: Store) -> str:
    return declare_staged(store, "INC-2026-0001")


@pytest.fixture
def run(store: Store, incident_id: str, runs: Runs) -> str:
    """Give the incident a run."""
    change(store, incident_id, flow_run_id="run-1")
    runs.kinds["run-1"] = "SCHEDULED"
    return "run-1"


def change(store: Store, incident_id: str, **values: object) -> None:
    with store.work() as unit:
        row = unit.session.get_one(Incident, incident_id)
        for name, value in values.items():
            setattr(row, name, value)


def incident(store: Store, incident_id: str) -> Incident:
    with store.reading() as session:
        return session.get_one(Incident, incident_id)


def hold(store: Store, incident_id: str, holder: str = "x@elsewhere:1", seconds: int = 15) -> None:
    with store.work() as unit:
        until = store.clock() + timedelta(seconds=seconds)
        unit.session.add(Lease(incident_id=incident_id, holder=holder, expires_at=until))


def park(store: Store, incident_id: str) -> None:
    """Leave the plan with nothing to do but wait for an answer."""
    leases.take(store, incident_id, "me")
    with pytest.MonkeyPatch.context() as patch:
        for name in actions.LOCAL:
            patch.setitem(actions.LOCAL, name, local)
        for name in actions.OUTSIDE:
            patch.setitem(actions.OUTSIDE, name, outside)
        while ready := next_steps(store, incident_id).ready:
            for card in ready:
                run_step(store, incident_id, card.key, "me")
    leases.release(store, incident_id, "me")


def said(store: Store, tag: str) -> int:
    with store.reading() as session:
        return session.exec(select(func.count()).where(LedgerEntry.tag == tag)).one()


def test_sweep_starts_an_incident_that_has_no_run(
    store: Store, sweep: Sweep, runs: Runs, incident_id: str
) -> None:
    assert sweep.once() == {"started": 1}
    assert incident(store, incident_id).flow_run_id == "run-INC-2026-0001-0"
    assert (sweep.once(), runs.asked) == ({"runs": 1}, ["start 0"])


def test_sweep_leaves_closed_incidents_and_drills_on_their_way_alone(
    store: Store, sweep: Sweep, runs: Runs, incident_id: str
) -> None:
    change(store, incident_id, status="closed")
    declare_staged(store, "DRL-2026-0001", drill=True)
    change(store, "DRL-2026-0001", scenario="open-bucket")
    assert (sweep.once(), runs.asked) == ({"waits": 1}, [])


def test_sweep_makes_a_run_anew_when_the_engine_lost_it(
    store: Store, sweep: Sweep, runs: Runs, run: str, incident_id: str
) -> None:
    del runs.kinds[run]
    assert sweep.once() == {"revived": 1}
    assert (runs.asked, incident(store, incident_id).flow_run_id) == (["start 1"], "run-INC-2026-0001-1")


def test_sweep_leaves_a_running_response_with_a_live_lease_alone(
    store: Store, sweep: Sweep, runs: Runs, run: str, incident_id: str, clock: VirtualClock
) -> None:
    runs.kinds[run], runs.since = "RUNNING", clock()
    clock.advance(timedelta(hours=1))
    hold(store, incident_id)
    assert (sweep.once(), sweep.once(), runs.asked) == ({"runs": 1}, {"runs": 1}, [])


def test_sweep_revives_a_running_response_that_nobody_holds(
    store: Store, sweep: Sweep, runs: Runs, run: str, incident_id: str, clock: VirtualClock
) -> None:
    runs.kinds[run], runs.since = "RUNNING", clock()
    hold(store, incident_id)
    clock.advance(timedelta(seconds=16))
    assert (sweep.once(), runs.asked) == ({"revived": 1}, ["revive RUNNING"])
    assert (said(store, "response:revived"), incident(store, incident_id).revivals) == (1, 1)


def test_sweep_gives_a_response_that_just_started_time_to_take_its_lease(
    sweep: Sweep, runs: Runs, run: str, clock: VirtualClock
) -> None:
    runs.kinds[run], runs.since = "RUNNING", clock()
    clock.advance(timedelta(seconds=2))
    assert (sweep.once(), runs.asked) == ({"runs": 1}, [])


def test_sweep_sees_at_once_that_a_holder_on_this_machine_died(
    store: Store, sweep: Sweep, runs: Runs, run: str, incident_id: str
) -> None:
    dead = os.fork()
    if dead == 0:
        os._exit(0)
    os.waitpid(dead, 0)
    runs.kinds[run], runs.since = "RUNNING", store.clock() - timedelta(minutes=1)
    hold(store, incident_id, f"run@{socket.gethostname()}:{dead}")
    assert (sweep.once(), runs.asked) == ({"revived": 1}, ["revive RUNNING"])


def test_sweep_leaves_a_living_holder_on_this_machine_alone(
    store: Store, sweep: Sweep, runs: Runs, run: str, incident_id: str
) -> None:
    runs.kinds[run], runs.since = "RUNNING", store.clock() - timedelta(minutes=1)
    hold(store, incident_id, f"run@{socket.gethostname()}:{os.getpid()}")
    assert (sweep.once(), runs.asked) == ({"runs": 1}, [])


def test_sweep_revives_a_run_stuck_before_running(
    sweep: Sweep, runs: Runs, run: str, clock: VirtualClock
) -> None:
    runs.kinds[run], runs.since = "PENDING", clock()
    assert sweep.once() == {"runs": 1}
    clock.advance(timedelta(seconds=61))
    assert (sweep.once(), runs.asked) == ({"revived": 1}, ["revive PENDING"])


def test_sweep_revives_at_once_what_an_earlier_worker_took_and_never_ran(
    store: Store, runs: Runs, run: str, clock: VirtualClock
) -> None:
    runs.kinds[run], runs.since = "PENDING", clock()
    started = clock.advance(timedelta(seconds=1))
    sweep = Sweep(store, runs, lambda: started)
    assert (sweep.once(), runs.asked) == ({"revived": 1}, ["revive PENDING"])


def test_sweep_believes_no_late_report_of_a_death_while_the_next_try_is_at_work(
    store: Store, sweep: Sweep, runs: Runs, run: str, incident_id: str
) -> None:
    runs.kinds[run] = "CRASHED"
    hold(store, incident_id)
    assert (sweep.once(), runs.asked) == ({"runs": 1}, [])


@pytest.mark.parametrize("kind", ["CRASHED", "FAILED", "COMPLETED", "CANCELLED"])
def test_sweep_revives_an_ended_run_whose_plan_can_go_on(
    sweep: Sweep, runs: Runs, run: str, kind: str
) -> None:
    runs.kinds[run] = kind
    assert (sweep.once(), runs.asked) == ({"revived": 1}, [f"revive {kind}"])


def test_sweep_starts_anew_when_a_completed_run_can_t_go_on(sweep: Sweep, runs: Runs, run: str) -> None:
    runs.kinds[run], runs.refuses = "COMPLETED", True
    assert (sweep.once(), runs.asked) == ({"revived": 1}, ["start 1"])


def test_sweep_wakes_a_parked_run_only_once_it_is_answered(
    store: Store, sweep: Sweep, runs: Runs, run: str, incident_id: str
) -> None:
    park(store, incident_id)
    runs.kinds[run] = "PAUSED"
    assert (sweep.once(), runs.asked) == ({"parked": 1}, [])
    answer_open(store, incident_id)
    assert (sweep.once(), runs.asked) == ({"woken": 1}, ["wake"])


def test_sweep_leaves_a_crashed_run_alone_while_only_people_can_go_on(
    store: Store, sweep: Sweep, runs: Runs, run: str, incident_id: str
) -> None:
    park(store, incident_id)
    runs.kinds[run] = "CRASHED"
    assert (sweep.once(), runs.asked) == ({"parked": 1}, [])


def test_sweep_makes_a_lost_parked_run_anew(
    store: Store, sweep: Sweep, runs: Runs, run: str, incident_id: str
) -> None:
    park(store, incident_id)
    del runs.kinds[run]
    assert (sweep.once(), runs.asked) == ({"revived": 1}, ["start 1"])


def test_sweep_waits_longer_each_time_and_then_calls_people_once(
    store: Store, sweep: Sweep, runs: Runs, run: str, incident_id: str, clock: VirtualClock
) -> None:
    store.settings.revive_limit = 6
    moments = []
    for second in range(40):
        runs.kinds[run] = "CRASHED"
        if sweep.once() == {"revived": 1}:
            moments.append(second)
        clock.advance(timedelta(seconds=1))
    assert moments == [0, 1, 2, 3, 5, 9]
    assert (said(store, "response:stalled"), said(store, "person:paged")) == (1, 1)
    assert sweep.once() == {"stalled": 1}


@pytest.mark.parametrize("tag", ["step:done", "notice:sent"])
def test_sweep_counts_anew_once_something_was_done(
    store: Store, sweep: Sweep, runs: Runs, run: str, incident_id: str, clock: VirtualClock, tag: str
) -> None:
    for _ in range(3):
        runs.kinds[run] = "CRASHED"
        assert sweep.once() == {"revived": 1}
        clock.advance(timedelta(seconds=1))
        with store.work() as unit:
            unit.record(tag, actor="tocsin", role="responder", incident_id=incident_id)
    assert incident(store, incident_id).revivals == 1


def test_sweep_calls_people_once_about_a_plan_stuck_at_a_failed_step(
    store: Store, sweep: Sweep, runs: Runs, run: str, incident_id: str, clock: VirtualClock
) -> None:
    with store.work() as unit:
        unit.session.add(
            StepRun(
                incident_id=incident_id, step="record", phase="detect", status="failed", started_at=clock()
            )
        )
    runs.kinds[run] = "FAILED"
    assert [sweep.once(), sweep.once()] == [{"stalled": 1}, {"parked": 1}]
    assert (said(store, "response:stalled"), runs.asked) == (1, [])


def test_sweep_of_one_faulty_incident_keeps_no_other_from_its_turn(
    store: Store, sweep: Sweep, runs: Runs, incident_id: str
) -> None:
    with store.work() as unit:
        first = unit.session.get_one(Incident, incident_id)
        unit.session.add(
            PlaybookVersion(content_hash="0", name="bad", text="no plan", stored_at=unit.clock())
        )
        unit.session.flush()
        first.playbook_hash, first.flow_run_id = "0", "run-1"
    runs.kinds["run-1"] = "FAILED"
    declare_staged(store, "INC-2026-0002")
    assert sweep.once() == {"trouble": 1, "started": 1}


@pytest.mark.parametrize(
    ("status", "done"), [("running", {"revived": 1}), ("stopped", {}), ("discarded", {})]
)
def test_drill_goes_on_by_itself_only_while_it_is_under_way(
    sweep: Sweep, store: Store, runs: Runs, status: str, done: dict[str, int]
) -> None:
    drill_id = declare_staged(store, "DRL-2026-0001", drill=True)
    change(store, drill_id, flow_run_id="run-1")
    runs.kinds["run-1"] = "CRASHED"
    with store.work() as unit:
        unit.session.add(
            Drill(
                incident_id=drill_id,
                scenario="open-bucket",
                scenario_hash="",
                run="run-1",
                status=status,
                started_at=unit.clock(),
                clock_at=unit.clock(),
            )
        )
    assert sweep.once() == done
