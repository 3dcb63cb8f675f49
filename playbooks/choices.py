"""Which way a condition goes."""

from collections.abc import Callable, Mapping
from typing import Any

from playbooks.condition import evaluate, operand_value
from playbooks.graph import Graph
from playbooks.schema import Step
from playbooks.scope import Result


def chosen_way(step: Step, read: Callable[[str], Any]) -> str:
    """Give the label of the edge to take: true, false, unknown, or a case."""
    if step.type == "switch-condition":
        found = operand_value(str(step.switch), read)
        word = str(found).lower() if isinstance(found, bool) else str(found)
        return f"case {word if word in step.cases else 'default'}"
    answer = evaluate(str(step.condition), read)
    if answer is None:
        return "unknown" if step.on_unknown else "false"
    return "true" if answer else "false"


def way_begun(graph: Graph, results: Mapping[str, Result], key: str, label: str) -> str:
    """Keep to a way on which something has already been done, whatever the facts say by now."""
    step_id, _, turn = key.partition("#")
    targets = {edge.label: edge.target for edge in graph.leaving[step_id]}
    for target, steps in graph.only_by(step_id).items():
        if targets.get(label) != target and any(_has_result(graph, results, inner, turn) for inner in steps):
            return next(other for other, led in targets.items() if led == target)
    return label


def _has_result(graph: Graph, results: Mapping[str, Result], step_id: str, turn: str) -> bool:
    key = f"{step_id}#{turn}" if turn else step_id
    return key in results or (bool(graph.bodies) and any(known.startswith(f"{key}.") for known in results))
