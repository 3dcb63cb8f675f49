"""The sentences of each language, from which templates are filled; read from `phrases/<language>.yaml`."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.errors import InvalidInputError, NotFoundError
from models.facts_words import DataCategory, Vector
from notifications.texts.exposure import GROUPS, PROFILES
from regulations.notice_demands import Service

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where libyaml is
Sentence = Annotated[str, Field(min_length=1, max_length=500)]
PROTECTION = ("offer", "phone", "website", "code", "until", "short")
MEASURES = ("closed", "closing", "investigating", "authorities", "watching")


class GuardianPhrases(BaseModel):
    """What is said to the parent or guardian of a minor in place of the words to a reader about themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unnamed: Sentence
    subject: Sentence
    opening: Sentence
    short: Sentence
    rights: Sentence
    kinds: dict[DataCategory, Sentence]  # only those whose usual words speak to the reader
    consequences: dict[str, Sentence]
    advice: dict[str, tuple[Sentence, ...]]


class Phrases(BaseModel):
    """One language, complete: a missing sentence is found when the file is read, not when it is needed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Sentence
    between: str
    last: str
    day_form: Sentence
    first_day: str = "1"  # of a month, where it is written in a way of its own
    months: Annotated[tuple[Sentence, ...], Field(min_length=12, max_length=12)]
    unnamed: Sentence
    opening: Sentence
    vectors: dict[Vector, Sentence]
    categories: dict[DataCategory, Sentence]
    consequences: dict[str, Sentence]
    advice: dict[str, tuple[Sentence, ...]]
    scam: tuple[Sentence, ...]
    measures: dict[str, Sentence]
    rights: dict[str, tuple[Sentence, ...]]
    guardian: GuardianPhrases
    police_delay: dict[str, Sentence]  # yes: law enforcement had the notice wait; no: it did not
    police_report: Sentence
    withheld: Sentence  # in place of what happened, where a law keeps that from a notice
    services: dict[Service, Sentence]
    protection: dict[str, Sentence]
    headings: dict[str, tuple[Sentence, ...]] = {}  # by profile: words a law wants the parts to stand under

    @model_validator(mode="after")
    def _complete(self) -> "Phrases":
        wanted: dict[str, tuple[Any, ...]] = {
            "vectors": get_args(Vector),
            "categories": get_args(DataCategory),
            "consequences": GROUPS,
            "advice": GROUPS,
            "measures": MEASURES,
            "rights": PROFILES,
            "police_delay": ("yes", "no"),
            "services": get_args(Service),
            "protection": PROTECTION,
        }
        for part, words in wanted.items():
            missing = set(words) ^ set(getattr(self, part))
            if missing:
                raise ValueError(f"{part}: missing or unknown: {', '.join(sorted(missing))}")
        if not set(self.guardian.consequences) == set(self.guardian.advice) == set(GROUPS):
            raise ValueError(f"guardian: consequences and advice are wanted for {', '.join(GROUPS)}")
        return self

    def day(self, moment: date | None) -> str:
        """Write a day as the language does; nothing for an unknown one."""
        if moment is None:
            return ""
        month = self.months[moment.month - 1]
        day = self.first_day if moment.day == 1 else str(moment.day)
        return self.day_form.format(year=moment.year, month=month, number=moment.month, day=day)

    def in_line(self, items: tuple[str, ...]) -> str:
        """Join items to one enumeration."""
        if len(items) < 2:  # noqa: PLR2004
            return "".join(items)
        return self.between.join(items[:-1]) + self.last + items[-1]


@dataclass(frozen=True)
class PhraseText:
    """A phrase file as it stands; its text is part of what an approval covers."""

    language: str
    text: str
    phrases: Phrases


def languages() -> tuple[str, ...]:
    """Give the languages that have phrases."""
    folder = files("notifications.texts") / "phrases"
    return tuple(
        sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    )


@lru_cache(maxsize=32)
def phrases_text(language: str) -> str:
    """Give the phrase file of a language as it stands.

    Raises:
        NotFoundError: there is none.
    """
    place = files("notifications.texts") / "phrases" / f"{language}.yaml"
    if not re.fullmatch(r"[A-Za-z-]+", language) or not place.is_file():
        raise NotFoundError(f"There are no phrases in {language!r}.", expected=", ".join(languages()))
    return place.read_text("utf-8")


@lru_cache(maxsize=32)
def phrases_of(language: str) -> PhraseText:
    """Read the phrases of a language.

    Raises:
        NotFoundError: there are none.
        InvalidInputError: the file lacks a sentence.
    """
    text = phrases_text(language)
    try:
        return PhraseText(language, text, Phrases.model_validate(yaml.load(text, Loader=_LOADER)))  # noqa: S506
    except (yaml.YAMLError, ValidationError) as error:
        raise InvalidInputError(
            f"The phrases of {language} can't be used: {error}.", where=f"phrases/{language}.yaml"
        ) from None
