"""The shape of a plan: its edges, its loops, and which steps belong to which branch.

A composite step (parallel, if, switch) that has `on_completion` encloses the steps its branches lead to: it
goes on when all of them are over. Without `on_completion`, branches meet where their edges meet. Loops are
taken out first, so what is left has no cycle and can be walked in one order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import Final, NamedTuple

from models.errors import RefusedError
from playbooks.schema import Playbook, Step

COMPOSITES: Final = frozenset({"parallel", "if-condition", "switch-condition"})


class Edge(NamedTuple):
    """From one step to the next. `label` says when it is taken."""

    source: str
    label: str
    target: str


def edges_of(step_id: str, step: Step) -> tuple[Edge, ...]:
    """Give the edges that leave a step, in the order they are written."""
    plain = {
        "success": step.on_success or (step.on_completion if step.type not in COMPOSITES else None),
        "failure": step.on_failure,
        "true": step.on_true,
        "false": step.on_false,
        "unknown": step.on_unknown,
        "over": step.on_completion if step.type in COMPOSITES else None,
    }
    edges = [Edge(step_id, label, target) for label, target in plain.items() if target is not None]
    edges += [Edge(step_id, f"branch {index}", target) for index, target in enumerate(step.next_steps)]
    edges += [Edge(step_id, f"case {case}", target) for case, target in step.cases.items()]
    return tuple(edges)


@dataclass(frozen=True)
class Frame:
    """Steps walked together: the whole plan without its loops' bodies, or one loop's body."""

    entry: str
    order: tuple[str, ...]
    incoming: Mapping[str, tuple[Edge, ...]]
    overs: tuple[Edge, ...]


class _Same:
    """A playbook as a key: the same object, not an equal one, for comparing whole plans costs more than a graph."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook

    def __hash__(self) -> int:
        return id(self.playbook)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.playbook is self.playbook


def graph_of(playbook: Playbook) -> "Graph":
    """Give a playbook's graph, worked out once for each playbook that was read."""
    return _graph(_Same(playbook))


@lru_cache(maxsize=64)
def _graph(same: _Same) -> "Graph":
    return Graph(same.playbook)


@dataclass
class Graph:
    """All that can be said of a playbook's shape without running it."""

    playbook: Playbook
    leaving: dict[str, tuple[Edge, ...]] = field(init=False)
    bodies: dict[str, frozenset[str]] = field(init=False)
    _ways: dict[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        steps = self.playbook.workflow
        self.leaving = {step_id: edges_of(step_id, step) for step_id, step in steps.items()}
        self.bodies = {}
        loops = [step_id for step_id, step in steps.items() if step.type == "while-condition"]
        for loop in loops:
            self.bodies[loop] = self._body(loop)

    def reach(self, heads: Iterable[str], stop: Iterable[str] = ()) -> frozenset[str]:
        """Every step that can follow `heads` (which count), not going past `stop`."""
        barred, found, waiting = set(stop), set[str](), list(heads)
        while waiting:
            step_id = waiting.pop()
            if step_id in found or step_id in barred:
                continue
            found.add(step_id)
            waiting.extend(edge.target for edge in self.leaving[step_id])
        return frozenset(found)

    def is_end(self, step_id: str) -> bool:
        """Tell whether a step is an `end`."""
        return self.playbook.workflow[step_id].type == "end"

    def region(self, composite: str) -> frozenset[str]:
        """Give the steps that a composite's branches enclose; empty when it has no `on_completion`."""
        return self._regions.get(composite, frozenset())

    def only_by(self, step_id: str) -> Mapping[str, frozenset[str]]:
        """Give, for each step a condition may lead to, the steps that only this way leads to."""
        if step_id not in self._ways:
            stops = [*self.loops_around(step_id), step_id]
            if self.playbook.workflow[step_id].on_completion:
                stops.append(str(self.playbook.workflow[step_id].on_completion))
            heads = dict.fromkeys(
                e.target for e in self.leaving[step_id] if e.label not in {"over", "success"}
            )
            elsewhere = self.reach([self.playbook.workflow_start], stop=[step_id])
            reached = {head: self.reach([head], stop=stops) - elsewhere for head in heads}
            self._ways[step_id] = {
                head: found.difference(*(other for name, other in reached.items() if name != head))
                for head, found in reached.items()
            }
        return self._ways[step_id]

    def top(self) -> Frame:
        """Give the frame of the whole plan."""
        return self._frames[""]

    def body_frame(self, loop: str) -> Frame:
        """Give the frame of one round of a loop."""
        return self._frames[loop]

    def loops_around(self, step_id: str) -> tuple[str, ...]:
        """Name the loops a step stands in, outermost first."""
        around = [loop for loop, body in self.bodies.items() if step_id in body]
        return tuple(sorted(around, key=lambda loop: -len(self.bodies[loop])))

    def _body(self, loop: str) -> frozenset[str]:
        step = self.playbook.workflow[loop]
        after = self.reach([str(step.on_completion)], stop=[loop])
        inside = self.reach([str(step.on_true)], stop=[loop])
        return frozenset(s for s in inside - after if not self.is_end(s))

    @cached_property
    def _regions(self) -> dict[str, frozenset[str]]:
        regions = {}
        for step_id, step in self.playbook.workflow.items():
            if step.type not in COMPOSITES or step.on_completion is None:
                continue
            loops = self.loops_around(step_id)
            heads = [edge.target for edge in self.leaving[step_id] if edge.label != "over"]
            stops = [*loops, step_id]
            after = self.reach([step.on_completion], stop=stops)
            inside = self.reach(heads, stop=[*stops, step.on_completion]) - after
            regions[step_id] = frozenset(s for s in inside if not self.is_end(s))
        return regions

    @cached_property
    def _frames(self) -> dict[str, Frame]:
        start = self.playbook.workflow_start
        frames = {"": self._frame(start, frozenset(self.playbook.workflow), None)}
        for loop, body in self.bodies.items():
            frames[loop] = self._frame(str(self.playbook.workflow[loop].on_true), body, loop)
        return frames

    def _frame(self, entry: str, within: frozenset[str], loop: str | None) -> Frame:
        nodes = self._nodes(within, loop)
        present = set(nodes)
        incoming: dict[str, list[Edge]] = {node: [] for node in nodes}
        for node in nodes:
            for edge in self.frame_edges(node):
                if edge.target in present:
                    incoming[edge.target].append(edge)
        order = self._sorted(nodes, incoming)
        overs = tuple(edge for node in order for edge in self.leaving[node] if edge.label == "over")
        return Frame(entry, order, {n: tuple(edges) for n, edges in incoming.items()}, overs)

    def _nodes(self, within: frozenset[str], loop: str | None) -> list[str]:
        inner = [other for other in self.bodies if other != loop and other in within]
        hidden = frozenset[str]().union(*(self.bodies[other] for other in inner))
        return [s for s in self.playbook.workflow if s in within and s not in hidden and not self.is_end(s)]

    def frame_edges(self, node: str) -> tuple[Edge, ...]:
        """Give a step's edges as its frame sees them: a loop is one step, left by its exit or by a break."""
        if node not in self.bodies:
            return self.leaving[node]
        exits = [edge for edge in self.leaving[node] if edge.label == "success"]
        return (*exits, *self.breaks(node))

    def breaks(self, loop: str) -> tuple[Edge, ...]:
        """Give the edges by which a loop's body leaves the loop other than by its exit."""
        body = self.bodies[loop]
        found = [edge for node in self._nodes(body, loop) for edge in self.frame_edges(node)]
        outside = [
            e for e in found if e.target not in body and e.target != loop and not self.is_end(e.target)
        ]
        return tuple(Edge(loop, f"break {e.source} {e.label}", e.target) for e in outside)

    def _sorted(self, nodes: list[str], incoming: Mapping[str, list[Edge]]) -> tuple[str, ...]:
        sorter: TopologicalSorter[str] = TopologicalSorter()
        for node in nodes:
            sorter.add(node, *(edge.source for edge in incoming[node]))
            for edge in incoming[node]:
                if edge.label == "over":
                    sorter.add(node, *(s for s in sorted(self.region(edge.source)) if s in incoming))
        try:
            return tuple(sorter.static_order())
        except CycleError as error:
            circle = " → ".join(error.args[1])
            raise RefusedError(
                f"The plan goes round without end: {circle}.",
                where=f"playbook {self.playbook.id}",
                expected="a way back only through a while-condition",
                remedy="Run `tocsin playbook lint` on it and mend the plan.",
            ) from None
