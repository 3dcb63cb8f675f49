"""An approval somebody can give, and a silence that does not say yes to what cannot be undone."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from playbooks.findings import Finding, Subject
from playbooks.schema import Approval, Irreversible, Step

_SENDS: Final = ("notice.deliver", "filing.submit")


def givable(subject: Subject, staff: Mapping[str, int] | None = None) -> Iterator[Finding]:
    """Find approvals nobody can give. `staff` counts the people of each role; without it, one of each."""
    for step_id, step in subject.steps("approval"):
        if step.approval is not None:
            why = _impossible(step.approval, staff or Counter(dict.fromkeys(subject.playbook.roles, 1)))
            if why:
                yield subject.finding("approval-nobody-can-give", step_id, "approval", *why)


def escalated(subject: Subject) -> Iterator[Finding]:
    """Find approvals that escalate to nobody, or that take silence for a yes to what cannot be undone."""
    for step_id, step in subject.steps("approval"):
        if step.approval is None:
            continue
        if step.approval.on_timeout == "escalate" and not set(step.approval.deputies) - set(
            step.approval.roles
        ):
            yield subject.finding(
                "escalates-to-nobody",
                step_id,
                "approval",
                "When time runs out it escalates, but there are no deputies.",
                "Name deputies of other roles, or say on_timeout: refuse.",
            )
        lasting = _lasting_next(subject, step)
        if step.approval.on_timeout == "approve" and lasting:
            yield subject.finding(
                "silence-approves",
                step_id,
                "approval",
                f"When nobody answers, {lasting} happens, and it cannot be undone.",
                "Say on_timeout: escalate or refuse.",
            )


def _impossible(approval: Approval, staff: Mapping[str, int]) -> tuple[str, str] | None:
    able = dict.fromkeys([*approval.roles, *approval.deputies])
    absent = [role for role in approval.roles if not staff.get(role)]
    people = sum(staff.get(role, 0) for role in able)
    if approval.each_role and approval.needed < len(approval.roles):
        return (
            f"Each of {len(approval.roles)} roles must approve, but only {approval.needed} answers are taken.",
            f"Say needed: {len(approval.roles)}.",
        )
    if absent and (approval.each_role or len(absent) == len(approval.roles)):
        return (
            f"No one in this plan has the role {', '.join(absent)}.",
            "Add the role under roles, or ask another.",
        )
    if people < approval.needed:
        return (
            f"It needs {approval.needed} people, but {', '.join(able)} are {people}.",
            "Ask more roles, name deputies, or need fewer.",
        )
    return None


def _lasting_next(subject: Subject, step: Step) -> str:
    """Name what can't be undone and happens after a yes before anybody is asked again; nothing when all can."""
    seen, waiting = set[str](), [str(step.on_success or step.on_completion)]
    while waiting:
        step_id = waiting.pop(0)
        followed = subject.playbook.workflow.get(step_id)
        if followed is None or step_id in seen or followed.action == "approval":
            continue
        if isinstance(followed.undo, Irreversible) or followed.action in _SENDS:
            return step_id
        seen.add(step_id)
        waiting.extend(edge.target for edge in subject.routes.graph.leaving[step_id])
    return ""
