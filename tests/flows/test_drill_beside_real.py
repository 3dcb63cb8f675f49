"""A drill beside a real response in one home, on SQLite and on PostgreSQL: the same ledger, and nothing mixed."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from sqlmodel import select

from console.founding import found_home
from flows.leasehold import executor_name
from flows.rehearsal import _endpoints, rehearse
from flows.steps import Ending, advance
from models.accountability import Report
from models.database import Store
from models.home import open_home
from models.incident import Incident
from models.ledger import LedgerEntry
from models.ledger_audit import audit_home
from models.notice import Campaign
from models.settings import Settings
from models.signal import Signal
from playbooks.scenario import Scenario
from playbooks.scenario_checks import checked_scenario
from reports.exercises_held import exercises_held
from reports.portfolio import build_portfolio
from response.calling.call_sending import send_waiting_calls
from response.context import StepOutcome
from response.detection import take_signal
from response.drilling import drills
from response.drilling.exercise import Performance, answer_waiting
from response.plan import PlanView, StepCard
from response.steps import run_step

SCENARIO, FEW = "open-bucket", 20
ALWAYS, EVER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# What a drill enters beside what a real response does: itself, and what its clock meets by flying over whole days.
OF_A_DRILL = {"drill:started", "drill:injected", "drill:scored", "report:compiled"}
OF_ITS_CLOCK = {"obligation:due_soon", "person:paged", "person:called"}


@pytest.fixture
def scenario(monkeypatch: pytest.MonkeyPatch) -> Scenario:
    """Let the scenario concern few people: how many makes no other drill, only a longer one."""
    few = checked_scenario(SCENARIO).model_copy(update={"people": FEW})
    monkeypatch.setattr(drills, "checked_scenario", lambda _name: few)
    return few


def respond_for_real(settings: Settings, scenario: Scenario) -> str:
    """Play a scenario as a real incident on everybody's clock, as a demonstration does; gives its id."""
    with _endpoints(settings) as serving:
        store = open_home(serving)
        performance = Performance(scenario, store.clock(), "real")
        signal = scenario.signal
        _, incident = take_signal(
            store, performance.signal(), signal.form, signal.told_by, playbook=scenario.playbook
        )
        assert incident is not None
        assert asyncio.run(carried(store, performance, incident.id)) is Ending.FINISHED
        store.engine.dispose()
    return incident.id


async def carried(store: Store, performance: Performance, incident_id: str) -> Ending:
    executor = executor_name("real")

    async def perform(card: StepCard) -> StepOutcome:
        return await asyncio.to_thread(run_step, store, incident_id, card.key, executor)

    async def at_gate(_view: PlanView) -> bool:
        await asyncio.to_thread(send_waiting_calls, store, incident_id)
        return bool(await asyncio.to_thread(answer_waiting, store, performance, incident_id))

    return await advance(store, incident_id, executor, perform, at_gate)


@pytest.fixture
def played(settings: Settings, scenario: Scenario) -> Iterator[tuple[Store, str, str]]:
    """Play a scenario for real and then as a drill in one home; gives the ids of both."""
    found_home(settings)
    real = respond_for_real(settings, scenario)
    drilled = rehearse(settings, SCENARIO, None, lambda _: None)
    store = open_home(settings)
    yield store, real, drilled
    store.engine.dispose()


def entries(store: Store, incident_id: str) -> list[Mapping[str, Any]]:
    with store.reading() as session:
        query = select(LedgerEntry.document).where(LedgerEntry.incident_id == incident_id)
        return [orjson.loads(document) for document in session.exec(query.order_by(LedgerEntry.seq))]


def shapes(told: list[Mapping[str, Any]]) -> Counter[tuple[str, str, tuple[str, ...]]]:
    """Count entries by tag, step and the keys of their body."""
    return Counter((each["tag"], str(each["body"].get("step")), tuple(sorted(each["body"]))) for each in told)


def by_step(told: list[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Give the sequence of tags of each step, in its order."""
    sequences: dict[str, list[str]] = {}
    for each in told:
        if "step" in each["body"]:
            sequences.setdefault(each["body"]["step"], []).append(each["tag"])
    return sequences


def test_drill_and_real_response_write_the_same_ledger_and_nothing_is_mixed(
    played: tuple[Store, str, str],
) -> None:
    store, real, drilled = played
    told, rehearsed = entries(store, real), entries(store, drilled)
    assert shapes(told) - shapes(rehearsed) == Counter()
    assert {tag for tag, _, _ in shapes(rehearsed) - shapes(told)} <= OF_A_DRILL | OF_ITS_CLOCK
    assert by_step(rehearsed) == by_step(told)
    assert ({each["drill"] for each in told}, {each["drill"] for each in rehearsed}) == ({False}, {True})
    with store.reading() as session:
        for table in (Incident, Signal, Campaign):
            assert sorted(session.exec(select(table.drill))) == [False, True]  # type: ignore[attr-defined]
        portfolio = build_portfolio(session, ALWAYS, EVER, store.clock())
        reports = set(session.exec(select(Report.incident_id)))
        held = [each.id for each in exercises_held(session)]
    assert [line.id for line in portfolio.incidents] == [real]
    assert [line.id for line in portfolio.drills] == [drilled]
    assert (reports, held) == ({real, drilled}, [drilled])
    assert audit_home(store).findings == ()


@pytest.mark.parametrize(("name", "days"), [("open-bucket", 6.0), ("ransomware-exfiltration", 30.0)])
def test_72_hours_and_a_month_take_less_than_a_minute(
    name: str, days: float, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = checked_scenario(name).model_copy(update={"people": FEW})
    monkeypatch.setattr(drills, "checked_scenario", lambda _name: few)
    settings = Settings(home=tmp_path / "home")
    found_home(settings)
    began = time.process_time()  # of this process alone: another's work does not make a drill slower
    found = drills.find_drill(open_home(settings), rehearse(settings, name, None, lambda _: None))
    assert time.process_time() - began < 60
    assert found.score is not None
    assert found.score["days"] == days
    by_72_hours = [each for each in found.score["expectations"] if each["by"] == "PT72H"]
    assert [each["met"] for each in by_72_hours] == [True]
