"""A connector as data: any REST API described in a YAML file, with no code and no templates in it."""

import json
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal
from urllib.parse import quote

from pydantic import Field, JsonValue, StringConstraints, model_validator

from response.connectors.parts import ActHead, Definition, Part, filled

Path_ = Annotated[str, StringConstraints(pattern=r"^/[^\s#]*$")]
Pointer = Annotated[str, StringConstraints(pattern=r"^(/[^/]*)*$")]


class Check(Part):
    """What must stand at a place of the answer; `settling` are values of a system that is still at it."""

    pointer: Pointer
    equals: JsonValue
    settling: tuple[JsonValue, ...] = ()


class Call(Part):
    """One request. `{target}` stands for the system acted on, percent-encoded in paths."""

    method: Literal["GET", "PUT", "POST", "PATCH", "DELETE"]
    path: Path_
    body: JsonValue = None
    body_before: bool = False
    expect: Annotated[tuple[int, ...], Field(min_length=1)]
    absent: tuple[int, ...] = ()
    checks: tuple[Check, ...] = ()

    def path_for(self, values: Mapping[str, str]) -> str:
        """Give the path with every value percent-encoded."""
        return str(filled(self.path, {name: quote(value, safe="") for name, value in values.items()}))

    def shown(self, values: Mapping[str, str]) -> str:
        """Show the request as it will be sent."""
        if self.body is None:
            return f"{self.method} {self.path_for(values)}"
        body = json.dumps(filled(self.body, values), ensure_ascii=False, sort_keys=True)
        return f"{self.method} {self.path_for(values)} {body}"


class HttpAct(ActHead):
    """One thing a REST API can do."""

    touches: Pointer | None = None
    read_state: Call
    keep: Annotated[tuple[Pointer, ...], Field(min_length=1)]
    execute: Call
    verify: Annotated[tuple[Call, ...], Field(min_length=1)]
    revert: Call | None = None
    revert_absent: Call | None = None

    @model_validator(mode="after")
    def _can_be_undone_and_checked(self) -> "HttpAct":
        if (self.undo is None) != (self.revert is None):
            raise ValueError("undo and revert stand together")
        if self.read_state.absent and self.undo is not None and self.revert_absent is None:
            raise ValueError("a state that may be absent needs revert_absent")
        if not any(call.checks for call in self.verify):
            raise ValueError("verify checks nothing")
        return self

    def calls(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Show the request."""
        return (self.execute.shown(values),)


class Submission(Part):
    """How a desk takes reports to authorities. In the call's body `{document}` stands for the report.

    `receipt` is the place of the receipt's number in the answer. `idempotent` says that the desk takes one key once:
    only then is a report posted again after a crash; else a person asks the desk.
    """

    call: Call
    receipt: Pointer
    idempotent: bool


class ClientCredentials(Part):
    """Where a client's id and secret are exchanged for a token (RFC 6749, section 4.4)."""

    token_url: str  # a path on the same host, or an address; `unset` where each organisation has its own
    scope: str | None = None


class HttpDefinition(Definition[HttpAct]):
    """A REST API. `auth`: how the token is carried, or the exchange that gives one."""

    schemes: ClassVar[tuple[str, ...]] = ("http", "https")

    kind: Literal["http"] = "http"
    auth: Literal["bearer", "none", "ssws", "basic"] | ClientCredentials = "bearer"
    headers: Mapping[str, str] = {}
    submission: Submission | None = None

    @model_validator(mode="after")
    def _can_do_something(self) -> "HttpDefinition":
        if not self.capabilities and self.submission is None:
            raise ValueError("a connector needs capabilities or a submission")
        return self
