"""`tocsin`: calls a command, and turns every refusal into one readable message.

What only asks a facts file is answered before the command line's parser is loaded: that takes longer to
import than the answer takes.
"""

import sys

from console.plain import check_arguments, give_up_output, ready_streams, show_error
from models.errors import TocsinError


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with its exit status; no traceback reaches a user."""
    given = sys.argv[1:] if arguments is None else arguments
    ready_streams()
    try:
        status = _status(given)
    except OSError as error:  # what was to be printed can't be: the reader went away, or the disk is full
        give_up_output()
        if not isinstance(error, BrokenPipeError):
            error.filename = "standard output"
            show_error(_explained(error), as_json=False)
        status = 1
    sys.exit(status)


def _status(arguments: list[str]) -> int:
    """Run one command: 0 done, 1 refused or failed, 2 wrong usage."""
    try:
        check_arguments(arguments)
        status = _run(arguments)
        sys.stdout.flush()
    except TocsinError as error:
        return _told(error, arguments)
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - told in one message, whatever it is
        return _told(_explained(error), arguments)
    return status


def _run(arguments: list[str]) -> int:
    if arguments and arguments[0] in {"triage", "duties"} and "--json" in arguments:
        from console.cli.quick import answer_quickly

        if answer_quickly(arguments):
            return 0
    from console.cli.parsing import call

    return call(arguments)


def _explained(error: BaseException) -> TocsinError:
    from console.cli.endings import INTERRUPTED, fault, refused_by_machine

    if isinstance(error, OSError):
        return refused_by_machine(error)
    return fault(error) if isinstance(error, Exception) else INTERRUPTED


def _told(error: TocsinError, arguments: list[str]) -> int:
    show_error(error, as_json="--json" in arguments)
    sys.stdout.flush()
    return error.exit_code
