"""The offer to protect people from identity theft: what the facts say of it, and the sentences that tell it."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.errors import InvalidInputError
from models.facts import Facts, fact_at
from regulations.notice_demands import Service

if TYPE_CHECKING:
    from notifications.texts.phrases import Phrases

OFFER = "regimes.us_states.identity_protection"
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f{}<>]*$")]


class ProtectionOffer(BaseModel):
    """What is offered free of charge, by whom, for how long, and all that is needed to take it up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: Line
    services: Annotated[tuple[Service, ...], Field(min_length=1)]
    months: Annotated[int, Field(ge=1, le=600)]
    phone: Line | None = None
    website: Line | None = None  # typed by the reader; nothing in a notice can be clicked
    code: Line | None = None
    enrol_until: date | None = None

    @model_validator(mode="after")
    def _can_be_taken_up(self) -> "ProtectionOffer":
        if not (self.phone or self.website):
            raise ValueError("an offer needs a phone or a website at which it is taken up")
        return self


def offer_in(facts: Facts) -> ProtectionOffer | None:
    """Give the offer that the facts hold.

    Raises:
        InvalidInputError: it is not complete.
    """
    said = fact_at(facts, OFFER)
    return None if said is None else offer_from(said)


def offer_from(said: Any) -> ProtectionOffer:
    """Read an offer.

    Raises:
        InvalidInputError: it is not complete, or names what no offer has.
    """
    try:
        return ProtectionOffer.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInputError(
            f"The offer of identity protection can't be used: {first['msg']}.",
            where=".".join((OFFER, *map(str, first["loc"]))),
            expected="provider, services, months, phone or website; also code and enrol_until",
        ) from None


def offer_sentences(offer: ProtectionOffer, phrases: "Phrases") -> tuple[str, ...]:
    """Say what is offered, and how it is taken up."""
    services = phrases.in_line(tuple(phrases.services[service] for service in offer.services))
    values: Mapping[str, Any] = offer.model_dump() | {
        "services": services,
        "until": phrases.day(offer.enrol_until),
    }
    said = ("offer", offer.phone and "phone", offer.website and "website")
    more = (offer.code and "code", offer.enrol_until and "until")
    return tuple(phrases.protection[word].format(**values) for word in (*said, *more) if word)
