"""A public notice in place of notices to persons: when each law allows it, and in which way; read from data."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from regulations.plain_yaml import read_plain

Way = Literal[
    "email", "website", "media", "website_or_media", "toll_free", "public", "letter", "phone", "other"
]
Count = Annotated[int, Field(ge=1)]


class Substitute(BaseModel):
    """What one rule says of a public notice. `days` is how long it stays up; `cost` an amount with its currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    citation: Annotated[str, Field(min_length=1)]
    lacking: Count | None = None
    people: Count | None = None
    cost: Annotated[str, Field(pattern=r"^\d+ [A-Z]{3}$")] | None = None
    effort: bool = False
    unnamed: bool = False
    equal: bool = False
    ways: Annotated[tuple[Way, ...], Field(min_length=1)]
    few: tuple[Way, ...] = ()
    days: Count | None = None
    how: Literal["primary_text", "secondary", "memory"]
    source: Annotated[str, Field(min_length=1)] | None = None  # what was read, and when

    @model_validator(mode="after")
    def _says_what_was_read(self) -> "Substitute":
        if (self.source is None) != (self.how == "memory"):
            raise ValueError(f"{self.citation}: what was read names its source, and memory has none")
        if self.unnamed and (self.effort or self.lacking or self.people or self.cost):
            raise ValueError(f"{self.citation}: a law that names no public notice has no threshold for one")
        return self

    def because(self, people: int, unreached: int) -> str | None:
        """Say which threshold numbers of people meet; None when they meet none, so far as numbers can tell."""
        if self.lacking is not None and unreached >= self.lacking:
            who = "1 person" if unreached == 1 else f"{unreached} people"
            return f"{who} without a contact that works (from {self.lacking} on)"
        if self.people is not None and people > self.people:
            return f"{people} people concerned (above {self.people})"
        return None

    def left_to_people(self, people: int, unreached: int) -> str | None:
        """Say what only a person can judge: the cost, the effort, or how to reach the few; None when nothing is."""
        if not unreached and not self.cost:
            return None
        if self.unnamed:
            return f"the law names no public notice for them; reach them by {' or '.join(self.ways)}"
        asked = [f"the cost is above {self.cost}"] if self.cost and people else []
        asked += ["the law takes a public notice as it takes a message"] if self.equal and unreached else []
        asked += ["telling each takes a disproportionate effort"] if self.effort else []
        asked += [f"reach them by {' or '.join(self.few)}"] if self.few and unreached else []
        return "; ".join(asked) or None


@cache
def substitutes() -> Mapping[str, Substitute]:
    """Return what is on record, by rule; raises InvalidInputError or ValidationError when the file is wrong."""
    text = files("regulations").joinpath("substitutes.yaml").read_text("utf-8")
    return TypeAdapter(dict[str, Substitute]).validate_python(read_plain(text, "substitutes.yaml"))
