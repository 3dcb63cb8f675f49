"""A connector as data: any REST API described in a YAML file, with no code and no templates in it."""

from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)

from models.errors import InvalidInputError, NotFoundError
from playbooks.document import read_document, refusal
from playbooks.durations import parse_duration
from playbooks.schema import Text

REHEARSAL: Final = "rehearsal"
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Capability = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Path_ = Annotated[str, StringConstraints(pattern=r"^/[^\s?#]*(\?[^\s#]*)?$")]
Pointer = Annotated[str, StringConstraints(pattern=r"^(/[^/]*)*$")]


def _duration(text: str) -> str:
    parse_duration(text)
    return text


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Check(_Part):
    """What must stand at a place of the answer (RFC 6901 pointer)."""

    pointer: Pointer
    equals: JsonValue


class Call(_Part):
    """One request. `{target}` stands for the system acted on, percent-encoded in paths."""

    method: Literal["GET", "PUT", "POST", "PATCH", "DELETE"]
    path: Path_
    body: JsonValue = None
    body_before: bool = False
    expect: Annotated[tuple[int, ...], Field(min_length=1)]
    absent: tuple[int, ...] = ()
    checks: tuple[Check, ...] = ()


class Act(_Part):
    """One thing a connector can do. It says how to undo it, or why it can't be undone."""

    name: Text
    effect: Text
    undo: Text | None = None
    irreversible: Text | None = None
    expires_after: Annotated[str, AfterValidator(_duration)] | None = None
    most_touched: Annotated[int, Field(ge=1)] | None = None
    touches: Pointer | None = None
    read_state: Call
    keep: Annotated[tuple[Pointer, ...], Field(min_length=1)]
    execute: Call
    verify: Annotated[tuple[Call, ...], Field(min_length=1)]
    revert: Call | None = None
    revert_absent: Call | None = None

    @model_validator(mode="after")
    def _says_how_it_ends(self) -> "Act":
        if (self.undo is None) == (self.irreversible is None):
            raise ValueError("an act says either undo, or irreversible and why")
        if (self.undo is None) != (self.revert is None):
            raise ValueError("undo and revert stand together")
        if self.read_state.absent and self.undo is not None and self.revert_absent is None:
            raise ValueError("a state that may be absent needs revert_absent")
        if not any(call.checks for call in self.verify):
            raise ValueError("verify checks nothing")
        return self


class Submission(_Part):
    """How a desk takes reports to authorities. In the call's body `{document}` stands for the report.

    `receipt` is the place of the receipt's number in the answer. `idempotent` says that the desk takes one key once:
    only then is a report posted again after a crash; else a person asks the desk.
    """

    call: Call
    receipt: Pointer
    idempotent: bool


class Target(_Part):
    """What may be acted on."""

    pattern: str
    what: Text


class Definition(_Part):
    """One connector."""

    connector: Name
    name: Text
    source: str
    base_url: Annotated[str, StringConstraints(pattern=r"^(rehearsal|https?://[^\s/?#]+(/[^\s?#]*)?)$")]
    auth: Literal["bearer", "none"] = "bearer"
    headers: dict[str, str] = {}
    target: Target
    capabilities: dict[Capability, Act] = {}
    submission: Submission | None = None

    @model_validator(mode="after")
    def _can_do_something(self) -> "Definition":
        if not self.capabilities and self.submission is None:
            raise ValueError("a connector needs capabilities or a submission")
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


def read_definition(text: str, where: str) -> Definition:
    """Read a connector file; raises InvalidInputError with file and line."""
    document = read_document(text, where)
    try:
        return Definition.model_validate(document.data)
    except ValidationError as error:
        first = error.errors()[0]
        path = tuple(first["loc"])
        said = ".".join(str(part) for part in path) or "the file"
        message = first["msg"].removeprefix("Value error, ")
        raise refusal(f"{said}: {message}.", where, document.line_of(path)) from None


def find_definition(name: str, home: Path) -> Definition:
    """Find a connector: the organisation's own file in `<home>/connectors` before the shipped one.

    Raises:
        NotFoundError: there is none of this name.
        InvalidInputError: the file is wrong.
    """
    own = home / "connectors" / f"{name}.yaml"
    if name.replace("-", "").isalnum() and own.is_file():
        found = read_definition(own.read_text(encoding="utf-8"), str(own))
        if found.connector != name:
            raise InvalidInputError(f"The file defines {found.connector}.", where=str(own), expected=name)
        return found
    if name not in shipped():
        raise NotFoundError(
            f"There is no connector {name[:60]!r}.", expected=f"one of {', '.join(shipped())}"
        )
    return _shipped(name)


def shipped() -> tuple[str, ...]:
    """Name the connectors that ship with Tocsin."""
    return tuple(
        sorted(
            entry.name.removesuffix(".yaml") for entry in _folder().iterdir() if entry.name.endswith(".yaml")
        )
    )


@lru_cache(maxsize=64)
def _shipped(name: str) -> Definition:
    return read_definition(_folder().joinpath(f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")


def _folder() -> Any:
    return resources.files("response.connectors").joinpath("definitions")
