"""A connector to machines by SSH, as data: commands as lists of words, each word quoted for the remote shell."""

import re
import shlex
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from models.errors import InvalidInputError
from response.connectors.parts import ActHead, Definition, Part, Pattern, filled

Word = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class Command(Part):
    """One command. A word is one argument whatever is put into it; there is no place for shell operators."""

    run: Annotated[tuple[Word, ...], Field(min_length=1)]
    expect: Annotated[tuple[int, ...], Field(min_length=1)] = (0,)

    def line(self, values: Mapping[str, str]) -> str:
        """Write the command line with every word quoted.

        Raises:
            InvalidInputError: a value would be read as an option, or holds a control character.
        """
        return " ".join(shlex.quote(_word(template, values)) for template in self.run)


class Look(Command):
    """A command whose output is read: each name with a pattern of one group, found in the first line that fits."""

    find: Annotated[Mapping[str, Pattern], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_pattern_has_one_group(self) -> "Look":
        for name, pattern in self.find.items():
            if re.compile(pattern).groups != 1:
                raise ValueError(f"the pattern of {name} needs exactly one group")
        return self

    def found(self, output: str) -> dict[str, str | None]:
        """Read the named places of an output; None where nothing fits."""
        matches = {name: re.search(pattern, output, re.MULTILINE) for name, pattern in self.find.items()}
        return {name: match[1] if match else None for name, match in matches.items()}


class CheckedLook(Look):
    """A command whose output says whether the act holds."""

    equals: Annotated[Mapping[str, str], Field(min_length=1)]

    @model_validator(mode="after")
    def _checks_what_is_found(self) -> "CheckedLook":
        if not set(self.equals) <= set(self.find):
            raise ValueError("equals names what find does not")
        return self


class SshAct(ActHead):
    """One thing done by commands. Each must be harmless when run again: after a crash it may be.

    In `revert`, `{before.name}` stands for what read_state found under that name.
    """

    read_state: Look
    touches: str | None = None  # one of the names read_state finds: a count, kept out of the state
    execute: Annotated[tuple[Command, ...], Field(min_length=1)]
    verify: Annotated[tuple[CheckedLook, ...], Field(min_length=1)]
    revert: tuple[Command, ...] = ()
    # How the machine writes in commands what it says in other words in its answers: {name: {said: written}}.
    before_words: Mapping[str, Mapping[str, str]] = {}

    @model_validator(mode="after")
    def _can_be_undone(self) -> "SshAct":
        if (self.undo is None) == bool(self.revert):
            raise ValueError("undo and revert stand together")
        if not set(self.read_state.find) - {self.touches}:
            raise ValueError("read_state keeps nothing")
        return self

    def before(self, kept: Mapping[str, str]) -> dict[str, str]:
        """Give what was found before as `revert` names it."""
        words = {name: self.before_words.get(name, {}).get(value, value) for name, value in kept.items()}
        return {f"before.{name}": value for name, value in words.items()}

    def calls(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Show each command line."""
        return tuple(command.line(values) for command in self.execute)


class SshDefinition(Definition[SshAct]):
    """Machines reached by SSH. `host_key` pins the server: `ssh-ed25519 AAAA…`; else it is given beside the key."""

    schemes: ClassVar[tuple[str, ...]] = ("ssh",)

    kind: Literal["ssh"]
    host_key: str | None = None


def _word(template: str, values: Mapping[str, str]) -> str:
    word: str = filled(template, values)
    if any(ord(letter) < ord(" ") or letter == "\x7f" for letter in word):
        raise InvalidInputError("A value holds a control character.", where=template)
    if word.startswith("-") and not template.startswith("-"):
        raise InvalidInputError("A value would be read as an option.", where=template)
    return word
