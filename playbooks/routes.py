"""Every course a plan can take, at once: when each step runs, and what has surely happened before it."""

from collections.abc import Callable, Container, Iterable
from graphlib import CycleError, TopologicalSorter
from typing import Final

from playbooks.graph import COMPOSITES, Edge, graph_of
from playbooks.logic import ALWAYS, NEVER, Function, Logic
from playbooks.schema import Playbook, Step

_LOOP: Final = "while-condition"


Needed = Callable[[str, Step], str | None]


def success_of(*actions: str) -> Needed:
    """Ask for a step with one of these actions that went well."""

    def needed(_step_id: str, step: Step) -> str | None:
        return "success" if step.action in actions else None

    return needed


class Routes:
    """The courses of one playbook. Loops count as run at most once, which is enough to ask what comes before what.

    `circle` names the steps of a way round that no while-condition controls; then nothing else is known.
    """

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self.graph = graph_of(playbook)
        self.logic = Logic()
        self.circle: tuple[str, ...] = ()
        self.runs: dict[str, Function] = {}
        self.live: dict[Edge, Function] = {}
        self.ended: dict[str, Function] = {}
        self.incoming: dict[str, list[Edge]] = {step_id: [] for step_id in playbook.workflow}
        for step_id in playbook.workflow:
            for edge in self._forward(step_id):
                self.incoming[edge.target].append(edge)
        self.order = self._ordered()
        for step_id in self.order:
            self._follow(step_id)

    def can_run(self, step_id: str) -> bool:
        """Tell whether any course reaches a step."""
        return self.runs.get(step_id, NEVER) != NEVER

    def can_run_without(
        self, step_id: str, needed: Needed, since: Container[str] = (), *, straight: bool = False
    ) -> bool:
        """Tell whether a step can run although nothing that is needed came before it.

        `needed` gives, for a step that would do, the label of the edge that must have been taken ("" for any).
        What came before one of the steps in `since` does not count, as who agreed had not seen it yet; with
        `straight`, what leads straight to such a step does.
        """
        had = self._had_before(step_id, needed, since, straight)
        return self.logic.both(self.runs[step_id], self.logic.negate(had)) != NEVER

    def can_finish_without(self, steps: Iterable[str]) -> bool:
        """Tell whether a course goes from start to end without running any of the steps."""
        touched = self.logic.any_of(self.runs[step_id] for step_id in steps)
        return self.logic.negate(touched) != NEVER

    def inside(self, composite: str) -> frozenset[str]:
        """Give the steps a composite or loop encloses."""
        return self.graph.bodies.get(composite) or self.graph.region(composite)

    def _had_before(self, step_id: str, needed: Needed, since: Container[str], straight: bool) -> Function:
        had: dict[str, Function] = {}
        for node in self.order:
            begins_anew = node in since
            had[node] = self.logic.any_of(
                self.logic.both(
                    self.live[edge],
                    self._does(edge, needed) if begins_anew else self._had_over(edge, had, needed, since),
                )
                for edge in self.incoming[node]
                if straight or not begins_anew
            )
            if node == step_id:
                break
        return had[step_id]

    def _had_over(
        self, edge: Edge, had: dict[str, Function], needed: Needed, since: Container[str]
    ) -> Function:
        parts = [had[edge.source], self._does(edge, needed)]
        if self._encloses(edge):
            inside = self.inside(edge.source)
            if any(inner in since for inner in inside):
                return self._had_at_ends(inside, had)
            for inner in inside:
                parts += [self.logic.both(self.runs[inner], had[inner])]
                parts += [
                    self.logic.both(self.live[e], self._does(e, needed)) for e in self.graph.leaving[inner]
                ]
        return self.logic.any_of(parts)

    def _had_at_ends(self, inside: Iterable[str], had: dict[str, Function]) -> Function:
        ends = [inner for inner in inside if not self.graph.leaving[inner]]
        return self.logic.any_of(self.logic.both(self.runs[end], had[end]) for end in ends)

    def _does(self, edge: Edge, needed: Needed) -> Function:
        label = needed(edge.source, self.playbook.workflow[edge.source])
        return ALWAYS if label is not None and label in {"", edge.label} else NEVER

    def _encloses(self, edge: Edge) -> bool:
        step = self.playbook.workflow[edge.source]
        return edge.label == "over" or (step.type == _LOOP and edge.label == "success")

    def _forward(self, step_id: str) -> list[Edge]:
        loops = self.graph.loops_around(step_id)
        return [edge for edge in self.graph.leaving[step_id] if edge.target not in loops]

    def _ordered(self) -> tuple[str, ...]:
        sorter: TopologicalSorter[str] = TopologicalSorter()
        for step_id, edges in self.incoming.items():
            sorter.add(step_id, *(edge.source for edge in edges))
            for edge in edges:
                if self._encloses(edge):
                    sorter.add(step_id, *sorted(self.inside(edge.source)))
        try:
            return tuple(sorter.static_order())
        except CycleError as error:
            self.circle = tuple(error.args[1])
            return ()

    def _follow(self, step_id: str) -> None:
        arriving = (self.live[edge] for edge in self.incoming[step_id])
        starts = step_id == self.playbook.workflow_start
        self.runs[step_id] = ALWAYS if starts else self.logic.any_of(arriving)
        edges = self.graph.leaving[step_id]
        choice = self._choices(self.playbook.workflow[step_id], edges)
        for edge in edges:
            self.live[edge] = self.logic.both(self.runs[step_id], choice.get(edge.label, ALWAYS))

    def _choices(self, step: Step, edges: tuple[Edge, ...]) -> dict[str, Function]:
        if step.type in COMPOSITES - {"parallel"}:
            labels = [edge.label for edge in edges if edge.label != "over"]
            silent = step.type == "if-condition" and "false" not in labels
            silent = silent or (step.type == "switch-condition" and "case default" not in labels)
            return dict(
                zip([*labels, *["none"] * silent], self.logic.options(len(labels) + silent), strict=True)
            )
        labels = [edge.label for edge in edges]
        if step.type == _LOOP:
            return {"true": self.logic.choice()}
        if "failure" in labels:
            ways = self.logic.options(2)
            return {"success": ways[0], "failure": ways[1]}
        return {}
