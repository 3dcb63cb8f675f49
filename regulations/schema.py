"""The form of the law files: one instrument a file, rules with dated versions, nothing unknown allowed."""

from datetime import date
from functools import cached_property
from hashlib import sha256
from json import dumps
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(min_length=1)]
RuleId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
Stage = Literal[
    "initial",
    "interim",
    "final",
    "individuals",
    "public",
    "record",
    "internal",
    "periodic",
    "drill",
    "assessment",
    "authority_escalation",
    "information",
]
Standing = Literal[
    "in_force",
    "supervisory_guidance",
    "draft",
    "not_yet_in_force",
    "not_yet_operational",
    "uncertain",
    "superseded",
    "recommended_standard",
    "voluntary",
    "no_duty",
]
BINDING: frozenset[str] = frozenset(("in_force", "supervisory_guidance"))
Unit = Literal[
    "minutes",
    "hours",
    "calendar_days",
    "business_days",
    "months",
    "immediate",
    "without_undue_delay",
    "on_request",
    "none",
    "fixed_date",
    "per_year",
]
COUNTED: frozenset[str] = frozenset(("minutes", "hours", "calendar_days", "business_days", "months"))
_MINUTES = {"minutes": 1, "hours": 60, "calendar_days": 1440, "business_days": 2000, "months": 40320}
Tells = Literal["authority", "individuals", "public", "counterpart", "nobody"]
VerifiedHow = Literal[
    "primary_text",
    "near_final_text",
    "secondary",
    "draft_only",
    "existence_only",
    "memory",
    "source_named",
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Recipient(_Part):
    """Who is told: the English name and the authority's own."""

    en: Text
    local: str | None = None


class Span(_Part):
    """A length of time as the law counts it."""

    value: Annotated[int, Field(ge=0)] | None = None
    unit: Unit

    @model_validator(mode="after")
    def _number_where_counted(self) -> Self:
        if (self.unit in COUNTED) != (self.value is not None):
            raise ValueError(f"{self.unit} needs {'a value' if self.unit in COUNTED else 'no value'}")
        return self


class Option(Span):
    """One of several limits; the earliest or latest of them counts."""

    of: Text
    drops_out_if_before: str | None = None


class Variant(Span):
    """Another span that holds instead when its condition does."""

    when: dict[str, Any]


class Relief(_Part):
    """A limit on a day of rest moves to this hour of the next working day, unless the condition holds."""

    until: Annotated[str, Field(pattern=r"^[0-2][0-9]:[0-5][0-9]$")]
    unless: dict[str, Any] | None = None


class Deadline(_Part):
    """How long there is; the clock says from when."""

    value: Annotated[int, Field(ge=0)] | None = None
    unit: Unit | None = None
    earliest_of: tuple[Option, ...] = ()
    latest_of: tuple[Option, ...] = ()
    instead: tuple[Variant, ...] = ()
    every: bool = False
    until: str | None = None
    day: Annotated[str, Field(pattern=r"^[01][0-9]-[0-3][0-9]$")] | None = None
    after: Literal["end_of_year"] | None = None
    ends_at: Annotated[str, Field(pattern=r"^[0-2][0-9]:[0-5][0-9]$")] | None = None
    relief: Relief | None = None
    text: str | None = None

    @cached_property
    def variants(self) -> tuple["Deadline", ...]:
        """The deadline with the span of each of `instead` in its place."""
        return tuple(self.model_copy(update={"value": v.value, "unit": v.unit}) for v in self.instead)

    @property
    def minutes(self) -> int:
        """How long it is, roughly: to tell the shortest of several."""
        return (self.value or 0) * _MINUTES.get(self.unit or "", 0)

    @model_validator(mode="after")
    def _one_way_of_counting(self) -> Self:
        ways = [self.unit is not None, bool(self.earliest_of), bool(self.latest_of)]
        if ways.count(True) != 1:
            raise ValueError("a deadline has exactly one of unit, earliest_of, latest_of")
        if self.unit is not None:
            Span(value=self.value, unit=self.unit)
        if (self.unit == "fixed_date") != (self.day is not None):
            raise ValueError("fixed_date and `day` go together")
        return self

    @property
    def is_counted(self) -> bool:
        """Whether the law names a number or a date."""
        return self.unit is None or self.unit in COUNTED or self.unit in {"fixed_date", "per_year"}


class Clock(_Part):
    """The moments that start a limit: one, the first known of several, or the last."""

    first_of: tuple[Text, ...] = ()
    last_of: tuple[Text, ...] = ()

    @cached_property
    def moments(self) -> tuple[str, ...]:
        """The moments named, in order."""
        return self.first_of or self.last_of

    @cached_property
    def name(self) -> str:
        """How the clock is shown: the moment's path, or the paths joined."""
        return self.moments[0] if len(self.moments) == 1 else " / ".join(self.moments)


class InForce(_Part):
    """Days on which a version is law, both included; no end means until further notice."""

    since: date | None = None
    until: date | None = None
    note: str | None = None

    def holds_on(self, day: date) -> bool:
        """Say whether the version is law on `day`."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Rule(_Part):
    """One duty in one dated version; `scope` and `terms` are the conditions it shares with other rules."""

    id: RuleId
    law: Text
    place: Text
    zone: Text
    calendar: Text
    stage: Stage
    tells: Annotated[tuple[Tells, ...], Field(min_length=1)]
    citation: Text
    obliged: Text
    trigger: Text
    scope: dict[str, Any] | None = None
    terms: dict[str, Any] = {}
    applies: dict[str, Any]
    when: dict[str, Any]
    unless: dict[str, Any] | None = None
    clock: Clock
    deadline: Deadline
    recipient: Recipient
    same_report_as: RuleId | None = None
    individuals: str | None = None
    content: tuple[Text, ...] = ()
    exemptions: tuple[Text, ...] = ()
    records: str | None = None
    language: str | None = None
    notes: str | None = None
    in_force: InForce
    status: Standing
    superseded_by: str | None = None
    verified: bool
    verified_how: VerifiedHow
    reviewed: date
    source: Text

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (hex) of the whole version: what a decision was made from."""
        plain = self.model_dump(mode="json")
        return sha256(dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class LawHead(_Part):
    """What a law file says about its instrument; without `scope`, if given, no rule of it applies."""

    law: RuleId
    name: Recipient
    place: Text
    zone: Text
    calendar: Text
    scope: dict[str, Any] | None = None
