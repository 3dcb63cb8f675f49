"""A connector that speaks OpenC2 (OASIS OpenC2 language 1.0), as data: actions on targets, answers with pointers."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, JsonValue, StringConstraints, model_validator

from response.connectors.http_definition import Check, Pointer
from response.connectors.parts import ActHead, Definition, Part, filled

ActionWord = Literal[
    "scan", "locate", "query", "deny", "contain", "allow", "start", "stop", "restart", "cancel", "set", "update",
    "redirect", "create", "delete", "detonate", "restore", "copy", "investigate", "remediate",
]  # fmt: skip
Path_ = Annotated[str, StringConstraints(pattern=r"^/[^\s#?]*$")]


class Command(Part):
    """One OpenC2 command; a target has exactly one type (language specification, section 3.3.1.2)."""

    action: ActionWord
    target: Annotated[Mapping[str, JsonValue], Field(min_length=1, max_length=1)]
    args: Mapping[str, JsonValue] = {}
    actuator: Mapping[str, JsonValue] = {}

    def content(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Fill the command in."""
        parts = {"action": self.action, "target": self.target, "args": self.args, "actuator": self.actuator}
        return {name: filled(part, values) for name, part in parts.items() if part}


class CheckedCommand(Command):
    """A question whose results say whether the act holds."""

    checks: Annotated[tuple[Check, ...], Field(min_length=1)]


class Openc2Act(ActHead):
    """One thing an OpenC2 consumer can do. Pointers speak of the `results` of its response."""

    read_state: Command
    keep: Annotated[tuple[Pointer, ...], Field(min_length=1)]
    touches: Pointer | None = None
    execute: Command
    verify: Annotated[tuple[CheckedCommand, ...], Field(min_length=1)]
    revert: Command | None = None

    @model_validator(mode="after")
    def _can_be_undone(self) -> "Openc2Act":
        if (self.undo is None) != (self.revert is None):
            raise ValueError("undo and revert stand together")
        return self

    def calls(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Show the command."""
        return (json.dumps(self.execute.content(values), ensure_ascii=False, sort_keys=True),)


class Openc2Definition(Definition[Openc2Act]):
    """An OpenC2 consumer reached over HTTPS (OpenC2 over HTTPS 1.1)."""

    schemes: ClassVar[tuple[str, ...]] = ("https", "http")

    kind: Literal["openc2"]
    path: Path_ = "/.well-known/openc2"
    auth: Literal["bearer", "none"] = "bearer"
