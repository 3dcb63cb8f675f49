"""Telling people and authorities: nothing is called told that was not sent, nothing is sent unapproved."""

import re
from collections.abc import Iterator
from typing import Final

from playbooks.findings import Finding, Subject
from playbooks.routes import success_of
from playbooks.schema import Step

_CLAIMS: Final = (
    (
        "told-without-campaign",
        "notice.deliver",
        re.compile(r"\b(notified|informed|told|contacted)\b|已(告知|通知|联系)", re.IGNORECASE),
    ),
    (
        "reported-without-filing",
        "filing.submit",
        re.compile(r"\b(reported|filed|submitted)\b|已(上报|报告|报送|提交|申报)", re.IGNORECASE),
    ),
)
_OUTWARD: Final = {
    "notice.deliver": ("notice.prepare", "told-without-campaign", "prepares the notices"),
    "filing.submit": ("filing.draft", "reported-without-filing", "drafts the reports"),
}


def claimed(subject: Subject) -> Iterator[Finding]:
    """Find steps that say people were notified, or an authority told, where no campaign or filing went before."""
    for step_id, step in subject.steps():
        for code, action, words in _CLAIMS:
            said = words.search(step.name.en) or words.search(step.name.zh)
            asks = step.type in {"if-condition", "while-condition", "switch-condition"}
            if not said or asks or step.action == action or not subject.routes.can_run(step_id):
                continue
            if subject.routes.can_run_without(step_id, success_of(action)):
                yield subject.finding(
                    code,
                    step_id,
                    "name",
                    f"The step says {said[0]!r}, but can be reached without {action}.",
                    f"Put a step with {action} on every path before it, or say what the step really does.",
                )


def prepared(subject: Subject) -> Iterator[Finding]:
    """Find sending without preparing."""
    for step_id, step in subject.steps(*_OUTWARD):
        before, code, does = _OUTWARD[str(step.action)]

        def prepares(named: str, other: Step, step: Step = step, before: str = before) -> str | None:
            return "success" if other.action == before and _same_work(step, named, other) else None

        if subject.routes.can_run(step_id) and subject.routes.can_run_without(step_id, prepares):
            yield subject.finding(
                code,
                step_id,
                "action",
                f"{step.action} can be reached without the {before} that {does}.",
                f"Put {before} on every path before it.",
            )


def approved(subject: Subject) -> Iterator[Finding]:
    """Find sending that no approval stands before on some path: a refusal must never lead to it."""
    for step_id, step in subject.steps(*_OUTWARD):
        before = _OUTWARD[str(step.action)][0]
        prepared = {named for named, other in subject.steps(before) if _same_work(step, named, other)}
        if subject.routes.can_run(step_id) and subject.routes.can_run_without(
            step_id, success_of("approval"), since=prepared
        ):
            yield subject.finding(
                "sent-without-approval",
                step_id,
                "action",
                f"{step.action} can be reached without an approval given since {before}.",
                f"Put an approval between {before} and this step, and lead only its on_success here.",
            )


def _same_work(step: Step, named: str, other: Step) -> bool:
    if step.action == "notice.deliver":
        return step.inputs.get("campaign") == named
    stages, drafted = step.inputs.get("stages"), other.inputs.get("stages")
    return (
        isinstance(stages, list)
        and isinstance(drafted, list)
        and set(map(str, stages)) <= set(map(str, drafted))
    )
