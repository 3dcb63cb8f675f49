"""What single laws want of a notice to people beyond what every notice holds; read from data."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from models.facts_words import DataCategory
from regulations.plain_yaml import read_plain

Service = Literal["credit_monitoring", "identity_protection"]
Word = Literal["police_delay", "police_report", "what_happened"]
Text = Annotated[str, Field(min_length=1)]


class NoticeDemand(BaseModel):
    """One demand of one law on notices to people in its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Text
    place: Text  # ISO 3166-2
    asks: Literal["protection", "statement", "silence", "guardian"]
    citation: Text
    of: tuple[Word, ...] = ()
    service: Service | None = None
    months: Annotated[int, Field(ge=1)] | None = None
    exposed: tuple[DataCategory, ...] = ()
    only_source: bool = False
    how: Literal["primary_text", "secondary", "memory"]
    source: Text | None = None  # what was read, and when
    doubt: Text | None = None  # what counsel should decide

    @model_validator(mode="after")
    def _complete(self) -> "NoticeDemand":
        if (self.source is None) != (self.how == "memory"):
            raise ValueError(f"{self.citation}: what was read names its source, and memory has none")
        offers, words = self.asks == "protection", self.asks in ("statement", "silence")
        if offers != bool(self.service and self.months and self.exposed) or words != bool(self.of):
            raise ValueError(
                f"{self.citation}: protection has service, months, exposed; statement and silence `of`"
            )
        return self


@cache
def notice_demands() -> tuple[NoticeDemand, ...]:
    """Return what is on record; raises InvalidInputError or ValidationError when the file is wrong."""
    text = files("regulations").joinpath("notice_demands.yaml").read_text("utf-8")
    return TypeAdapter(tuple[NoticeDemand, ...]).validate_python(
        read_plain(text, "notice_demands.yaml")["demands"]
    )


@cache
def place_of_demands(place: str) -> str:
    """Return the place whose demands a person in `place` has: itself, its country when no part is known, or none.

    Somebody of whom only the country is known may live in any of its parts.
    """
    places = {demand.place for demand in notice_demands()}
    country = "-" not in place and any(each.startswith(f"{place}-") for each in places)
    return place if place and (place in places or country) else ""


def guardians_asked(rules: Iterable[str]) -> tuple[NoticeDemand, ...]:
    """Return what laws among `rules` say of telling the guardians of minors."""
    return tuple(demand for demand in notice_demands() if demand.asks == "guardian" and demand.rule in rules)


@cache
def words_asked(place: str, asks: str) -> frozenset[str]:
    """Return what laws of exactly this place want said (`statement`) or not said (`silence`)."""
    found = (demand.of for demand in notice_demands() if (demand.place, demand.asks) == (place, asks))
    return frozenset(word for words in found for word in words)


def protection_owed(place: str, categories: Iterable[str]) -> tuple[NoticeDemand, ...]:
    """Return the offers that laws want made to somebody in `place` with these kinds of data exposed."""
    kinds = frozenset(categories)
    return tuple(
        demand
        for demand in notice_demands()
        if demand.asks == "protection"
        and place
        and (demand.place == place or demand.place.startswith(f"{place}-"))
        and not kinds.isdisjoint(demand.exposed)
    )
