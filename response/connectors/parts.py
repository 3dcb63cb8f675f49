"""What the definition of every kind of connector has: a name, a source, what it acts on, and how each act ends."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from models.errors import InvalidInputError, NotFoundError
from playbooks.durations import parse_duration
from playbooks.schema import Text
from response.connectors.contract import Plan

REHEARSAL: Final = "rehearsal"
UNSET: Final = "unset"
_LONGEST_TARGET: Final = 300
_PLACE: Final = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Capability = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


def _duration(text: str) -> str:
    parse_duration(text)
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no pattern: {error}") from None
    return text


Span = Annotated[str, AfterValidator(_duration)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class Part(BaseModel):
    """Common rules of every part: nothing unknown, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Target(Part):
    """What may be acted on. Named groups of the pattern can be written as `{name}` beside `{target}`."""

    pattern: Pattern
    what: Text


class ActHead(Part):
    """What every act says. `settles_within` is how long the system may take until the act can be seen."""

    name: Text
    effect: Text
    undo: Text | None = None
    irreversible: Text | None = None
    expires_after: Span | None = None
    settles_within: Span | None = None
    most_touched: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _says_how_it_ends(self) -> "ActHead":
        if (self.undo is None) == (self.irreversible is None):
            raise ValueError("an act says either undo, or irreversible and why")
        return self

    def calls(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Show each thing that would be sent, in order."""
        raise NotImplementedError(str(sorted(values)))


Act = TypeVar("Act", bound=ActHead)


class Definition(Part, Generic[Act]):
    """One connector as data. `base_url` is an address, `rehearsal`, or `unset` where each organisation has its own."""

    schemes: ClassVar[tuple[str, ...]] = ()

    connector: Name
    kind: str
    name: Text
    source: Annotated[str, StringConstraints(min_length=1)]
    base_url: str = UNSET
    target: Target
    capabilities: Mapping[Capability, Act] = {}

    @model_validator(mode="after")
    def _address_is_of_its_kind(self) -> "Definition[Act]":
        good = self.base_url == UNSET or self.base_url.startswith(tuple(f"{s}://" for s in self.schemes))
        if not good and not (self.base_url == REHEARSAL and "http" in self.schemes):
            raise ValueError(f"base_url is an address beginning with {' or '.join(self.schemes)}, or unset")
        return self

    def act(self, capability: str) -> Act:
        """Find a capability; raises NotFoundError that lists what there is."""
        found = self.capabilities.get(capability)
        if found is None:
            raise NotFoundError(
                f"The connector {self.connector} can't {capability[:60]!r}.",
                expected=" or ".join(self.capabilities) or "nothing: it only takes reports",
            )
        return found

    def values(self, target: str) -> dict[str, str]:
        """Take a target apart into the values that templates may name.

        Raises:
            InvalidInputError: it is nothing this connector acts on.
        """
        match = re.fullmatch(self.target.pattern, target) if len(target) <= _LONGEST_TARGET else None
        if match is None or any(ord(letter) < ord(" ") for letter in target):
            raise InvalidInputError(
                f"{target[:60]!r} can't be acted on by {self.connector}.", expected=self.target.what.en
            )
        return {"target": target, **{name: value for name, value in match.groupdict().items() if value}}

    def plan(self, address: str, capability: str, target: str, now: datetime) -> Plan:
        """Say what an act would do; pure."""
        act, values = self.act(capability), self.values(target)
        end = act.undo or act.irreversible
        return Plan(
            connector=self.connector,
            capability=capability,
            target=target,
            address=address,
            calls=act.calls(values),
            effect=_texts(act.effect, values),
            undo=_texts(end, values) if end else {},
            reversible=act.undo is not None,
            most_touched=act.most_touched,
            expires_at=now + parse_duration(act.expires_after) if act.expires_after else None,
        )


def filled(value: Any, values: Mapping[str, str]) -> Any:
    """Put values in for `{name}` in every text of a JSON value; what is not known stays as it stands."""
    if isinstance(value, dict):
        return {name: filled(each, values) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [filled(each, values) for each in value]
    if not isinstance(value, str):
        return value
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), value)


def _texts(text: Text, values: Mapping[str, str]) -> dict[str, str]:
    return {"en": filled(text.en, values), "zh": filled(text.zh, values)}
