"""What a step's action asks for: its inputs, its approval block, its phase, who owns it and who answers for it."""

from collections.abc import Iterator
from typing import Final

from playbooks.catalogue import ACTIONS
from playbooks.findings import Finding, Subject
from playbooks.references import nearest
from playbooks.schema import Step

_STAGES: Final = ("initial", "interim", "final")


def inputs(subject: Subject) -> Iterator[Finding]:
    """Find inputs that are missing, unknown, or name a step that did something else."""
    for step_id, step in subject.steps():
        wanted = ACTIONS[step.action].inputs if step.action else {}
        for name in [n for n, i in wanted.items() if i.required and n not in step.inputs]:
            said = f"{step.action} needs {name}."
            yield subject.finding("input-missing", step_id, "action", said, f"Write it under with: {name}.")
        for name, value in step.inputs.items():
            if name not in wanted:
                hint = nearest(name, list(wanted), "Perhaps {} is meant.") or "Take it out."
                yield subject.finding(
                    "input-unknown", step_id, "with", f"{step.action} takes no {name}.", hint
                )
            elif wanted[name].kind == "step" and _does_not_fit(subject, str(value), wanted[name].of):
                said = f"{name} names {value}, which is not a {' or '.join(wanted[name].of)} step."
                yield subject.finding(
                    "input-wrong", step_id, "with", said, "Name the step that prepared this one."
                )
            elif wanted[name].kind == "stages" and not _are_stages(value):
                said = f"{name} is a list of {', '.join(_STAGES)}."
                yield subject.finding("input-wrong", step_id, "with", said, "Write for example [initial].")
            elif wanted[name].kind == "yes_no" and not isinstance(value, bool):
                said = f"{name} is true or false."
                yield subject.finding("input-wrong", step_id, "with", said, "Write true or false.")


def settled(subject: Subject) -> Iterator[Finding]:
    """Find faults that an imported draft still carries."""
    for index, fault in enumerate(subject.playbook.faults):
        mend = "Mend it here or in the source, then take this line out."
        yield subject.finding_at(
            "draft-with-faults", ("faults", index), f"The source was faulty: {fault}", mend
        )


def whole(subject: Subject) -> Iterator[Finding]:
    """Find approvals without a question, steps without a phase, an owner or somebody who answers for them."""
    for step_id, step in subject.steps():
        if (step.action == "approval") != (step.approval is not None):
            said = "An approval step needs its approval block, and only an approval step has one."
            yield subject.finding(
                "approval-incomplete", step_id, "action", said, "Write approval: with its question."
            )
        if step.action is not None:
            yield from _duties(subject, step_id, step)


def _duties(subject: Subject, step_id: str, step: Step) -> Iterator[Finding]:
    phases = ACTIONS[str(step.action)].phases
    if step.phase is None or (phases and step.phase not in phases):
        allowed = " or ".join(phases) or "any phase"
        said = f"{step.action} belongs to {allowed}, the step says {step.phase or 'none'}."
        yield subject.finding(
            "phase-wrong", step_id, "phase", said, f"Write phase: {phases[0] if phases else '…'}."
        )
    if step.owner is None or step.raci is None:
        said = "Nobody owns this step or answers for it."
        yield subject.finding("nobody-answers", step_id, "action", said, "Write owner and raci.")
    elif step.owner not in subject.playbook.roles:
        said = f"The owner {step.owner} is not among the roles of this plan."
        yield subject.finding("nobody-answers", step_id, "owner", said, "Add the role under roles.")
    if step.action == "manual.task" and step.instructions is None:
        said = "A manual task without instructions tells nobody what to do."
        yield subject.finding(
            "no-instructions", step_id, "action", said, "Write instructions in both languages."
        )


def _does_not_fit(subject: Subject, named: str, actions: tuple[str, ...]) -> bool:
    step = subject.playbook.workflow.get(named)
    return step is None or step.action not in actions


def _are_stages(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(item in _STAGES for item in value)
