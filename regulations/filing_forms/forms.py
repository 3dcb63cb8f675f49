"""The format of a form: its questions, where each answer comes from, and at which stage it is required."""

from fnmatch import fnmatchcase
from functools import lru_cache
from importlib import resources
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from regulations.content import content_words
from regulations.filing_forms.answers import ANSWERS
from regulations.filing_forms.conditions import Condition, Stage, Value
from regulations.filing_forms.words import form_data

Kind = Literal["text", "integer", "number", "date_time", "date", "boolean", "choice", "choices"]
EVERY_STAGE: tuple[Stage, ...] = ("initial", "interim", "final")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Part):
    """A question in both languages."""

    en: str
    zh: str


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
    # What a document holds while nobody can answer; `@today` is the day it is made.
    stand_in: Value | None = None

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


class FormSection(_Part):
    """A part of a form with its heading; it reaches from its first field to the next section."""

    first: str
    label: Label


class Form(_Part):
    """One form and the rules it serves. `document` forms also give a flat JSON object by field id."""

    form: str
    name: Label
    source: str
    verified: bool = True
    rules: tuple[str, ...]
    document: bool = False
    nulls: bool = (
        False  # a document holds null where a required answer has no stand-in; else it leaves the key out
    )
    placeholder: str | None = None  # what a document holds for a required text that nobody knows yet
    sections: tuple[FormSection, ...] = ()
    fields: tuple[Question, ...]

    @model_validator(mode="after")
    def _sections_begin_at_fields_in_order(self) -> Self:
        ids = [field.id for field in self.fields]
        places = [ids.index(section.first) if section.first in ids else -1 for section in self.sections]
        if places != sorted(set(places)) or (places and places[0] != 0):
            raise ValueError(f"the sections of {self.form} do not divide its fields")
        return self


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
