"""What imported CACAO playbooks may run: the operator names an agent, its address and the kinds of command it takes."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from models.errors import InvalidInputError, RefusedError
from playbooks.schema import Text
from response.connectors.parts import ActHead, Definition, Part

CommandType = Literal["http-api", "ssh", "bash", "openc2-http"]
_VARIABLE: Final = re.compile(r"\$*__([A-Za-z_][A-Za-z0-9_-]{0,199})__\$*:value")
# Such a value means the same inside quotes and outside, in a shell and in a request: it can't break out of its place.
_HARMLESS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,199}")


class CacaoCommand(Part):
    """One command as CACAO 2.0 writes it (section 5), with the content decoded."""

    type: CommandType
    command: Annotated[str, Field(max_length=20_000)] = ""
    headers: Mapping[str, tuple[str, ...]] = {}
    content: Annotated[str, Field(max_length=100_000)] | None = None

    def shown(self) -> str:
        """Show the command as it will be sent."""
        headers = "".join(f"\n{name}: {', '.join(each)}" for name, each in self.headers.items())
        content = f"\n\n{self.content}" if self.content else ""
        return f"{self.type}: {self.command}{headers}{content}"


class CommandAct(ActHead):
    """Commands put together from an imported step."""

    commands: tuple[CacaoCommand, ...]

    def calls(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Show each command."""
        del values
        return tuple(command.shown() for command in self.commands)


class CommandsDefinition(Definition[CommandAct]):
    """An agent that runs commands of imported playbooks: those kinds of command that are allowed, no others."""

    schemes: ClassVar[tuple[str, ...]] = ("https", "http", "ssh", "bash")

    kind: Literal["commands"]
    allows: Annotated[tuple[CommandType, ...], Field(min_length=1)]
    host_key: str | None = None
    auth: Literal["bearer", "none"] = "bearer"

    @model_validator(mode="after")
    def _has_no_acts_of_its_own(self) -> "CommandsDefinition":
        if self.capabilities:
            raise ValueError("the acts of such a connector stand in the playbooks: it has no capabilities")
        return self

    def with_commands(self, capability: str, given: Sequence[Mapping[str, Any]]) -> "CommandsDefinition":
        """Make the definition whose one act is to run these commands.

        Raises:
            RefusedError: one of them is of a kind that is not allowed.
        """
        commands = tuple(CacaoCommand.model_validate(each) for each in given)
        for command in commands:
            if command.type not in self.allows:
                raise RefusedError(
                    f"The connector {self.connector} runs no {command.type} commands.",
                    where=f"allows in connectors/{self.connector}.yaml",
                    expected=" or ".join(self.allows),
                )
        act = CommandAct(
            name=_NAME, effect=_EFFECT, irreversible=_NO_UNDO, most_touched=None, commands=commands
        )
        return self.model_copy(update={"capabilities": {capability: act}})


def read_commands(text: str, values: Mapping[str, str], where: str) -> tuple[CacaoCommand, ...]:
    """Read the commands of a step and put its variables in.

    Raises:
        InvalidInputError: they can't be read, or a value could mean more than itself.
    """
    try:
        found = _COMMANDS.validate_json(text)
    except ValidationError as error:
        raise InvalidInputError(
            f"The commands can't be read: {error.errors()[0]['msg']}.", where=where
        ) from None

    def put(match: re.Match[str]) -> str:
        value = values.get(match[1])
        if value is None or not _HARMLESS.fullmatch(value):
            raise InvalidInputError(
                f"The variable {match[1]} has no value that can be put into a command.",
                where=where,
                expected="letters, digits and . _ : @ / + -, beginning with a letter or digit",
                remedy="Run the command by hand.",
            )
        return value

    return tuple(
        command.model_copy(
            update={
                "command": _VARIABLE.sub(put, command.command),
                "content": _VARIABLE.sub(put, command.content) if command.content else None,
                "headers": {
                    name: tuple(_VARIABLE.sub(put, each) for each in given)
                    for name, given in command.headers.items()
                },
            }
        )
        for command in found
    )


def decoded(text: Any) -> str | None:
    """Decode a base64 content of text; None where it is none."""
    try:
        return base64.b64decode(str(text), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None


_COMMANDS: Final = TypeAdapter(tuple[CacaoCommand, ...])
_NAME: Final = Text(en="Run the commands of an imported plan", zh="执行导入预案中的命令")
_EFFECT: Final = Text(en="The commands shown are run on {target}.", zh="在 {target} 上执行所示命令。")
_NO_UNDO: Final = Text(en="The imported plan does not say how to undo them.", zh="导入的预案未说明如何撤销。")
