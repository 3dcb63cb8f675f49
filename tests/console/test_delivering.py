"""A campaign beside the plan is delivered by the engine once it is approved, and again when a run died."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from console.delivering import Deliveries
from console.engine import RunState
from models.clock import VirtualClock
from models.database import Store
from models.notice import Campaign
from tests.support.stage import declare_staged

ID = "INC-2026-0001/N1"


@dataclass
class Runs:
    """Stands for the engine: the runs of one campaign, newest first, and what was asked of it."""

    clock: VirtualClock
    runs: list[RunState] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def deliveries(self, _campaign_id: str) -> list[RunState]:
        return self.runs

    def deliver(self, campaign_id: str, attempt: int = 0) -> str:
        self.asked.append(f"deliver {campaign_id} {attempt}")
        self.runs.insert(0, RunState(str(attempt), "SCHEDULED", "Scheduled", self.clock(), "d"))
        return str(attempt)

    def declare_crashed(self, run_id: str) -> bool:
        self.asked.append(f"crashed {run_id}")
        self.end("CRASHED")
        return True

    def end(self, kind: str) -> None:
        self.runs[0] = RunState(self.runs[0].run_id, kind, kind, self.clock(), "d")


@pytest.fixture
def runs(clock: VirtualClock) -> Runs:
    return Runs(clock)


@pytest.fixture
def deliveries(store: Store, runs: Runs) -> Deliveries:
    add_campaign(store)
    return Deliveries(store, runs, lambda: None)


def add_campaign(store: Store, *, drill: bool = False) -> None:
    incident = declare_staged(store, "INC-2026-0001")
    with store.work() as unit:
        row = Campaign(
            id=ID,
            incident_id=incident,
            message="breach-notice",
            template_hash="",
            facts_version=1,
            details={},
            status="approved",
            prepared_at=unit.clock(),
            requested_by="comms-1",
            drill=drill,
        )
        unit.session.add(row)


def campaign(store: Store) -> Campaign:
    with store.reading() as session:
        return session.get_one(Campaign, ID)


def set_status(store: Store, status: str) -> None:
    with store.work() as unit:
        unit.session.get_one(Campaign, ID).status = status


def test_approved_campaign_gets_one_run(deliveries: Deliveries, runs: Runs) -> None:
    assert [deliveries.once(), deliveries.once()] == [{"started": 1}, {"runs": 1}]
    assert runs.asked == [f"deliver {ID} 0"]


@pytest.mark.parametrize("status", ["prepared", "paused", "done", "cancelled"])
def test_campaign_that_may_not_be_sent_gets_none(
    store: Store, deliveries: Deliveries, runs: Runs, status: str
) -> None:
    set_status(store, status)
    assert (deliveries.once(), runs.asked) == ({}, [])


def test_drills_campaign_is_left_to_its_drill(store: Store, runs: Runs) -> None:
    add_campaign(store, drill=True)
    assert (Deliveries(store, runs, lambda: None).once(), runs.asked) == ({}, [])


def test_campaign_that_was_resumed_gets_another_run_at_once(
    store: Store, deliveries: Deliveries, runs: Runs
) -> None:
    deliveries.once()
    runs.end("COMPLETED")  # as it does when the campaign is paused
    set_status(store, "sending")
    assert (deliveries.once(), runs.asked[-1]) == ({"started": 1}, f"deliver {ID} 1")


def test_run_that_died_is_replaced_after_growing_pauses(
    deliveries: Deliveries, runs: Runs, clock: VirtualClock
) -> None:
    deliveries.once()
    runs.end("FAILED")
    clock.advance(timedelta(seconds=1))
    assert deliveries.once() == {"waits": 1}
    clock.advance(timedelta(seconds=1))
    assert deliveries.once() == {"started": 1}


def test_run_of_a_worker_that_died_is_replaced(store: Store, runs: Runs, clock: VirtualClock) -> None:
    add_campaign(store)
    worker: list[datetime] = [clock()]
    deliveries = Deliveries(store, runs, lambda: worker[0])
    deliveries.once()
    runs.end("RUNNING")
    assert deliveries.once() == {"runs": 1}
    clock.advance(timedelta(seconds=9))
    worker[0] = clock()
    deliveries.once()
    assert runs.asked == [f"deliver {ID} 0", "crashed 0"]
    clock.advance(timedelta(seconds=9))
    assert (deliveries.once(), len(runs.runs)) == ({"started": 1}, 2)


def test_delivery_that_fails_again_and_again_pauses_the_campaign_and_calls_people(
    store: Store, deliveries: Deliveries, runs: Runs, clock: VirtualClock
) -> None:
    store.settings.revive_limit = 2
    for _ in range(3):
        assert deliveries.once() == {"started": 1}
        runs.end("CRASHED")
        clock.advance(timedelta(seconds=60))
    assert [deliveries.once(), deliveries.once()] == [{"stopped": 1}, {}]
    assert (campaign(store).status, campaign(store).stopped_because) == (
        "paused",
        "Its delivery ended 3 times; logs/worker.log says why.",
    )
