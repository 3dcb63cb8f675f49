"""The short way for programs that ask for triage or duties: the same answers without the parser's imports.

Takes only the plainest form of the two commands. Whatever else is written goes to the parser, which knows
every form and every complaint.
"""

import gc
import sys
from types import ModuleType
from typing import NamedTuple


class Asked(NamedTuple):
    """A command line in its plainest form."""

    command: str
    path: str
    at: str | None
    everything: bool


def answer_quickly(arguments: list[str]) -> bool:
    """Print the answer as JSON when the command line is plain; else do nothing and say so."""
    asked = read_plainly(arguments)
    if asked is None:
        return False
    gc.disable()  # the process ends before anything could pile up
    _go_without_plugins()
    try:
        _answer(asked)
    finally:
        gc.freeze()  # or Python looks through everything once more on its way out
        gc.enable()
    return True


def _go_without_plugins() -> None:
    """Tell pydantic that it has no plugins: to look for them it loads a fifth of what the answer needs."""
    if "pydantic" not in sys.modules:
        none = ModuleType("pydantic.plugin._loader")
        none.__dict__["get_plugins"] = tuple
        sys.modules[none.__name__] = none


def _answer(asked: Asked) -> None:
    from console.cli.from_facts import duties_of, triage_of
    from console.plain import show_json

    if asked.command == "triage":
        show_json(triage_of(asked.path))
    else:
        show_json([duty.to_json() for duty in duties_of(asked.path, asked.at, asked.everything)])


def read_plainly(arguments: list[str]) -> Asked | None:
    """Read `duties FACTS --json [--all] [--at T]` or `triage FACTS --json`, each part once in any order."""
    command, rest = arguments[0], list(arguments[1:])
    at = _taken(rest, "--at") if command == "duties" else None
    everything = command == "duties" and "--all" in rest
    for flag in ("--json", *(["--all"] if everything else [])):
        if rest.count(flag) != 1:
            return None
        rest.remove(flag)
    if len(rest) != 1 or (rest[0].startswith("-") and rest[0] != "-"):
        return None
    return Asked(command, rest[0], at, everything)


def _taken(rest: list[str], option: str) -> str | None:
    """Take an option and its value out of `rest`; a value that looks like an option is left to the parser."""
    if option not in rest:
        return None
    place = rest.index(option)
    if place + 1 >= len(rest) or rest[place + 1].startswith("-"):
        return None
    del rest[place]
    return rest.pop(place)
