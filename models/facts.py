"""What is known of an incident at one moment: the facts file `tocsin/facts/1`.

Triage and the law read this and nothing else. A missing key or null is unknown, never "no".
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StrictBool, model_validator

from models.count import Count
from models.errors import NotFoundError
from models.facts_words import (
    Actor,
    Backup,
    DataCategory,
    Exfiltration,
    Identifiability,
    Relation,
    Role,
    Sector,
    ServiceImpact,
    Trait,
    Vector,
)
from models.places import is_place, named_in_part, nearest_place

SCHEMA: Literal["tocsin/facts/1"] = "tocsin/facts/1"


def _moment(given: Any) -> Any:
    if isinstance(given, datetime):
        moment = given
    elif isinstance(given, str):
        try:
            moment = datetime.fromisoformat(given.strip())
        except ValueError:
            raise ValueError("not a moment; expected ISO 8601 like 2026-03-02T22:10:00+08:00") from None
    else:
        raise ValueError("not a moment; expected ISO 8601 like 2026-03-02T22:10:00+08:00")  # noqa: TRY004
    if moment.utcoffset() is None:
        raise ValueError("time without an offset; expected one like +08:00 or Z at the end")
    if not 1970 <= moment.year <= 9000:  # noqa: PLR2004
        raise ValueError("year out of range; expected 1970 or later")
    return moment


def _place(given: Any) -> Any:
    if isinstance(given, str) and is_place(given):
        return given
    near = nearest_place(given) if isinstance(given, str) else ""
    hint = f"; did you mean {near}?" if near else ""
    raise ValueError(f"unknown place; expected ISO 3166-1 like DE or 3166-2 like US-NY, CN-44{hint}")


def _once_each(given: Any) -> Any:
    hashable = isinstance(given, list | tuple) and all(isinstance(word, str) for word in given)
    return tuple(dict.fromkeys(given)) if hashable else given


def _regime(given: Any) -> Any:
    if isinstance(given, str) and re.fullmatch(r"[a-z][a-z0-9_.-]{0,79}", given):
        return given
    raise ValueError("not a regime or rule name; expected small letters, digits, hyphens, like dora")


Moment = Annotated[datetime, BeforeValidator(_moment)]
Place = Annotated[str, BeforeValidator(_place)]
Name = Annotated[str, BeforeValidator(_regime)]
Amount = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Once = BeforeValidator(_once_each)


class _Part(BaseModel):
    """One section of the file: frozen, and closed against unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _null_is_a_missing_section(cls, given: Any) -> Any:
        return {} if given is None else given


class Organisation(_Part):
    """Who is asking: where it is established and what it is in law."""

    name: str | None = None
    country: Place | None = None
    establishments: Annotated[tuple[Place, ...], Once] | None = None
    role: Role | None = None
    sectors: Annotated[tuple[Sector, ...], Once] | None = None
    traits: Annotated[tuple[Trait, ...], Once] | None = None

    def established_in(self, areas: Collection[str]) -> bool | None:
        """Say whether it has an establishment in one of `areas`; None when that is not known."""
        known = [*(self.establishments or ()), *([self.country] if self.country else [])]
        for place in known:
            if place in areas or place[:2] in areas:
                return True
        if self.establishments is None or not named_in_part(frozenset(areas)).isdisjoint(known):
            return None
        return False


class Recipients(_Part):
    """Who got or may have got the data."""

    known: StrictBool | None = None
    trusted: StrictBool | None = None
    number: Count | None = None
    deletion_confirmed: StrictBool | None = None


class Breach(_Part):
    """What happened to the data and the service."""

    confidentiality: StrictBool | None = None
    integrity: StrictBool | None = None
    availability: StrictBool | None = None
    vector: Vector | None = None
    actor: Actor | None = None
    malicious: StrictBool | None = None
    exfiltration: Exfiltration | None = None
    published: StrictBool | None = None
    ongoing: StrictBool | None = None
    recipients: Recipients = Recipients()
    unintelligible: StrictBool | None = None
    key_compromised: StrictBool | None = None
    backup: Backup | None = None
    restored_after_hours: Amount | None = None
    service_impact: ServiceImpact | None = None
    outage_minutes: Amount | None = None


class Data(_Part):
    """Which data is concerned."""

    categories: Annotated[tuple[DataCategory, ...], Once] | None = None
    identifiability: Identifiability | None = None


class People(_Part):
    """Whose data it is, how many and where."""

    total: Count | None = None
    records: Count | None = None
    relations: Annotated[tuple[Relation, ...], Once] | None = None
    vulnerable: StrictBool | None = None
    minors: StrictBool | None = None
    by_place: dict[Place, Count | None] | None = None


class Loss(_Part):
    """Money lost, in one currency."""

    amount: Amount | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None


class Facts(_Part):
    """The whole document; every key is optional but `title`."""

    schema_: Literal["tocsin/facts/1"] = Field(default=SCHEMA, alias="schema")
    title: Annotated[str, Field(min_length=1, max_length=500)]
    occurred_at: Moment | None = None
    detected_at: Moment | None = None
    aware_at: Moment | None = None
    determined_at: Moment | None = None
    material_at: Moment | None = None
    assessed_at: Moment | None = None
    classified_at: dict[Name, Moment | None] = {}
    contained_at: Moment | None = None
    handled_at: Moment | None = None
    ransom_paid_at: Moment | None = None
    filed: dict[Name, Moment | None] = {}
    organisation: Organisation = Organisation()
    breach: Breach = Breach()
    data: Data = Data()
    people: People = People()
    loss: Loss = Loss()
    regimes: dict[Name, dict[str, JsonValue]] = {}

    @model_validator(mode="before")
    @classmethod
    def _null_is_unknown(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        empty = ("classified_at", "filed", "regimes", "schema")
        return {key: value for key, value in given.items() if not (key in empty and value is None)}

    @model_validator(mode="after")
    def _nothing_is_noticed_before_it_happened(self) -> Self:
        for name in ("detected_at", "aware_at"):
            moment: datetime | None = getattr(self, name)
            if moment is not None and self.occurred_at is not None and moment < self.occurred_at:
                given, since = moment.isoformat(), self.occurred_at.isoformat()
                raise ValueError(f"{name}: {given} is before occurred_at {since}; expected it at or after")
        return self

    def canonical(self) -> dict[str, Any]:
        """Return the document as plain JSON values without unknowns: the same facts give the same result."""
        plain: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return _without_empty_sections(plain)


def _without_empty_sections(plain: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in plain.items():
        inner = _without_empty_sections(value) if isinstance(value, dict) else value
        if inner != {}:
            kept[key] = inner
    return kept


def facts_hash(facts: Facts) -> str:
    """Return the SHA-256 (hex) of the canonical form (RFC 8785): the version a decision was made from."""
    import rfc8785  # noqa: PLC0415 - only those who pin a version pay for it

    return hashlib.sha256(rfc8785.dumps(facts.canonical())).hexdigest()


_UNSURE = frozenset(("unknown",))


def fact_at(facts: Facts, path: str) -> Any:
    """Return the value at a dotted path such as `breach.exfiltration`; None is unknown.

    The word `unknown` in the file is unknown too. Raises NotFoundError for a path the contract does not have.
    """
    value: Any = facts
    parts = path.split(".")
    for place, part in enumerate(parts):
        if isinstance(value, Mapping) and (rest := ".".join(parts[place:])) in value:
            return value[rest]  # rule ids may hold a dot
        if isinstance(value, BaseModel):
            if part not in type(value).model_fields:
                raise NotFoundError(f"There is no fact {path!r}.", expected="a path of tocsin/facts/1")
            value = getattr(value, part)
        elif isinstance(value, Mapping):
            value = value.get(part)
        else:
            return None
    return None if isinstance(value, str) and value in _UNSURE else value


def in_utc(moment: datetime | None) -> datetime | None:
    """Return the same instant in UTC, None when unknown."""
    return None if moment is None else moment.astimezone(UTC)
