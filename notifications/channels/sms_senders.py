"""By whom an SMS is sent to each country: `sms-senders.yaml` in the home; without it TOCSIN_TWILIO_FROM sends to all.

A country's entry names a number, a name in letters, or a messaging service of the provider. For mainland China it may
add the signature registered with the carriers, and the approved template of a message in a language.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import phonenumbers
import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from models.errors import InvalidInputError
from models.places import COUNTRIES
from notifications.channels.contract import Route

FILE = "sms-senders.yaml"
# https://help.twilio.com/articles/223133767: carriers there take messages from numbers only.
NO_NAMES = frozenset({"US", "CA", "CN"})
_SIGNATURE = re.compile(r"【[^】]*】")
_NAME = r"^[0-9 +&_-]*[A-Za-z][A-Za-z0-9 +&_-]*$"  # at least one letter
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
PREFIX = 8  # digits after the plus: enough to tell countries of one calling code apart


class TextTemplate(BaseModel):
    """A template the provider approved; `variables` may use what a notice's own templates may."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    content: Annotated[str, StringConstraints(pattern=r"^HX[0-9a-f]{32}$")]
    variables: dict[Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_]{1,16}$")], str] = Field(
        default={}
    )


class Sender(BaseModel):
    """Who sends to one country."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Annotated[str, StringConstraints(pattern=r"^(\+[1-9]\d{6,14}|\d{3,8})$")] | None = None
    name: Annotated[str, StringConstraints(max_length=11, pattern=_NAME)] | None = None
    messaging_service: Annotated[str, StringConstraints(pattern=_SERVICE.pattern)] | None = None
    signature: Annotated[str, StringConstraints(pattern=r"^[^\s【】]{2,20}$")] | None = None
    templates: dict[str, dict[str, TextTemplate]] = Field(default={})  # message: language: template

    @model_validator(mode="after")
    def _one_way(self) -> "Sender":
        if sum(way is not None for way in (self.number, self.name, self.messaging_service)) != 1:
            raise ValueError("exactly one of number, name, messaging_service")
        return self

    def template(self, message: str, language: str) -> TextTemplate | None:
        """Give the approved template of a message in a language, if there is one."""
        return self.templates.get(message, {}).get(language)

    def route(self, template: TextTemplate | None = None, values: dict[str, str] | None = None) -> Route:
        """Say it as the channel needs it; `values` fill the template."""
        return Route(
            number=self.number or self.name or "",
            service=self.messaging_service or "",
            content=template.content if template else "",
            variables=json.dumps(values, ensure_ascii=False, sort_keys=True) if template and values else "",
        )

    def signed(self, body: str) -> str:
        """Put the registered signature where carriers want it: first, once."""
        if self.signature is None:
            return body
        drill, found = "", _SIGNATURE.match(body)
        if found and "DRILL" in found[0]:
            drill, body = found[0], body[found.end() :]
        return f"【{self.signature}】{drill}{_SIGNATURE.sub('', body, count=1) if body.startswith('【') else body}"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    form: Literal["tocsin/sms-senders/1"] = Field(alias="schema")
    senders: dict[str, Sender]

    @model_validator(mode="after")
    def _countries(self) -> "_File":
        for country, sender in self.senders.items():
            if country not in COUNTRIES:
                raise ValueError(f"{country} is no country (ISO 3166)")
            if sender.name is not None and country in NO_NAMES:
                raise ValueError(f"{country} takes no names as senders, only numbers or a messaging service")
            if sender.signature is not None and country != "CN":
                raise ValueError(f"{country} knows no signatures")
        return self


@dataclass(frozen=True)
class Senders:
    """Senders by country; whoever is not listed is written to by the sender of the settings."""

    by_country: dict[str, Sender]

    def of(self, number: str) -> Sender | None:
        """Give the sender for a number in E.164; None for the one of the settings."""
        return self.by_country.get(country_of(number[: PREFIX + 1], len(number))) if self.by_country else None


@lru_cache(maxsize=65_536)
def country_of(beginning: str, length: int) -> str:
    """Give the country of all numbers of a length that begin so; empty where there is none."""
    try:
        number = phonenumbers.parse(beginning.ljust(length, "0"))
    except phonenumbers.NumberParseException:
        return ""
    # A whole number may decide between countries of one code; here the main one stands for what is left open.
    return (
        phonenumbers.region_code_for_number(number)
        or phonenumbers.region_code_for_country_code(number.country_code or 0)
        or ""
    )


def read_senders(home: Path) -> Senders:
    """Read the file of a home.

    Raises:
        InvalidInputError: it is there and can't be used.
    """
    path = home / FILE
    try:
        return _parse(path.read_text("utf-8"), str(path))
    except FileNotFoundError:
        return Senders({})
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"It can't be read ({type(error).__name__}).", where=str(path)) from None


@lru_cache(maxsize=8)
def _parse(text: str, where: str) -> Senders:
    try:
        return Senders(_File.model_validate(yaml.safe_load(text)).senders)
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        raise InvalidInputError("It is not YAML.", where=f"{where}:{line}") from None
    except ValidationError as error:
        first: Any = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidInputError(
            f"The senders can't be used: {place} {first['msg']}.",
            where=where,
            expected="a number, a name or a messaging_service for each country",
        ) from None


def default_route(sender: str) -> Route:
    """Read TOCSIN_TWILIO_FROM: a number, a name, or the id of a messaging service."""
    return Route(service=sender) if _SERVICE.fullmatch(sender) else Route(number=sender)
