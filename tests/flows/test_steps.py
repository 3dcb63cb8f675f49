"""The loop, without Prefect: what is ready runs in parallel, each once, until people or the end remain."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows import leasehold, steps
from flows.steps import Ending, StepTroubleError, advance
from models.database import Store
from models.home import init_home
from models.incident import Lease
from models.settings import Settings
from response import leases
from response.context import StepFailedError, StepOutcome
from response.leases import LeaseLostError
from response.plan import PlanView, StepCard


class Plan:
    """Steps with what each needs; `perform` marks them done and notes the order and who ran beside whom."""

    def __init__(self, needs: dict[str, set[str]], asks: set[str] = frozenset()) -> None:
        self.needs, self.asks = needs, asks
        self.done: list[str] = []
        self.failed: list[str] = []
        self.beside: dict[str, set[str]] = {}
        self.running: set[str] = set()
        self.outcomes: dict[str, list[StepOutcome | Exception]] = {}

    def view(self, _store: Store, incident_id: str) -> PlanView:
        open_ = [k for k in self.needs if k not in self.done and k not in self.failed]
        free = [key for key in open_ if self.needs[key] <= set(self.done)]
        cards = [
            StepCard(k, "contain", {"en": k}, "manual.task", 1, None) for k in free if k not in self.asks
        ]
        return PlanView(
            incident_id=incident_id,
            title="A breach",
            drill=False,
            ready=tuple(cards),
            waiting=tuple(key for key in free if key in self.asks),
            failed=tuple(self.failed),
            finished=not open_ and not self.failed,
        )

    async def perform(self, card: StepCard) -> StepOutcome:
        self.running.add(card.key)
        for key in self.running:
            self.beside.setdefault(key, set()).update(self.running)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.running.discard(card.key)
        said = self.outcomes.get(card.key) or [StepOutcome()]
        outcome = said.pop(0)
        if isinstance(outcome, StepFailedError):
            self.failed.append(card.key)
        if isinstance(outcome, Exception):
            raise outcome
        if not outcome.more:
            self.done.append(card.key)
        return outcome


@pytest.fixture
def home(tmp_path: Path) -> Store:
    settings = Settings(home=tmp_path / "home", lease_seconds=2)
    init_home(settings)
    return Store(settings)


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch, home: Store) -> Callable[..., Ending]:
    def run(plan: Plan, at_gate: steps.AtGate | None = None) -> Ending:
        async def nobody(_view: PlanView) -> bool:
            return False

        monkeypatch.setattr(steps, "next_steps", plan.view)
        return asyncio.run(advance(home, "INC-1", "me", plan.perform, at_gate or nobody))

    return run


def held(store: Store) -> Lease | None:
    with store.reading() as session:
        return session.get(Lease, "INC-1")


def test_advance_runs_every_step_once_in_order(follow: Callable[..., Ending]) -> None:
    plan = Plan({"a": set(), "b": {"a"}, "c": {"b"}})
    assert (follow(plan), plan.done) == (Ending.FINISHED, ["a", "b", "c"])


def test_advance_runs_independent_steps_beside_each_other(follow: Callable[..., Ending]) -> None:
    plan = Plan({"a": set(), "b": set(), "c": {"a", "b"}})
    follow(plan)
    assert plan.beside == {"a": {"a", "b"}, "b": {"a", "b"}, "c": {"c"}}


def test_advance_repeats_a_batched_step_until_it_has_no_more(follow: Callable[..., Ending]) -> None:
    plan = Plan({"a": set()})
    plan.outcomes["a"] = [StepOutcome(more=True), StepOutcome(more=True), StepOutcome()]
    follow(plan)
    assert (plan.done, plan.outcomes["a"]) == (["a"], [])


def test_advance_stops_at_a_question_that_nobody_answers(follow: Callable[..., Ending]) -> None:
    plan = Plan({"a": set(), "ask": {"a"}, "b": {"ask"}}, asks={"ask"})
    assert (follow(plan), plan.done) == (Ending.WAITING, ["a"])


def test_advance_goes_on_when_the_gate_brings_an_answer(follow: Callable[..., Ending]) -> None:
    plan = Plan({"ask": set(), "b": {"ask"}}, asks={"ask"})

    async def answer(view: PlanView) -> bool:
        plan.done.extend(view.waiting)
        return True

    assert (follow(plan, answer), plan.done) == (Ending.FINISHED, ["ask", "b"])


def test_advance_finishes_other_branches_before_it_stops_at_a_question(follow: Callable[..., Ending]) -> None:
    plan = Plan({"ask": set(), "a": set(), "b": {"a"}}, asks={"ask"})
    assert (follow(plan), plan.done) == (Ending.WAITING, ["a", "b"])


def test_advance_says_stuck_when_a_failed_step_blocks_the_plan(follow: Callable[..., Ending]) -> None:
    plan = Plan({"a": set(), "b": {"a"}})
    plan.outcomes["a"] = [StepFailedError("Step a failed.")]
    assert (follow(plan), plan.done) == (Ending.STUCK, [])


def test_advance_tries_again_after_trouble_that_left_no_record(follow: Callable[..., Ending]) -> None:
    plan = Plan({"a": set()})
    plan.outcomes["a"] = [StepTroubleError("The database was locked."), StepOutcome()]
    assert (follow(plan), plan.done) == (Ending.FINISHED, ["a"])


def test_advance_gives_up_on_trouble_without_end(
    follow: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "TROUBLE_LIMIT", 2)
    plan = Plan({"a": set()})
    plan.outcomes["a"] = [StepTroubleError("locked")] * 5
    with pytest.raises(StepTroubleError, match="Step a can't be run or recorded"):
        follow(plan)
    assert len(plan.outcomes["a"]) == 3


def test_advance_gives_its_lease_back(follow: Callable[..., Ending], home: Store) -> None:
    follow(Plan({"a": set()}))
    assert held(home) is None


def test_advance_leaves_an_incident_that_someone_else_holds(
    follow: Callable[..., Ending], home: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "take", lambda *_: False)
    plan = Plan({"a": set()})
    with pytest.raises(LeaseLostError):
        follow(plan)
    assert plan.done == []


def test_advance_takes_over_when_a_dead_holder_s_lease_runs_out(
    follow: Callable[..., Ending], home: Store
) -> None:
    leases.take(home, "INC-1", "dead")
    plan = Plan({"a": set()})
    assert (follow(plan), plan.done) == (Ending.FINISHED, ["a"])


def test_lease_that_ran_out_is_taken_however_slow_the_answers_are(
    follow: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds, answers, take = [0.0], iter([False, True]), leases.take

    def slow(*asked: Any) -> bool:
        seconds[0] += 60
        return next(answers) and take(*asked)

    monkeypatch.setattr(leases, "take", slow)
    monkeypatch.setattr(leasehold, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
    assert follow(Plan({"a": set()})) is Ending.FINISHED


def test_advance_stops_when_its_lease_is_lost(follow: Callable[..., Ending], home: Store) -> None:
    plan = Plan({"ask": set()}, asks={"ask"})

    async def lose(_view: PlanView) -> bool:
        with home.work() as unit:
            unit.session.get(Lease, "INC-1").holder = "another"
        await asyncio.sleep(0.05)
        return True

    with pytest.raises(LeaseLostError):
        follow(plan, lose)
    assert held(home).holder == "another"


def test_executor_name_tells_run_machine_and_process() -> None:
    run, _, place = leasehold.executor_name("run-1").partition("@")
    assert (run, place.count(":")) == ("run-1", 1)
