"""What a newer version of a plan changes, for the person who adopts it during an incident."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from playbooks.planner import StepResult
from playbooks.schema import Playbook, step_id_of

_HEAD: Final = ("version", "name", "description", "roles", "variables", "clocks", "sending", "workflow_start")


@dataclass(frozen=True)
class Difference:
    """One change. `touches_done` says that the step has already been carried out: what was done stays done."""

    kind: str
    path: str
    before: Any
    after: Any
    touches_done: bool = False

    def __str__(self) -> str:
        note = " (this step has already run)" if self.touches_done else ""
        if self.kind == "changed":
            return f"changed {self.path}: {self.before!r} → {self.after!r}{note}"
        return f"{self.kind} {self.path}{note}"


def diff_playbooks(
    old: Playbook, new: Playbook, results: Mapping[str, StepResult] | None = None
) -> tuple[Difference, ...]:
    """List what `new` changes against `old`, steps in the order they are written.

    With `results`, changes to steps that already ran are marked, so that nobody adopts a plan in the belief
    that they would run again.
    """
    ran = {step_id_of(key) for key in results or {}}
    return (*_head(old, new), *_steps(old, new, ran))


def _head(old: Playbook, new: Playbook) -> Iterator[Difference]:
    before, after = _plain(old), _plain(new)
    for key in _HEAD:
        if before.get(key) != after.get(key):
            yield Difference("changed", key, before.get(key), after.get(key))


def _steps(old: Playbook, new: Playbook, ran: set[str]) -> Iterator[Difference]:
    for step_id in dict.fromkeys([*old.workflow, *new.workflow]):
        was, now = old.workflow.get(step_id), new.workflow.get(step_id)
        done = step_id in ran
        if was is None or now is None:
            kind = "added" if was is None else "removed"
            yield Difference(kind, f"workflow.{step_id}", was and _plain(was), now and _plain(now), done)
            continue
        before, after = _plain(was), _plain(now)
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key):
                path = f"workflow.{step_id}.{key}"
                yield Difference("changed", path, before.get(key), after.get(key), done)


def _plain(part: Any) -> dict[str, Any]:
    plain: dict[str, Any] = part.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return plain
