"""Names inside a playbook: which step leads to which, and which names nothing."""

import difflib
from collections.abc import Iterator, Sequence

from playbooks.catalogue import ACTIONS, inputs_of
from playbooks.schema import Playbook, Step

Fault = tuple[tuple[str | int, ...], str, str]


def nearest(word: str, known: Sequence[str], say: str = "the nearest is {}") -> str:
    """Name the known word closest to what was written, or nothing when none is close."""
    found = difflib.get_close_matches(word[:80], known, n=1, cutoff=0.5)
    return say.format(found[0]) if found else ""


def broken_references(playbook: Playbook) -> Iterator[Fault]:
    """Find names of steps and actions that do not exist: path, what is wrong, what was expected."""
    steps = playbook.workflow
    start = steps.get(playbook.workflow_start)
    if start is None or start.type != "start":
        said = f"workflow_start names {playbook.workflow_start!r}, which is not a step of type start."
        yield (
            ("workflow_start",),
            said,
            nearest(playbook.workflow_start, list(steps), "a start step, perhaps {}"),
        )
    for step_id, step in steps.items():
        if step.action is not None and step.action not in ACTIONS:
            known = nearest(step.action, list(ACTIONS), "a known action; the nearest is {}")
            said = f"Step {step_id} names the unknown action {step.action[:80]!r}."
            yield ("workflow", step_id, "action"), said, known or f"one of {', '.join(ACTIONS)}"
        for key, target in named_steps(step):
            if target not in steps:
                said = f"Step {step_id} leads to {target!r}, which does not exist."
                yield (
                    ("workflow", step_id, *key),
                    said,
                    nearest(target, list(steps), "an existing step, perhaps {}"),
                )


def broken_clocks(playbook: Playbook) -> Iterator[Fault]:
    """Find the clocks that no existing step meets."""
    steps = playbook.workflow
    for index, clock in enumerate(playbook.clocks):
        for key, target in [*(("met_by", t) for t in clock.met_by), ("started_by", clock.started_by)]:
            if target is not None and target not in steps:
                said = f"The clock {clock.rule} is {key.replace('_', ' ')} {target!r}, which is not a step."
                yield ("clocks", index, key), said, nearest(target, list(steps), "a step, perhaps {}")


def named_steps(step: Step) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every step another step names, with the key that names it: flow, undo and step inputs."""
    for key in ("on_completion", "on_success", "on_failure", "on_true", "on_false", "on_unknown"):
        target = getattr(step, key)
        if target is not None:
            yield (key,), target
    for index, target in enumerate(step.next_steps):
        yield ("next_steps", index), target
    for case, target in step.cases.items():
        yield ("cases", case), target
    if isinstance(step.undo, str):
        yield ("undo",), step.undo
    wanted = inputs_of(step.action)
    for name, value in step.inputs.items():
        if name in wanted and wanted[name].kind == "step" and isinstance(value, str):
            yield ("with", name), value
