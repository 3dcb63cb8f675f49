"""The format of a form: its questions, where each answer comes from, and at which stage it is required."""

from fnmatch import fnmatchcase
from functools import lru_cache
from importlib import resources
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.facts import fact_at
from regulations.content import content_words
from regulations.filing_forms.answers import ANSWERS
from regulations.filing_forms.known import Known
from regulations.filing_forms.words import form_data

Stage = Literal["initial", "interim", "final"]
Kind = Literal["text", "integer", "number", "date_time", "date", "boolean", "choice", "choices"]
EVERY_STAGE: tuple[Stage, ...] = ("initial", "interim", "final")
Value = str | int | bool


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Part):
    """A question in both languages."""

    en: str
    zh: str


class Condition(_Part):
    """A three-valued question; all that are given must hold. `is` compares, `among` looks in a list."""

    fact: str | None = None
    value: Annotated[Value | None, Field(alias="is")] = None
    among: tuple[Value, ...] = ()
    data: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    stage: tuple[Stage, ...] = ()
    profile: str | None = None
    cause: tuple[str, ...] = ()
    follow_up: bool | None = None
    late: bool | None = None
    told: bool | None = None
    tell_individuals: tuple[str, ...] = ()
    risk: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    told_by: tuple[str, ...] = ()
    established_in: tuple[str, ...] = ()
    any_of: Annotated[tuple["Condition", ...], Field(alias="any")] = ()

    def holds(self, known: Known) -> bool | None:
        """Answer with yes, no or unknown (None)."""
        answers = [
            getattr(self, f"_of_{name}")(known)
            for name in self.model_fields_set
            if name not in {"value", "among"}
        ]
        if any(answer is False for answer in answers):
            return False
        return None if any(answer is None for answer in answers) else True

    def _of_fact(self, known: Known) -> bool | None:
        return self._compared(fact_at(known.facts, str(self.fact)))

    def _of_profile(self, known: Known) -> bool | None:
        return self._compared(known.profile.get(str(self.profile)))

    def _compared(self, found: Any) -> bool | None:
        if found is None or found == ():
            return None
        if self.among:
            return (
                bool(set(found) & set(self.among)) if isinstance(found, tuple | list) else found in self.among
            )
        if self.value is None:
            return True
        return self.value in found if isinstance(found, tuple | list) else bool(found == self.value)

    def _of_data(self, known: Known) -> bool | None:
        kinds = known.facts.data.categories
        return None if kinds is None else bool(set(kinds) & set(self.data))

    def _of_relations(self, known: Known) -> bool | None:
        found = known.facts.people.relations
        return None if found is None else bool(set(found) & set(self.relations))

    def _of_stage(self, known: Known) -> bool:
        return known.stage in self.stage

    def _of_cause(self, known: Known) -> bool | None:
        return None if known.cause is None else bool(set(known.cause.kinds) & set(self.cause))

    def _of_follow_up(self, known: Known) -> bool:
        return known.is_follow_up == self.follow_up

    def _of_late(self, known: Known) -> bool:
        return (known.due_at is not None and known.at > known.due_at) == self.late

    def _of_told(self, known: Known) -> bool:
        return bool(known.told) == self.told

    def _of_tell_individuals(self, known: Known) -> bool | None:
        return None if known.tell_individuals is None else known.tell_individuals in self.tell_individuals

    def _of_risk(self, known: Known) -> bool | None:
        return None if known.risk is None else known.risk in self.risk

    def _of_severity(self, known: Known) -> bool | None:
        return None if known.severity is None else known.severity in self.severity

    def _of_told_by(self, known: Known) -> bool | None:
        return None if known.told_by is None else known.told_by in self.told_by

    def _of_established_in(self, known: Known) -> bool | None:
        return known.facts.organisation.established_in(self.established_in)

    def _of_any_of(self, known: Known) -> bool | None:
        answers = [each.holds(known) for each in self.any_of]
        if any(answers):
            return True
        return None if any(answer is None for answer in answers) else False


class Choice(_Part):
    """A coded answer and when it is the right one."""

    when: Condition = Condition()
    value: Value


class Question(_Part):
    """One field. Exactly one source; none means that only a person can answer it."""

    id: str
    label: Label
    kind: Kind = "text"
    answer: str | None = None
    fact: str | None = None
    profile: str | None = None
    staff: Annotated[str | None, Field(pattern=r"^[a-z_]+/(name|email|phone)(#[12])?$")] = None
    const: Value | None = None
    known: Literal["reference", "earlier_receipt", "told_on", "actions_due", "at_date"] | None = None
    choose: tuple[Choice, ...] = ()
    required: tuple[Stage, ...] = ()
    when: Condition | None = None
    stand_in: Value | None = (
        None  # what a document holds while nobody can answer; `@today` is the day it is made
    )

    @model_validator(mode="after")
    def _at_most_one_source(self) -> Self:
        given = [
            self.answer,
            self.fact,
            self.profile,
            self.staff,
            self.const,
            self.known,
            self.choose or None,
        ]
        if sum(each is not None for each in given) > 1:
            raise ValueError(f"the field {self.id} has more than one source")
        if self.answer is not None and self.answer not in ANSWERS:
            raise ValueError(f"the field {self.id} asks for the unknown answer {self.answer}")
        return self


class Form(_Part):
    """One form and the rules it serves. `document` forms also give a flat JSON object by field id."""

    form: str
    name: Label
    source: str
    verified: bool = True
    rules: tuple[str, ...]
    document: bool = False
    nulls: bool = (
        False  # a document holds null where a required answer has no stand-in; else the key is left out
    )
    placeholder: str | None = None
    fields: tuple[Question, ...]


@lru_cache(maxsize=1)
def forms() -> tuple[Form, ...]:
    """Load every form that ships with Tocsin."""
    folder = resources.files("regulations").joinpath("forms")
    names = sorted(
        entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")
    )
    chosen = (name for name in names if not name.startswith("_") and name != "generic")
    return tuple(Form.model_validate(form_data(name)) for name in chosen)


def form_for(rule: str, stage: str, content: tuple[str, ...] = ()) -> Form:
    """Give the form made for a rule, else the generic one built from the rule's own content list."""
    for form in forms():
        if any(fnmatchcase(rule, pattern) for pattern in form.rules):
            return form
    return generic_form(stage, content)


def generic_form(stage: str, content: tuple[str, ...]) -> Form:
    """Build a form from the words a law uses for what a report must say."""
    data, asked = form_data("generic"), content_words()
    words = (
        content if set(content) - {"official_form"} else data["stages"].get(stage, data["stages"]["initial"])
    )
    fields = [
        Question(
            id=name,
            label=Label(en=asked[name].en, zh=asked[name].zh),
            answer=name,
            required=() if name in data["optional"] else EVERY_STAGE,
        )
        for name in words
        if name in ANSWERS
    ]
    return Form(
        form="generic", name=Label(**data["name"]), source=data["source"], rules=("*",), fields=tuple(fields)
    )
