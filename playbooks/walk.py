"""One walk through a plan with the results so far; `playbooks.planner` is the way in."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from pydantic import JsonValue

from playbooks.catalogue import inputs_of
from playbooks.condition import evaluate, operand_value
from playbooks.graph import Edge, Frame, Graph
from playbooks.schema import Step, step_id_of

_WHOLE: Final = re.compile(r"\{\{\s*([a-z_][a-z0-9_.]*)\s*\}\}")
History = dict[str, None]
Round = tuple[int, ...]


class Result(Protocol):
    """What the walk reads of a step's result."""

    @property
    def status(self) -> Literal["done", "failed", "skipped", "waiting", "running"]:
        """How far the step is."""

    @property
    def values(self) -> Mapping[str, JsonValue] | None:
        """The variables it set."""


@dataclass
class Trip:
    """One frame being walked in one round: which edges are taken (True), not (False) or open (absent)."""

    frame: Frame
    round: Round
    taken: dict[Edge, bool] = field(default_factory=dict)
    seen: dict[str, History] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)

    def key(self, step_id: str) -> str:
        """Name a step in this round."""
        return step_key(step_id, self.round)


def step_key(step_id: str, rounds: Round) -> str:
    """`ask`, then `ask#2` in a loop's second round; inside nested loops `ask#2.1`."""
    return step_id if all(n == 1 for n in rounds) else f"{step_id}#{'.'.join(map(str, rounds))}"


@dataclass
class Walk:
    """Collects the steps by what can be done with them now."""

    graph: Graph
    results: Mapping[str, Result]
    facts: Mapping[str, Any]
    ready: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    not_taken: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    decided: dict[str, str] = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    rounds: dict[str, Round] = field(default_factory=dict)

    def whole(self) -> None:
        """Walk the plan from its start."""
        self._walk(Trip(self.graph.top(), ()), {})

    def as_written(self, keys: list[str]) -> tuple[str, ...]:
        """Put step keys in the order the steps are written."""
        place = {step_id: number for number, step_id in enumerate(self.graph.playbook.workflow)}
        return tuple(sorted(keys, key=lambda key: (place[step_id_of(key)], self.rounds[key])))

    def initial(self) -> dict[str, JsonValue]:
        """Give the variables as they stand before any step: defaults, then facts and signal."""
        values: dict[str, JsonValue] = {}
        for name, variable in self.graph.playbook.variables.items():
            found = self._known(variable.source) if variable.source else None
            values[name] = variable.default if found is None else found
        return values

    def inputs(self, key: str) -> Mapping[str, JsonValue]:
        """Fill in a step's `with:`; a step it names becomes that step's key in the same round."""
        step = self.graph.playbook.step(key)
        scope = self._scope(self.histories[key])
        wanted = inputs_of(step.action)
        filled: dict[str, JsonValue] = {}
        for name, value in step.inputs.items():
            names_step = name in wanted and wanted[name].kind == "step"
            filled[name] = self._same_round(str(value), key) if names_step else self._filled(value, scope)
        return filled

    def _walk(self, trip: Trip, before: History) -> None:
        for step_id in trip.frame.order:
            self._visit(trip, step_id, before if step_id == trip.frame.entry else None)

    def _visit(self, trip: Trip, step_id: str, entered: History | None) -> None:
        incoming = trip.frame.incoming[step_id]
        if any(edge not in trip.taken for edge in incoming):
            return
        live = [edge for edge in incoming if trip.taken[edge]]
        if not live and entered is None:
            self._settle(trip, step_id, taken=())
            self.not_taken.append(trip.key(step_id))
            return
        history = dict(entered or {})
        for edge in live:
            history |= self._history_over(trip, edge)
        self.histories[trip.key(step_id)] = history
        self.rounds[trip.key(step_id)] = trip.round
        trip.seen[step_id] = history
        self._enter(trip, step_id, self.graph.playbook.workflow[step_id])

    def _history_over(self, trip: Trip, edge: Edge) -> History:
        history = dict(trip.seen.get(edge.source, {}))
        if edge.label == "over":
            for step_id in trip.frame.order:
                if step_id in self.graph.region(edge.source):
                    history |= trip.seen.get(step_id, {})
        return history

    def _enter(self, trip: Trip, step_id: str, step: Step) -> None:
        if step.type == "while-condition":
            self._loop(trip, step_id, step)
        elif step.type in {"if-condition", "switch-condition"}:
            choice = self._choose(trip.key(step_id), step, trip.seen[step_id])
            self._settle(trip, step_id, taken=(choice,))
        elif step.type in {"start", "parallel"}:
            self._settle(
                trip, step_id, taken=("success", *(f"branch {n}" for n in range(len(step.next_steps))))
            )
        else:
            self._act(trip, step_id, step)

    def _act(self, trip: Trip, step_id: str, step: Step) -> None:
        key = trip.key(step_id)
        result = self.results.get(key)
        if result is None:
            self.ready.append(key)
        elif result.status in {"waiting", "running"}:
            (self.waiting if result.status == "waiting" else self.running).append(key)
        else:
            trip.seen[step_id][key] = None
            refused = result.status == "failed" or (result.status == "skipped" and step.action == "approval")
            if refused and step.on_failure is None:
                self.failed.append(key)
                return
            self.done.append(key)
            self._settle(trip, step_id, taken=("failure" if refused else "success",))

    def _settle(self, trip: Trip, step_id: str, taken: Iterable[str]) -> None:
        """Mark a step as over and its edges as taken or not; then close the composites that waited for it."""
        labels = set(taken)
        trip.over.add(step_id)
        for edge in self.graph.frame_edges(step_id):
            if edge.label != "over":
                self._mark(trip, edge, edge.label in labels)
            elif not labels:
                self._mark(trip, edge, taken=False)
        self._close(trip)

    def _close(self, trip: Trip) -> None:
        for over in trip.frame.overs:
            if over in trip.taken or over.source not in trip.over:
                continue
            region = self.graph.region(over.source)
            if all(inner in trip.over for inner in region if inner in trip.frame.incoming):
                self._mark(trip, over, taken=True)

    def _mark(self, trip: Trip, edge: Edge, taken: bool) -> None:
        trip.taken[edge] = taken
        if taken and self.graph.is_end(edge.target) and edge.target not in self.ends:
            self.ends.append(edge.target)

    def _choose(self, key: str, step: Step, history: History) -> str:
        pinned = self.results.get(key)
        label = (pinned.values or {}).get("branch") if pinned is not None else None
        if not isinstance(label, str):
            label = self._way_begun(key, self._branch(step, self._scope(history)))
        self.decided[key] = label
        return label

    def _way_begun(self, key: str, label: str) -> str:
        """Keep to a way on which something has already been done, whatever the facts say by now."""
        step_id, _, turn = key.partition("#")
        targets = {edge.label: edge.target for edge in self.graph.leaving[step_id]}
        for target, steps in self.graph.only_by(step_id).items():
            if targets.get(label) != target and any(self._has_result(inner, turn) for inner in steps):
                return next(other for other, led in targets.items() if led == target)
        return label

    def _has_result(self, step_id: str, turn: str) -> bool:
        return (f"{step_id}#{turn}" if turn else step_id) in self.results

    def _branch(self, step: Step, scope: Mapping[str, JsonValue]) -> str:
        def lookup(name: str) -> Any:
            return self._known(name) if name.startswith(("facts.", "signal.")) else scope.get(name)

        if step.type == "switch-condition":
            found = operand_value(str(step.switch), lookup)
            word = str(found).lower() if isinstance(found, bool) else str(found)
            return f"case {word if word in step.cases else 'default'}"
        answer = evaluate(str(step.condition), lookup)
        if answer is None:
            return "unknown" if step.on_unknown else "false"
        return "true" if answer else "false"

    def _loop(self, trip: Trip, loop: str, step: Step) -> None:
        history = trip.seen[loop]
        for turn in range(1, step.max_iterations + 1):
            rounds = (*trip.round, turn)
            choice = self._choose(step_key(loop, rounds), step, history)
            if choice != "true":
                self._settle(trip, loop, taken=("success",))
                return
            inner = Trip(self.graph.body_frame(loop), rounds)
            self._walk(inner, history)
            if any(step_id not in inner.over for step_id in inner.frame.order):
                return
            for seen in inner.seen.values():
                history |= seen
            left = {f"break {e.source} {e.label}" for e, taken in inner.taken.items() if taken}
            broken = left & {edge.label for edge in self.graph.breaks(loop)}
            if broken:
                self._settle(trip, loop, taken=broken)
                return
        beyond = step_key(loop, (*trip.round, step.max_iterations + 1))
        if beyond in self.results and self.results[beyond].status == "skipped":
            self._settle(trip, loop, taken=("success",))
        else:
            self.failed.append(beyond)

    def _scope(self, history: History) -> dict[str, JsonValue]:
        """Give the variables as the steps before left them: never what a parallel branch happens to set."""
        scope = self.initial()
        for key in history:
            scope.update(self.results[key].values or {})
        return scope

    def _known(self, path: str) -> Any:
        root, *parts = path.split(".")
        found: Any = self.facts if root == "facts" else self.facts.get("signal")
        for part in parts:
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def _filled(self, value: JsonValue, scope: Mapping[str, JsonValue]) -> JsonValue:
        if isinstance(value, list):
            return [self._filled(item, scope) for item in value]
        if not isinstance(value, str):
            return value
        whole = _WHOLE.fullmatch(value)
        if whole:
            return self._lookup(whole[1], scope)
        return _WHOLE.sub(lambda match: str(self._lookup(match[1], scope)), value)

    def _lookup(self, name: str, scope: Mapping[str, JsonValue]) -> JsonValue:
        if name.startswith(("facts.", "signal.")):
            found: JsonValue = self._known(name)
            return found
        return scope.get(name)

    def _same_round(self, named: str, key: str) -> str:
        shared = [loop in self.graph.loops_around(step_id_of(key)) for loop in self.graph.loops_around(named)]
        depth = shared.index(False) if False in shared else len(shared)
        return step_key(named, self.rounds[key][:depth])
