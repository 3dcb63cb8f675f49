"""Containment can be undone, was agreed to, and is the one that was planned."""

from collections.abc import Collection, Iterator, Mapping

from playbooks.condition import names_in
from playbooks.findings import Finding, Subject
from playbooks.references import nearest
from playbooks.routes import success_of
from playbooks.schema import Irreversible


def undoable(subject: Subject) -> Iterator[Finding]:
    """Find containment that nothing undoes, and acts on the outside that do not say they cannot be undone."""
    for step_id, step in subject.steps("containment.execute"):
        undoes = subject.playbook.workflow.get(step.undo) if isinstance(step.undo, str) else None
        reverts = (
            undoes is not None
            and undoes.action == "containment.revert"
            and undoes.inputs.get("plan") == step.inputs.get("plan")
        )
        if not reverts and not isinstance(step.undo, Irreversible):
            yield subject.finding(
                "containment-without-undo",
                step_id,
                "undo" if step.undo else "action",
                "This containment has no step that undoes it.",
                "Name under undo a containment.revert step of the same plan, or say irreversible and why.",
            )


def agreed(subject: Subject) -> Iterator[Finding]:
    """Find containment that nobody approved: neither on the way, nor beforehand."""
    for step_id, step in subject.steps("containment.execute"):
        if step.pre_authorised is not None and isinstance(step.undo, Irreversible):
            yield subject.finding(
                "containment-without-approval",
                step_id,
                "pre_authorised",
                "An act that cannot be undone may not be authorised beforehand.",
                "Put an approval before it.",
            )
        elif step.pre_authorised is None and subject.routes.can_run_without(
            step_id, success_of("approval"), since={str(step.inputs.get("plan"))}, straight=True
        ):
            yield subject.finding(
                "containment-without-approval",
                step_id,
                "action",
                "This containment can be carried out without anybody having agreed to its plan.",
                "Put an approval right before or after its plan, or say under pre_authorised who agreed.",
            )


def known(subject: Subject, connectors: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    """Find containment by a connector, or a capability of it, that this installation does not have."""
    for step_id, step in subject.steps("containment.plan"):
        connector, capability = step.inputs.get("connector"), step.inputs.get("capability")
        if not isinstance(connector, str) or "{{" in connector or not isinstance(capability, str):
            continue
        if connector not in connectors:
            said = f"There is no connector {connector}."
            mend = nearest(connector, list(connectors), "Perhaps {} is meant.") or "Add its definition."
            yield subject.finding("connector-unknown", step_id, "with", said, mend)
        elif "{{" not in capability and capability not in connectors[connector]:
            said = f"The connector {connector} cannot do {capability}."
            mend = f"It can do {', '.join(connectors[connector])}."
            yield subject.finding("connector-unknown", step_id, "with", said, mend)


def checked(subject: Subject) -> Iterator[Finding]:
    """Find containment whose effect nobody looks at, and checks whose answer nothing reads."""
    for step_id, step in subject.steps("containment.execute", "containment.verify"):
        if not subject.routes.can_run(step_id):
            continue
        executes = step.action == "containment.execute"
        end = _end_unchecked(
            subject, step.on_success or step.on_completion, step.inputs.get("plan"), executes
        )
        if end:
            yield subject.finding(
                "containment-not-checked",
                step_id,
                "action",
                f"The path goes on to {end} whether or not it worked.",
                "Put containment.verify of the same plan after it."
                if executes
                else "Put a condition that reads contained, or a manual step, after it.",
            )


def _end_unchecked(subject: Subject, head: str | None, plan: object, executes: bool) -> str:
    seen, waiting = set[str](), [head] if head else []
    while waiting:
        step_id = waiting.pop()
        step = subject.playbook.workflow[step_id]
        looked = step.action == "containment.verify" and executes and step.inputs.get("plan") == plan
        reads = step.condition is not None and "contained" in names_in(step.condition)
        if step_id in seen or looked or reads or (step.action or "").startswith("manual."):
            continue
        if step.type == "end":
            return step_id
        seen.add(step_id)
        waiting.extend(edge.target for edge in subject.routes.graph.leaving[step_id])
    return ""
