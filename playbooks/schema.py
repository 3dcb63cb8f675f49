"""The playbook document: CACAO 2.0's words, plus what a breach plan needs and CACAO lacks.

Added: phases, roles and RACI, approvals, clocks the plan must meet, evidence, undo, and every sentence that
people read in English and Chinese. Unknown keys are refused.
"""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, JsonValue, model_validator

from playbooks.schema_parts import (
    Approval,
    Clock,
    Condition,
    Deadline,
    Duration,
    FormField,
    Identifier,
    Irreversible,
    Part,
    PlaybookId,
    PreAuthorisation,
    Raci,
    Retry,
    Sending,
    Sentence,
    Text,
    Variable,
    Version,
)
from playbooks.words import Phase, Role, StepType

__all__ = [
    "ALLOWED_KEYS",
    "COMMON_KEYS",
    "FORMAT",
    "REQUIRED_KEYS",
    "Addition",
    "Approval",
    "Clock",
    "Irreversible",
    "Part",
    "Playbook",
    "PlaybookId",
    "Step",
    "Text",
    "step_id_of",
]

FORMAT: Final = "tocsin/playbook/1"


class Step(Part):
    """One step of the workflow. Which keys it may carry follows from its type."""

    type: StepType
    name: Text
    phase: Phase | None = None
    instructions: Text | None = None
    action: str | None = None
    inputs: dict[str, JsonValue] = Field({}, alias="with")
    form: dict[Identifier, FormField] = Field(default_factory=dict)
    playbook: PlaybookId | None = None
    on_completion: Identifier | None = None
    on_success: Identifier | None = None
    on_failure: Identifier | None = None
    next_steps: list[Identifier] = Field(default_factory=list)
    condition: Condition | None = None
    on_true: Identifier | None = None
    on_false: Identifier | None = None
    on_unknown: Identifier | None = None
    max_iterations: Annotated[int, Field(ge=1, le=1000)] = 20
    switch: Condition | None = None
    cases: dict[str, Identifier] = Field(default_factory=dict)
    timeout: Duration | None = None
    on_timeout: Literal["escalate", "fail"] = "escalate"
    owner: Role | None = None
    raci: Raci | None = None
    approval: Approval | None = None
    pre_authorised: PreAuthorisation | None = None
    retry: Retry | None = None
    deadline: Deadline | None = None
    evidence: list[Sentence] = Field(default_factory=list)
    undo: Identifier | Irreversible | None = None

    @model_validator(mode="after")
    def _keys_fit_the_type(self) -> Self:
        for key in REQUIRED_KEYS[self.type]:
            if not getattr(self, key):
                msg = f"a step of type {self.type} needs {key}"
                raise ValueError(msg)
        allowed = COMMON_KEYS | ALLOWED_KEYS[self.type]
        for key in type(self).model_fields:
            if key in self.model_fields_set and key not in allowed:
                msg = f"a step of type {self.type} has no {'with' if key == 'inputs' else key}"
                raise ValueError(msg)
        if (
            self.on_completion
            and self.type in {"action", "playbook-action"}
            and (self.on_success or self.on_failure)
        ):
            msg = "on_completion stands alone: write on_success and on_failure, or on_completion"
            raise ValueError(msg)
        return self


COMMON_KEYS: Final = frozenset({"type", "name", "phase", "instructions"})
_FLOW: Final = frozenset({"on_completion", "on_success", "on_failure"})
_DUTY: Final = frozenset({"timeout", "on_timeout", "owner", "raci", "retry", "deadline", "evidence"})
REQUIRED_KEYS: Final[dict[StepType, tuple[str, ...]]] = {
    "start": ("on_completion",),
    "end": (),
    "action": ("action",),
    "playbook-action": ("playbook", "on_completion"),
    "parallel": ("next_steps",),
    "if-condition": ("condition", "on_true"),
    "while-condition": ("condition", "on_true", "on_completion"),
    "switch-condition": ("switch", "cases"),
}
ALLOWED_KEYS: Final[dict[StepType, frozenset[str]]] = {
    "start": frozenset({"on_completion"}),
    "end": frozenset(),
    "action": _FLOW | _DUTY | {"action", "inputs", "form", "approval", "pre_authorised", "undo"},
    "playbook-action": frozenset({"on_completion", "playbook", "inputs"}),
    "parallel": frozenset({"next_steps", "on_completion"}),
    "if-condition": frozenset({"condition", "on_true", "on_false", "on_unknown", "on_completion"}),
    "while-condition": frozenset({"condition", "on_true", "on_completion", "max_iterations"}),
    "switch-condition": frozenset({"switch", "cases", "on_completion"}),
}


class Addition(Part):
    """A step that somebody added to this plan during the incident, and the step it comes after."""

    id: Identifier
    after: Identifier
    step: Step


class Playbook(Part):
    """A whole plan, from detection to accountability."""

    schema_: Literal["tocsin/playbook/1"] = Field(alias="schema")
    id: PlaybookId
    version: Version
    name: Text
    description: Text
    part: bool = False
    # What was wrong in the document this was drafted from: it can't be run before somebody settled each of them.
    faults: list[Annotated[str, Field(max_length=1000)]] = Field(default_factory=list)
    vectors: list[str] = Field(default_factory=list)
    roles: Annotated[list[Role], Field(min_length=1)]
    variables: dict[Identifier, Variable] = Field(default_factory=dict)
    clocks: list[Clock] = Field(default_factory=list)
    sending: Sending | None = None
    workflow_start: Identifier
    workflow: Annotated[dict[Identifier, Step], Field(min_length=1, max_length=500)]
    added: list[Addition] = Field(default_factory=list)
    carried: dict[PlaybookId, str] = Field(default_factory=dict)

    def step(self, key: str) -> Step:
        """Give the step of a key; `contain#2` is the second round of `contain`."""
        return self.workflow[step_id_of(key)]


def step_id_of(key: str) -> str:
    """Strip the round from a step key: `ask#2` belongs to step `ask`."""
    return key.partition("#")[0]
