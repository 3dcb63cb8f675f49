"""Errors as part of the interface: what happened, where, what was expected, what to do."""

from typing import ClassVar


class TocsinError(Exception):
    """A refusal or failure that a person can act on.

    `what` is one sentence; `where` a file, line, row or path; `expected` what would have been right;
    `remedy` the next thing to do. None of them may hold personal data: ids and positions only.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", expected: str = "", remedy: str = "") -> None:
        """Keep the parts apart so that the command line and `--json` can lay them out."""
        self.what, self.where, self.expected, self.remedy = what, where, expected, remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        """Join the parts that are present into readable lines."""
        place = f"{self.where}: " if self.where else ""
        tail = [f"Expected {self.expected}." if self.expected else "", self.remedy]
        return " ".join([f"{place}{self.what}", *(part for part in tail if part)])

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling between processes with the parts intact."""
        return _rebuild, (type(self), self.what, self.where, self.expected, self.remedy)


def _rebuild(kind: type[TocsinError], what: str, where: str, expected: str, remedy: str) -> TocsinError:
    return kind(what, where=where, expected=expected, remedy=remedy)


class NotFoundError(TocsinError):
    """The thing asked for does not exist."""


class InvalidInputError(TocsinError):
    """What came in does not have the promised form; nothing was stored."""


class RefusedError(TocsinError):
    """Asked for something the plan, the law or a role does not allow."""


class UnavailableError(TocsinError):
    """Something outside (a relay, a provider, a database, a port) does not answer as it should."""


class CollisionError(UnavailableError):
    """Two acts waited for each other's records; the database undid this one whole, and it may be tried again."""


class UsageError(TocsinError):
    """The command was called wrongly."""

    exit_code: ClassVar[int] = 2
