"""By when an enquiry must be answered: a law's term, counted from the day the enquiry came in, where there is one."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from models.places import EU
from models.vocabulary import EnquiryKind

_EEA = EU | {"IS", "LI", "NO"}


class Term(BaseModel):
    """One law's term; days or months, and where it says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: EnquiryKind
    places: tuple[str, ...]
    days: int | None = Field(default=None, ge=1)
    months: int | None = Field(default=None, ge=1)
    citation: str
    source: str = Field(pattern=r"^https://")

    @model_validator(mode="after")
    def _one_length(self) -> "Term":
        if (self.days is None) == (self.months is None):
            raise ValueError("either days or months")
        return self

    def covers(self, kind: str, place: str) -> bool:
        """Say whether it is about such an enquiry of somebody in a place (ISO 3166, may be empty)."""
        country = place.partition("-")[0]
        wanted = {place, country} | ({"EEA"} if country in _EEA else set())
        return kind == self.kind and bool(wanted & set(self.places))

    def ends(self, received_at: datetime) -> datetime:
        """Give the end of its last day, in UTC; a month that has no such day ends with its last."""
        day = received_at.astimezone(UTC).date()
        if self.days is not None:
            last = day + timedelta(days=self.days)
        else:
            count = day.month - 1 + (self.months or 0)
            year, month = day.year + count // 12, count % 12 + 1
            last = day.replace(year=year, month=month, day=min(day.day, monthrange(year, month)[1]))
        return datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """The moment before which an answer is owed, and why."""

    at: datetime
    citation: str


@lru_cache(maxsize=1)
def terms() -> tuple[Term, ...]:
    """Give every term of the file."""
    text = (files("response.hearing") / "enquiry_terms.yaml").read_text("utf-8")
    return TypeAdapter(tuple[Term, ...]).validate_python(yaml.safe_load(text))


def due_of(kind: str, place: str, received_at: datetime) -> Due | None:
    """Give the earliest end of what laws say; None where none says anything."""
    found = [Due(term.ends(received_at), term.citation) for term in terms() if term.covers(kind, place)]
    return min(found, key=lambda due: due.at, default=None)
