"""One walk through a plan with the results so far; `playbooks.planner` is the way in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from playbooks.choices import chosen_way, way_begun
from playbooks.graph import Edge, Frame, Graph
from playbooks.schema import Step, step_id_of
from playbooks.scope import History, Result, Round, Scope, step_key


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
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        self.scope = Scope(self.graph, self.results, self.facts)

    def whole(self) -> None:
        """Walk the plan from its start."""
        self._walk(Trip(self.graph.top(), ()), {})

    def as_written(self, keys: list[str]) -> tuple[str, ...]:
        """Put step keys in the order the steps are written."""
        place = {step_id: number for number, step_id in enumerate(self.graph.playbook.workflow)}
        return tuple(sorted(keys, key=lambda key: (place[step_id_of(key)], self.rounds[key])))

    def inputs(self, key: str) -> Mapping[str, JsonValue]:
        """Fill in a step's `with:` from the variables set before it."""
        return self.scope.inputs(key, self.histories[key], self.rounds[key])

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
            label = chosen_way(step, self.scope.reader(history))
            label = way_begun(self.graph, self.results, key, label)
        self.decided[key] = label
        return label

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
