"""How a command ends that can't do what was asked: as one message that says what to do, and an exit status.

The parser's complaints and the machine's refusals (a full disk, a file without rights) are told in the same
form as our own.
"""

import errno
import os
import tempfile
import traceback
from typing import TYPE_CHECKING, Final

from models.errors import TocsinError, UnavailableError, UsageError

if TYPE_CHECKING:
    import typer

INTERRUPTED: Final = TocsinError(
    "Interrupted.", remedy="What was committed stays; call the command again to go on."
)
# errno: (what happened, what to do)
MACHINE: Final[dict[int, tuple[str, str]]] = {
    errno.ENOSPC: ("The disk is full.", "Free space, then call again."),
    errno.EDQUOT: ("The disk quota is used up.", "Free space, then call again."),
    errno.EROFS: ("The disk can only be read.", "Name a place that can be written, or mount it for writing."),
    errno.EACCES: ("This user may not do that here.", "Mend the rights of the file or folder."),
    errno.EPERM: ("This user may not do that here.", "Mend the rights of the file or folder."),
    errno.ENAMETOOLONG: ("That is too long for the name of a file.", "Name a file with a shorter name."),
    errno.ENOENT: ("There is no such file or folder.", "Name one that exists."),
    errno.EEXIST: ("There is already a file of that name.", "Name another, or move it away."),
    errno.EISDIR: ("That is a folder.", "Name a file."),
    errno.ENOTDIR: ("That is a file, not a folder.", "Name a folder."),
    errno.ELOOP: ("The link leads back to itself.", "Name the file that is meant."),
    errno.EMFILE: ("Too many files are open at once.", "Raise the limit (ulimit -n), then call again."),
}


def wrong_usage(error: "typer.TyperException") -> UsageError:
    """Say what the parser could not read, how the command is called, and where it is explained."""
    context: typer.Context | None = getattr(error, "ctx", None)
    if context is None:
        return UsageError(error.format_message(), remedy="`tocsin --help` lists the commands.")
    usage = context.get_usage().removeprefix("Usage:").split()
    return UsageError(
        error.format_message(),
        expected=" ".join(usage),
        remedy=f"`{context.command_path} --help` explains it.",
    )


def refused_by_machine(error: OSError) -> TocsinError:
    """Say what the operating system refused; what it gives no reason a person can act on is a fault of ours."""
    if error.errno not in MACHINE:
        return fault(error)
    what, remedy = MACHINE[error.errno]
    return UnavailableError(what, where=os.fsdecode(error.filename or ""), remedy=remedy)


def fault(error: Exception) -> TocsinError:
    """Tell of a fault of Tocsin's own; the details go to a file that only its owner can read."""
    return TocsinError(
        f"Tocsin met a fault of its own ({type(error).__name__}).",
        where=_kept(error),
        remedy="What was committed stays. Please report the fault with that file, after reading it for names.",
    )


def _kept(error: Exception) -> str:
    try:
        handle, path = tempfile.mkstemp(prefix="tocsin-fault-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            traceback.print_exception(error, file=file)
    except OSError:
        return "(no place to keep the details)"
    return path
