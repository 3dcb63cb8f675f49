"""Small plans for tests, and random ones for properties."""

import json
import zlib
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from playbooks.loader import load_playbook
from playbooks.planner import Plan, StepResult, plan_next
from playbooks.routes import Routes
from playbooks.schema import Playbook

NAME = {"en": "A step", "zh": "步骤"}


def task(**keys: Any) -> dict[str, Any]:
    return {"type": "action", "name": NAME, "action": "manual.task", **keys}


def composite(kind: str, **keys: Any) -> dict[str, Any]:
    return {"type": kind, "name": NAME, **keys}


def document(workflow: dict[str, Any], **keys: Any) -> dict[str, Any]:
    start = composite("start", on_completion=next(iter(workflow)))
    return {
        "schema": "tocsin/playbook/1",
        "id": "small",
        "version": "1.0.0",
        "name": NAME,
        "description": NAME,
        "roles": ["responder"],
        "workflow_start": "start",
        "workflow": {"start": start, **workflow},
        **keys,
    }


def plan_of(workflow: dict[str, Any], **keys: Any) -> Playbook:
    return load_playbook(json.dumps(document(workflow, **keys)), "small.yaml")


def done(*steps: str, **values: Any) -> dict[str, StepResult]:
    return {step: StepResult("done", values.get(step.replace("#", "_"), {})) for step in steps}


def simulate(
    playbook: Playbook, picks: list[int], facts: dict[str, Any] | None = None
) -> list[tuple[str, Plan]]:
    """Run a plan to where it stops, choosing among the ready steps; each step sets `v` by its key."""
    results: dict[str, StepResult] = {}
    trace = []
    for turn in range(2000):
        plan = plan_next(playbook, results, facts)
        if not plan.ready:
            return [*trace, ("", plan)]
        key = plan.ready[picks[turn % len(picks)] % len(plan.ready)]
        trace.append((key, plan))
        results[key] = outcome_of(key)
    raise AssertionError("the plan does not come to an end")


def outcome_of(key: str) -> StepResult:
    """Decide by the key alone, so that the order of running cannot matter."""
    chance = zlib.crc32(key.encode())
    return StepResult("failed" if chance % 11 == 0 else "done", {"v": chance % 3 != 0, "n": chance % 5})


class Builder:
    """Lays steps out as blocks: each block gets the id of the step that follows it."""

    def __init__(self) -> None:
        self.steps: dict[str, Any] = {}

    def new(self, kind: str) -> str:
        step_id = f"{kind}{len(self.steps)}"
        self.steps[step_id] = {}
        return step_id

    def block(self, shape: Any, after: str) -> str:
        """Build a shape that leads to `after`; give the id of its first step."""
        return getattr(self, shape[0])(after, *shape[1:])

    def end(self) -> str:
        step_id = self.new("e")
        self.steps[step_id] = composite("end")
        return step_id

    def act(self, after: str, handled: bool = False) -> str:
        step_id = self.new("a")
        flow = {"on_success": after, "on_failure": after} if handled else {"on_completion": after}
        self.steps[step_id] = task(**flow)
        return step_id

    def seq(self, after: str, shapes: list[Any]) -> str:
        for shape in reversed(shapes):
            after = self.block(shape, after)
        return after

    def both(self, after: str, shapes: list[Any], enclosed: bool) -> str:
        step_id = self.new("p")
        heads = [self.block(shape, self.end() if enclosed else after) for shape in shapes]
        over = {"on_completion": after} if enclosed else {}
        self.steps[step_id] = composite("parallel", next_steps=heads, **over)
        return step_id

    def choice(self, after: str, yes: Any, no: Any, enclosed: bool) -> str:
        step_id = self.new("i")
        target = self.end() if enclosed else after
        over = {"on_completion": after} if enclosed else {}
        heads = {"on_true": self.block(yes, target), "on_false": self.block(no, target)}
        self.steps[step_id] = composite("if-condition", condition="v == true", **heads, **over)
        return step_id

    def loop(self, after: str, body: Any, back: bool) -> str:
        step_id = self.new("w")
        head = self.block(body, step_id if back else self.end())
        self.steps[step_id] = composite(
            "while-condition", condition="n > 1", on_true=head, on_completion=after, max_iterations=4
        )
        return step_id


ACT = st.builds(lambda handled: ("act", handled), st.booleans())


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.tuples(st.just("seq"), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("both"), st.lists(inner, min_size=1, max_size=3), st.booleans()),
        st.tuples(st.just("choice"), inner, inner, st.booleans()),
        st.tuples(st.just("loop"), inner, st.booleans()),
    )


@st.composite
def structured_plans(draw: st.DrawFn) -> Playbook:
    shape = draw(st.recursive(ACT, _grown, max_leaves=12))
    builder = Builder()
    head = builder.block(("seq", [("act", True), shape]), builder.end())
    return plan_of({head: builder.steps.pop(head), **builder.steps}, variables=_VARIABLES)


@st.composite
def tangled_plans(draw: st.DrawFn) -> Playbook:
    """Steps that lead to any later step: no tidy blocks, but no way back either."""
    count = draw(st.integers(2, 10))
    steps: dict[str, Any] = {}
    for at in range(count):
        later = st.integers(at + 1, count).map(lambda n: f"s{n}")
        kind = draw(st.sampled_from(["act", "handled", "parallel", "enclosing", "if"]))
        targets = draw(st.lists(later, min_size=3, max_size=3))
        steps[f"s{at}"] = {
            "act": lambda t: task(on_completion=t[0]),
            "handled": lambda t: task(on_success=t[0], on_failure=t[1]),
            "parallel": lambda t: composite("parallel", next_steps=t),
            "enclosing": lambda t: composite("parallel", next_steps=t[:2], on_completion=t[2]),
            "if": lambda t: composite("if-condition", condition="v == true", on_true=t[0], on_false=t[1]),
        }[kind](targets)
    steps[f"s{count}"] = composite("end")
    playbook = plan_of(steps, variables=_VARIABLES)
    assume(not Routes(playbook).circle)  # branches that cross wait for each other; the planner refuses those
    return playbook


_VARIABLES = {"v": {"type": "boolean"}, "n": {"type": "integer"}}
