"""Duties to exercise the plan: how often, for whom, what counts as proof, and where an organisation stands. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from models.errors import InvalidInputError
from models.facts import Organisation
from models.facts_words import Sector, Trait
from models.places import EU, is_place, lies_in
from regulations.plain_yaml import read_plain
from regulations.retention import months_after

SCHEMA = "tocsin/exercises/1"
FILE = "exercises.yaml"
SOON = timedelta(days=60)
Kind = Literal["drill", "tabletop", "restore_test", "outside_tabletop", "outside_exercise", "red_team"]
State = Literal["met", "due_soon", "overdue", "no_proof"]
Words = Annotated[str, Field(min_length=1)]


class ExerciseDuty(BaseModel):
    """One duty; the file's head says what each key means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{2,60}$")]
    name: Mapping[Literal["en", "zh"], Words]
    places: tuple[str, ...] = ()
    sectors: tuple[Sector, ...] = ()
    traits: tuple[Trait, ...] = ()
    months: Annotated[int, Field(ge=1, le=120)]
    set_by: Literal["text", "house"]
    counts: Annotated[tuple[Kind, ...], Field(min_length=1)]
    plans: tuple[str, ...] = ()
    limits: Mapping[Literal["en", "zh"], Words] = {}
    voluntary: bool = False
    citation: Words
    source: Words
    how: Literal["primary_text", "secondary", "memory", "house"]
    verified: bool

    @model_validator(mode="after")
    def _is_honest(self) -> Self:
        if self.verified != (self.how in {"primary_text", "house"}):
            raise ValueError("only what was read, or is the house's own, is verified")
        if strange := [place for place in self.places if place != "EU" and not is_place(place)]:
            raise ValueError(f"there is no place {strange[0]!r}")
        if set(self.name) != {"en", "zh"} or (self.limits and set(self.limits) != {"en", "zh"}):
            raise ValueError("name and limits are in en and zh")
        return self

    def applies(self, organisation: Organisation) -> bool:
        """Say whether it binds an organisation; a sector or trait that is not known is taken to fit."""
        known = [*(organisation.establishments or ()), *filter(None, (organisation.country,))]
        here = not self.places or any(lies_in(place, self._areas()) for place in known)
        return here and _fits(self.sectors, organisation.sectors) and _fits(self.traits, organisation.traits)

    def _areas(self) -> Iterable[str]:
        return (area for place in self.places for area in (sorted(EU) if place == "EU" else (place,)))


def _fits(wanted: tuple[str, ...], known: Iterable[str] | None) -> bool:
    return not wanted or known is None or not set(wanted).isdisjoint(known)


@dataclass(frozen=True)
class Held:
    """One exercise on record: what kind, when it was held, its id, and the plan it followed where it followed one."""

    kind: str
    at: datetime
    id: str
    plan: str | None = None


@dataclass(frozen=True)
class Standing:
    """Where an organisation stands with one duty; `due_at` is None while there is no proof to count from."""

    duty: ExerciseDuty
    state: State
    last: Held | None
    due_at: datetime | None


def standing(duty: ExerciseDuty, held: Iterable[Held], at: datetime) -> Standing:
    """Say when a duty was last proved by exercises held up to `at`, and until when that holds."""
    proofs = [
        each
        for each in held
        if each.at <= at and each.kind in duty.counts and (not duty.plans or each.plan in duty.plans)
    ]
    last = max(proofs, key=lambda each: each.at, default=None)
    if last is None:
        return Standing(duty, "no_proof", None, None)
    due_at = months_after(last.at, duty.months)
    state: State = "overdue" if due_at < at else "due_soon" if due_at - at <= SOON else "met"
    return Standing(duty, state, last, due_at)


def standings(
    organisation: Organisation, held: Iterable[Held], at: datetime, *, voluntary: bool = False
) -> tuple[Standing, ...]:
    """Give the standing of each duty that binds an organisation; with `voluntary`, of standards one may choose too."""
    exercises = tuple(held)
    return tuple(
        standing(duty, exercises, at)
        for duty in exercise_duties()
        if (voluntary or not duty.voluntary) and duty.applies(organisation)
    )


@cache
def exercise_duties() -> tuple[ExerciseDuty, ...]:
    """Give the duties that come with Tocsin."""
    return read_duties(files("regulations").joinpath(FILE).read_text("utf-8"), FILE)


def read_duties(text: str, where: str) -> tuple[ExerciseDuty, ...]:
    """Read duties from YAML text.

    Raises:
        InvalidInputError: with the duty that is wrong.
    """
    document = read_plain(text, where)
    if document.get("schema") != SCHEMA:
        raise InvalidInputError(
            "This is no file of exercise duties.", where=where, expected=f"schema {SCHEMA}"
        )
    try:
        duties = TypeAdapter(tuple[ExerciseDuty, ...]).validate_python(document.get("duties"))
    except ValidationError as error:
        fault = error.errors()[0]
        number, *path = (*fault["loc"], "")
        said = fault["msg"].removeprefix("Value error, ")
        name = ".".join(str(part) for part in path if part != "")
        raise InvalidInputError(
            f"{name or 'A duty'}: {said}.",
            where=f"{where}, duty {int(number) + 1 if str(number).isdigit() else 1}",
        ) from None
    if len({duty.id for duty in duties}) < len(duties):
        raise InvalidInputError("Two exercise duties have the same id.", where=where)
    return duties
