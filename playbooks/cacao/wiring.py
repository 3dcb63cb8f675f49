"""Whether the steps of a document hang together: nothing dangles, nothing circles, everything can be reached."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from playbooks.cacao.faults import Fault, pointer
from playbooks.cacao.words import EXTENSION

_NEXT: Final = ("on_completion", "on_success", "on_failure", "on_true", "on_false")


def wiring_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Find dangling references, wrong starts, circles, steps nothing leads to, and missing definitions."""
    workflow = data.get("workflow")
    if not isinstance(workflow, dict):
        return
    steps = {key: step for key, step in workflow.items() if isinstance(step, dict)}
    yield from _start(data, steps)
    yield from _dangling(steps)
    yield from _definitions(data, steps)
    yield from _circles(steps)
    yield from _unreached(data, steps)
    if not any(step.get("type") == "end" for step in steps.values()):
        yield Fault("/workflow", "The workflow has no end.", "a step of type end")


def ways(step: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Give every step another step leads to, with the path that names it."""
    for key in _NEXT:
        if isinstance(step.get(key), str):
            yield (key,), step[key]
    branches, cases = step.get("next_steps"), step.get("cases")
    for index, target in enumerate(branches if isinstance(branches, list) else []):
        if isinstance(target, str):
            yield ("next_steps", index), target
    for case, target in cases.items() if isinstance(cases, dict) else ():
        if isinstance(target, str):
            yield ("cases", case), target


def _start(data: Mapping[str, Any], steps: Mapping[str, Any]) -> Iterator[Fault]:
    for key in ("workflow_start", "workflow_exception"):
        target = data.get(key)
        if isinstance(target, str) and target not in steps:
            yield Fault(pointer(key), f"{target[:80]} is not in the workflow.", "the id of a step")
    start = data.get("workflow_start")
    if isinstance(start, str) and start in steps and steps[start].get("type") != "start":
        yield Fault("/workflow_start", "The workflow does not begin with a start.", "a step of type start")
    starts = [key for key, step in steps.items() if step.get("type") == "start"]
    for extra in starts[1:]:
        yield Fault(pointer("workflow", extra), "There is a second start.", "one start")


def _dangling(steps: Mapping[str, Any]) -> Iterator[Fault]:
    for step_id, step in steps.items():
        for path, target in ways(step):
            if target not in steps:
                said = f"It leads to {target[:80]}, which is not in the workflow."
                yield Fault(pointer("workflow", step_id, *path), said, "the id of a step")


def _definitions(data: Mapping[str, Any], steps: Mapping[str, Any]) -> Iterator[Fault]:
    agents, targets = data.get("agent_definitions"), data.get("target_definitions")
    known_agents = agents if isinstance(agents, dict) else {}
    known_targets = targets if isinstance(targets, dict) else {}
    for step_id, step in steps.items():
        agent = step.get("agent")
        if isinstance(agent, str) and agent not in known_agents:
            said = f"The agent {agent[:80]} is not defined."
            yield Fault(pointer("workflow", step_id, "agent"), said, "a key of agent_definitions")
        named = step.get("targets")
        for index, target in enumerate(named if isinstance(named, list) else []):
            if isinstance(target, str) and target not in known_targets:
                said = f"The target {target[:80]} is not defined."
                yield Fault(
                    pointer("workflow", step_id, "targets", index), said, "a key of target_definitions"
                )


def _circles(steps: Mapping[str, Any]) -> Iterator[Fault]:
    """Find ways round that no while-condition controls: only its own body may lead back to it."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for step_id, step in steps.items():
        for _, target in ways(step):
            if target in steps and not _returns(steps, step_id, target):
                sorter.add(target, step_id)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = error.args[1]
        said = f"The steps go round in a circle: {' → '.join(reversed(circle))}."
        yield Fault(pointer("workflow", min(circle)), said, "a way back only to a while-condition")


def _returns(steps: Mapping[str, Any], step_id: str, target: str) -> bool:
    """Tell whether an edge goes back to the loop that the step stands in."""
    loop = steps[target]
    return loop.get("type") == "while-condition" and step_id in _reached(
        steps, [loop.get("on_true")], stop=target
    )


def _reached(steps: Mapping[str, Any], heads: list[Any], stop: str = "") -> set[str]:
    found, waiting = set[str](), [head for head in heads if isinstance(head, str)]
    while waiting:
        step_id = waiting.pop()
        if step_id in found or step_id == stop or step_id not in steps:
            continue
        found.add(step_id)
        waiting.extend(target for _, target in ways(steps[step_id]))
    return found


def _unreached(data: Mapping[str, Any], steps: Mapping[str, Any]) -> Iterator[Fault]:
    reached = _reached(steps, [data.get("workflow_start"), data.get("workflow_exception")])
    by_hand = _called_by_hand(steps)
    start = data.get("workflow_start")
    if not isinstance(start, str) or start not in steps:
        return
    for step_id in steps:
        if step_id not in reached and step_id not in by_hand:
            yield Fault(
                pointer("workflow", step_id), "Nothing leads to this step.", "a step that leads to it"
            )


def _called_by_hand(steps: Mapping[str, Any]) -> set[str]:
    """Name the steps that only undo: people call them, so nothing leads there."""
    names, undoing = dict[str, str](), set[str]()
    for step_id, step in steps.items():
        extensions = step.get("step_extensions")
        ours = extensions.get(EXTENSION) if isinstance(extensions, dict) else None
        if isinstance(ours, dict):
            names[str(ours.get("step"))] = step_id
            undoing.add(str(ours.get("undo")))
    return {step_id for name, step_id in names.items() if name in undoing}
