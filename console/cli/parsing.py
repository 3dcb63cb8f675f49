"""Having the parser read a command line, and its complaints told in our own form."""

import sys

import typer
import typer.main

from console.cli.commands import app
from console.cli.endings import wrong_usage

STOPPED_BY_KEYBOARD = 130  # what the parser makes of Ctrl-C


def call(arguments: list[str]) -> int:
    """Run the command and give its exit status.

    Raises:
        UsageError: the command line is not one.
        KeyboardInterrupt: a person stopped it.
    """
    try:
        done = typer.main.get_command(app)(args=arguments, prog_name="tocsin", standalone_mode=False)
    except typer.TyperException as error:
        if asks_for_help(error):
            sys.stderr.write(error.format_message() + "\n")
            return error.exit_code
        raise wrong_usage(error) from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    if done == STOPPED_BY_KEYBOARD:
        raise KeyboardInterrupt
    return done if isinstance(done, int) else 0


def asks_for_help(error: typer.TyperException) -> bool:
    """Tell whether a group was called without a command: its help is the answer."""
    context: typer.Context | None = getattr(error, "ctx", None)
    return context is not None and error.message == context.get_help()
