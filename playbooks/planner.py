"""What to do now: from a playbook and the results so far, the steps that are ready. Pure and deterministic.

The plan is walked from its start each time. Every edge is taken, not taken, or open; a step with several
incoming edges waits until none is open, then runs when at least one was taken (dead-path elimination, as in
WS-BPEL 2.0 §11.6.2). So parallel branches join, in whatever order their results arrive.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import JsonValue

from playbooks.graph import graph_of
from playbooks.schema import Playbook
from playbooks.walk import Walk

Status = Literal["done", "failed", "skipped", "waiting", "running"]


@dataclass(frozen=True)
class StepResult:
    """What is known of one step. `values` are the variables it set.

    `skipped` counts as completed; a skipped approval counts as refused, because nobody approved.
    """

    status: Status
    values: Mapping[str, JsonValue] | None = None


@dataclass(frozen=True)
class Plan:
    """The state of a plan. Step keys are step ids, with `#2` for a loop's second round.

    `failed` steps have no `on_failure`: what follows them stays blocked until a person has them retried or
    skipped. `decided` holds the way each condition went. A way on which a step has a result is kept even when
    the facts change; to hold the plan to one where nothing is done yet, give the decision back as that step's
    result (`StepResult("done", {"branch": …})`).
    """

    ready: tuple[str, ...]
    waiting: tuple[str, ...]
    running: tuple[str, ...]
    failed: tuple[str, ...]
    done: tuple[str, ...]
    not_taken: tuple[str, ...]
    finished: bool
    reached_ends: tuple[str, ...]
    variables: Mapping[str, JsonValue]
    inputs: Mapping[str, Mapping[str, JsonValue]]
    decided: Mapping[str, str]

    @classmethod
    def of(cls, walk: Walk, variables: Mapping[str, JsonValue]) -> Self:
        """Collect what a walk found."""
        stopped = bool(walk.ready or walk.waiting or walk.running or walk.failed)
        return cls(
            ready=walk.as_written(walk.ready),
            waiting=walk.as_written(walk.waiting),
            running=tuple(walk.running),
            failed=tuple(walk.failed),
            done=tuple(walk.done),
            not_taken=tuple(walk.not_taken),
            finished=not stopped and bool(walk.ends),
            reached_ends=tuple(walk.ends),
            variables=variables,
            inputs={key: walk.inputs(key) for key in (*walk.ready, *walk.waiting, *walk.running)},
            decided=dict(walk.decided),
        )


def plan_next(
    playbook: Playbook, results: Mapping[str, StepResult], facts: Mapping[str, Any] | None = None
) -> Plan:
    """Say which steps are ready, given `results` by step key, in the order they came.

    `facts` is the facts document, with what the signal names under `signal`. Conditions read `facts.…`,
    `signal.…`, and the variables set by the steps before them. Raises RefusedError for a plan that circles.
    """
    known = facts or {}
    walk = Walk(graph_of(playbook), results, known)
    walk.whole()
    variables = walk.scope.initial()
    for result in results.values():
        variables.update(result.values or {})
    return Plan.of(walk, variables)


__all__ = ["Plan", "StepResult", "plan_next"]
