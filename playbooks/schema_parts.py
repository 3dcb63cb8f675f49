"""The parts a playbook is made of: texts, variables, clocks, approvals, and what a step may carry."""

from datetime import timedelta
from typing import Annotated, Literal, Self

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
from playbooks.words import Department, Moment, Role, TimeoutAction

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
