"""A rehearsal on paper: conditions decided for real, every effect replaced by what would be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from pydantic import JsonValue

from models.errors import InvalidInputError
from playbooks.catalogue import ACTIONS
from playbooks.planner import Plan, Status, StepResult, plan_next
from playbooks.references import nearest
from playbooks.schema import Playbook, Step, Text, step_id_of

MAX_STEPS: Final = 5000
_WORDS: Final[Mapping[str, Status]] = {
    "approved": "done",
    "refused": "failed",
    **{word: word for word in get_args(Status)},
}
_ASSUMED: Final[Mapping[str, Mapping[str, JsonValue]]] = {"containment.verify": {"contained": True}}
Answer = str | Mapping[str, JsonValue]


@dataclass(frozen=True)
class TraceLine:
    """One step of a dry run. `assumed` says that no answer was given for it and the good course was taken."""

    key: str
    step: Step
    status: Status
    inputs: Mapping[str, JsonValue]
    values: Mapping[str, JsonValue]
    assumed: bool

    def would(self, language: Literal["en", "zh"] = "en") -> str:
        """Say what the step would do, for a person to read."""
        return _would(self.step, self.inputs, language)


@dataclass(frozen=True)
class Trace:
    """The whole course: its lines in order, how each condition went, and the plan as it stands at the end."""

    lines: tuple[TraceLine, ...]
    plan: Plan

    @property
    def steps(self) -> tuple[str, ...]:
        """Give the keys of the steps in the order they came."""
        return tuple(line.key for line in self.lines)

    def text(self, language: Literal["en", "zh"] = "en") -> str:
        """Write the trace to be read: one line a step, then where it ended."""
        rows = [
            f"{number:>3}  {line.step.phase or '-':<9} {line.key}: {_in(line.step.name, language)}"
            f" [{line.status}{', assumed' if line.assumed else ''}]\n     {line.would(language)}".rstrip()
            for number, line in enumerate(self.lines, 1)
        ]
        decided = [f"     {key} → {way}" for key, way in self.plan.decided.items()]
        plan = self.plan
        last = f"finished at {', '.join(plan.reached_ends)}" if plan.finished else "not finished"
        stuck = [f"failed: {', '.join(plan.failed)}"] * bool(plan.failed)
        stuck += [f"waiting: {', '.join(plan.waiting)}"] * bool(plan.waiting)
        return "\n".join([*rows, "Decided:", *decided, "; ".join([last, *stuck])])


def dry_run(
    playbook: Playbook, facts: Mapping[str, Any] | None = None, answers: Mapping[str, Answer] | None = None
) -> Trace:
    """Run a plan on paper with these facts and answers; answers are by step key or by step id.

    An answer is a word (approved, refused, done, failed, skipped, waiting), the values a step sets, or
    `{status: …, values: {…}}`. A step without an answer is assumed to go well. Raises InvalidInputError for
    an answer to a step that does not exist or in words that are not known.
    """
    given = {key: read_answer(playbook, key, answer) for key, answer in (answers or {}).items()}
    results: dict[str, StepResult] = {}
    lines: list[TraceLine] = []
    while len(lines) < MAX_STEPS:
        plan = plan_next(playbook, results, facts)
        if not plan.ready:
            return Trace(tuple(lines), plan)
        key = plan.ready[0]
        step = playbook.step(key)
        answer = given.get(key) or given.get(step_id_of(key))
        results[key] = answer or StepResult("done", _ASSUMED.get(step.action or "", {}))
        values = results[key].values or {}
        lines.append(TraceLine(key, step, results[key].status, plan.inputs[key], values, answer is None))
    raise InvalidInputError(
        f"The dry run takes more than {MAX_STEPS} steps.", where=f"playbook {playbook.id}"
    )


def read_answer(playbook: Playbook, key: str, answer: Answer) -> StepResult:
    """Turn what a person or a test writes into a step's result."""
    if step_id_of(key) not in playbook.workflow:
        hint = nearest(key, list(playbook.workflow), "a step of the plan; the nearest is {}")
        raise InvalidInputError(f"There is an answer for {key[:80]!r}, which is not a step.", expected=hint)
    if isinstance(answer, str):
        return StepResult(_status(key, answer), {})
    if isinstance(answer.get("status"), str) and set(answer) <= {"status", "values"}:
        values = answer.get("values", {})
        if isinstance(values, Mapping):
            return StepResult(_status(key, str(answer["status"])), values)
    return StepResult("done", answer)


def _status(key: str, word: str) -> Status:
    if word not in _WORDS:
        raise InvalidInputError(
            f"The answer {word[:80]!r} is not known.",
            where=f"step {key}",
            expected=f"one of {', '.join(_WORDS)}",
        )
    return _WORDS[word]


def _would(step: Step, inputs: Mapping[str, JsonValue], language: Literal["en", "zh"]) -> str:
    kind = ACTIONS[step.action or ""].kind if step.action in ACTIONS else "automatic"
    chinese = language == "zh"
    if step.approval is not None:
        roles = ", ".join(step.approval.roles)
        asks = (
            f"将征求 {step.approval.needed} 人批准（{roles}）："
            if chinese
            else f"would ask {step.approval.needed} of {roles}: "
        )
        return asks + _in(step.approval.question, language)
    if kind == "manual":
        asks = f"将交由 {step.owner} 处理" if chinese else f"would wait for {step.owner}"
        return f"{asks}: {_in(step.instructions, language)}" if step.instructions else asks
    given = ", ".join(f"{name}={value}" for name, value in inputs.items())
    return f"{'将执行' if chinese else 'would do'} {step.action}{f' ({given})' if given else ''}"


def _in(text: Text, language: Literal["en", "zh"]) -> str:
    return text.zh if language == "zh" else text.en
