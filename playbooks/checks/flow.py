"""Paths: every step can be reached, every way comes to an end, and somebody decides on the way."""

from collections.abc import Iterator
from typing import Final

from playbooks.catalogue import ACTIONS
from playbooks.condition import names_in
from playbooks.findings import Finding, Subject
from playbooks.routes import Routes
from playbooks.schema import Step

_DECIDES: Final = ("manual.", "approval")


def endless(subject: Subject) -> Iterator[Finding]:
    """Find ways round without a while-condition, and loops whose condition nothing inside can change."""
    circle = subject.routes.circle
    if circle:
        way = " → ".join(circle)
        yield subject.finding(
            "endless-path",
            min(set(circle), key=list(subject.playbook.workflow).index),
            "",
            f"The plan goes round without end: {way}.",
            "Lead one of these steps onward, or go back through a while-condition.",
        )
    for loop, step in subject.playbook.workflow.items():
        if step.type == "while-condition" and not _can_change(subject, loop, step):
            yield subject.finding(
                "endless-path",
                loop,
                "condition",
                f"Nothing inside the loop can change what its condition reads ({step.condition}).",
                "Read a variable that a step of the loop sets, or a fact.",
            )


def unreachable(subject: Subject) -> Iterator[Finding]:
    """Find steps no course of events reaches; steps that only undo are called by hand and may stand apart."""
    undoing = {step.undo for _, step in subject.steps() if isinstance(step.undo, str)}
    for step_id, _ in subject.steps():
        if not subject.routes.can_run(step_id) and step_id not in undoing:
            yield subject.finding(
                "unreachable-step",
                step_id,
                "",
                "No course of events leads to this step.",
                "Lead a step to it, or take it out.",
            )


def stopping_short(subject: Subject) -> Iterator[Finding]:
    """Find ways that stop before an end: nothing follows, or one answer leads nowhere."""
    undoing = {step.undo for _, step in subject.steps() if isinstance(step.undo, str)}
    for step_id, step in subject.steps():
        if step_id in undoing or not subject.routes.can_run(step_id):
            continue
        missing = _missing_way(step)
        if missing:
            key, when = missing
            yield subject.finding(
                "path-stops-short", step_id, key, f"The path stops here {when}.", f"Say where it goes: {key}."
            )


def undecided(subject: Subject) -> Iterator[Finding]:
    """Find courses on which nobody decides: a whole plan without a person, or a refusal that just ends."""
    deciding = [s for s, step in subject.steps() if (step.action or "").startswith(_DECIDES)]
    if subject.routes.can_finish_without(deciding):
        yield subject.finding_at(
            "ends-without-decision",
            ("workflow_start",),
            "The plan can run from start to end without a person deciding anything.",
            "Put a manual step or an approval on every path.",
        )
    for step_id, step in subject.steps("approval"):
        if step.on_failure is None:
            continue
        end = _end_without(subject.routes, step.on_failure)
        if end:
            yield subject.finding(
                "ends-without-decision",
                step_id,
                "on_failure",
                f"When it is refused the path ends at {end}, and nobody decides what happens instead.",
                "Lead on_failure to a manual step that records the decision and its reason.",
            )


def _can_change(subject: Subject, loop: str, step: Step) -> bool:
    read = names_in(str(step.condition))
    if any(name.startswith("facts.") for name in read):  # people may record new facts at any time
        return True
    body = subject.routes.inside(loop)
    return any(name in settable(subject.playbook.workflow[inner]) for inner in body for name in read)


def settable(step: Step) -> tuple[str, ...]:
    """Name the variables a step can set: its action's, and its form's."""
    known = ACTIONS.get(step.action or "")
    return (*(known.sets if known else ()), *step.form)


def _missing_way(step: Step) -> tuple[str, str] | None:
    if step.type == "action" and step.action == "approval" and not step.on_failure:
        return "on_failure", "when the approval is refused"
    if step.type == "action" and not (step.on_success or step.on_completion):
        return "on_completion", "after the step"
    if step.type == "if-condition" and not (step.on_false or step.on_completion):
        return "on_false", "when the condition does not hold"
    if step.type == "switch-condition" and "default" not in step.cases and not step.on_completion:
        return "cases", "when no case matches (there is no default)"
    return None


def _end_without(routes: Routes, head: str) -> str:
    """Give an end that can be reached from a step without anybody deciding, or nothing."""
    seen, waiting = set[str](), [head]
    while waiting:
        step_id = waiting.pop()
        step = routes.playbook.workflow[step_id]
        if step_id in seen or (step.action or "").startswith(_DECIDES):
            continue
        if step.type == "end":
            return step_id
        seen.add(step_id)
        waiting.extend(edge.target for edge in routes.graph.leaving[step_id])
    return ""
