"""`tocsin`: calls a command, and turns every refusal into one readable message.

What only asks a facts file is answered before the command line's parser is loaded: that takes longer to
import than the answer takes.
"""

import sys

from models.errors import TocsinError


def main(arguments: list[str] | None = None) -> None:
    """Run one command; no traceback reaches a user."""
    try:
        _run(sys.argv[1:] if arguments is None else arguments)
    except TocsinError as error:
        from console.cli.plain import show_error

        show_error(error)
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001 - a fault of ours: kept for its mending, told in one line
        from console.cli.plain import show_fault

        show_fault(error)
        sys.exit(1)


def _run(arguments: list[str]) -> None:
    if arguments and arguments[0] in {"triage", "duties"} and "--json" in arguments:
        from console.cli.quick import answer_quickly

        if answer_quickly(arguments):
            sys.exit(0)
    import typer.main

    from console.cli.commands import app

    typer.main.get_command(app)(args=arguments, prog_name="tocsin")
