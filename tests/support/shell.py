"""Calling `tocsin` in the test's own process, and knowing every command it has."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from console.cli.commands import app
from console.cli.main import main


def run(*arguments: str) -> int:
    """Run one command and give its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def every_command(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give each command that can be called, by the words that call it."""
    group = group or typer.main.get_command(app)
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "list_commands"):
            yield from every_command(command, (*path, name))
        else:
            yield (*path, name), command
