"""The playbook document: CACAO 2.0's words, plus what a breach plan needs and CACAO lacks.

Added: phases, roles and RACI, approvals, clocks the plan must meet, evidence, undo, and every sentence that
people read in English and Chinese. Unknown keys are refused.
"""

from datetime import timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)

from playbooks.condition import parse_condition
from playbooks.durations import parse_duration
from playbooks.words import Department, Moment, Phase, Role, Stage, StepType, TimeoutAction

FORMAT: Final = "tocsin/playbook/1"

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}(\.[a-z][a-z0-9_]{0,63})*$")]
PlaybookId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Version = Annotated[str, StringConstraints(pattern=r"^\d{1,5}\.\d{1,5}\.\d{1,5}$")]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


def _duration(text: str) -> str:
    parse_duration(text)
    return text


def _condition(text: str) -> str:
    parse_condition(text)
    return text


Duration = Annotated[str, AfterValidator(_duration)]
Condition = Annotated[str, AfterValidator(_condition)]


class Part(BaseModel):
    """Common rules of every part: nothing unknown, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True)


class Text(Part):
    """A sentence for people, in English and Simplified Chinese."""

    en: Sentence
    zh: Sentence


class Variable(Part):
    """A value that conditions and inputs may read. `from` names a place in the facts or the signal."""

    type: Literal["string", "integer", "number", "boolean", "list"]
    description: Text | None = None
    default: JsonValue = None
    source: Annotated[str, StringConstraints(pattern=r"^(facts|signal)(\.[a-z_][a-z0-9_]*)+$")] | None = (
        Field(None, alias="from")
    )


class Clock(Part):
    """A duty's clock this plan must meet even when everything takes as long as it may.

    `already_used` is what may have run off between the clock's moment and the start of the plan;
    `started_by` names the step that brings the moment about, when the plan itself does.
    """

    rule: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,80}$")]
    starts_at: Moment
    within: Duration
    met_by: Annotated[list[Identifier], Field(min_length=1)]
    already_used: Duration = "PT0S"
    started_by: Identifier | None = None


class Sending(Part):
    """The stated size and rate that feasibility is worked out with: people to tell, notices an hour."""

    people: Annotated[int, Field(ge=1)]
    notices_per_hour: Annotated[int, Field(ge=1)]

    def span(self) -> timedelta:
        """How long telling everybody takes at the stated rate."""
        return timedelta(hours=self.people / self.notices_per_hour)


class Raci(Part):
    """Who does it, who answers for it, who is asked, who is told: roles or departments of the bank."""

    responsible: Annotated[list[Role | Department], Field(min_length=1)]
    accountable: Role | Department
    consulted: list[Role | Department] = []
    informed: list[Role | Department] = []


class Approval(Part):
    """A gate: `needed` different people of `roles`, never the requester, answer a manager's question."""

    roles: Annotated[list[Role], Field(min_length=1)]
    needed: Annotated[int, Field(ge=1, le=9)] = 1
    each_role: bool = False
    question: Text
    what_happens: Text
    whom_it_touches: Text
    how_to_undo: Text
    timeout: Duration
    on_timeout: TimeoutAction
    deputies: list[Role] = []
    reminders: list[Duration] = []


class PreAuthorisation(Part):
    """Why a containment may go ahead without asking: who agreed beforehand, and to what extent."""

    by: Role
    limits: Text


class Irreversible(Part):
    """An act that cannot be undone, and why it is worth that."""

    irreversible: Text


class Retry(Part):
    """How often the engine tries again when a step fails for an outside reason, and how long between."""

    attempts: Annotated[int, Field(ge=1, le=20)]
    delay: Duration


class Deadline(Part):
    """When a step must be done: by a rule's clock, or within a span of a moment."""

    rule: str | None = None
    clock: Moment | None = None
    within: Duration | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.rule is None) == (self.clock is None) or (self.clock is None) != (self.within is None):
            msg = "a deadline names either a rule, or a clock with within"
            raise ValueError(msg)
        return self


class FormField(Part):
    """One question of a manual step's form; its answer becomes the variable of the same name."""

    type: Literal["string", "integer", "number", "boolean"]
    question: Text
    options: list[str] = []
    required: bool = True


class Step(Part):
    """One step of the workflow. Which keys it may carry follows from its type."""

    type: StepType
    name: Text
    phase: Phase | None = None
    instructions: Text | None = None
    action: str | None = None
    inputs: dict[str, JsonValue] = Field({}, alias="with")
    form: dict[Identifier, FormField] = {}
    playbook: PlaybookId | None = None
    on_completion: Identifier | None = None
    on_success: Identifier | None = None
    on_failure: Identifier | None = None
    next_steps: list[Identifier] = []
    condition: Condition | None = None
    on_true: Identifier | None = None
    on_false: Identifier | None = None
    on_unknown: Identifier | None = None
    max_iterations: Annotated[int, Field(ge=1, le=1000)] = 20
    switch: Condition | None = None
    cases: dict[str, Identifier] = {}
    timeout: Duration | None = None
    on_timeout: Literal["escalate", "fail"] = "escalate"
    owner: Role | None = None
    raci: Raci | None = None
    approval: Approval | None = None
    pre_authorised: PreAuthorisation | None = None
    retry: Retry | None = None
    deadline: Deadline | None = None
    evidence: list[Sentence] = []
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


class Playbook(Part):
    """A whole plan, from detection to accountability."""

    schema_: Literal["tocsin/playbook/1"] = Field(alias="schema")
    id: PlaybookId
    version: Version
    name: Text
    description: Text
    part: bool = False
    vectors: list[str] = []
    roles: Annotated[list[Role], Field(min_length=1)]
    variables: dict[Identifier, Variable] = {}
    clocks: list[Clock] = []
    sending: Sending | None = None
    workflow_start: Identifier
    workflow: Annotated[dict[Identifier, Step], Field(min_length=1, max_length=500)]
    carried: dict[PlaybookId, str] = {}

    def step(self, key: str) -> Step:
        """Give the step of a key; `contain#2` is the second round of `contain`."""
        return self.workflow[step_id_of(key)]


def step_id_of(key: str) -> str:
    """Strip the round from a step key: `ask#2` belongs to step `ask`."""
    return key.partition("#")[0]


__all__ = ["FORMAT", "Playbook", "Stage", "Step", "Text", "step_id_of"]
