"""What every connector does: say exactly what it would do, read the state before, act once, check, undo."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from models.errors import RefusedError, TocsinError, UnavailableError


@dataclass(frozen=True)
class Plan:
    """Exactly what an act would do, before anything is done. Texts are by language."""

    connector: str
    capability: str
    target: str
    address: str  # where the calls go, without secrets
    calls: tuple[str, ...]  # each request, command, statement or instruction as it will be sent
    effect: Mapping[str, str]
    undo: Mapping[str, str]
    reversible: bool
    most_touched: int | None
    expires_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """Give the plan as plain values, for the record and for people."""
        plain = {
            **vars(self),
            "calls": list(self.calls),
            "effect": dict(self.effect),
            "undo": dict(self.undo),
        }
        plain["expires_at"] = self.expires_at.isoformat() if self.expires_at else None
        return plain


@dataclass(frozen=True)
class State:
    """What a system said before an act: `kept` is what undoing needs, `whole` the answer as evidence."""

    kept: dict[str, Any]
    whole: bytes
    touches: int | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether an act holds, and which checks say otherwise; `settling` while the system is still at it."""

    holds: bool
    broken: tuple[str, ...] = ()
    settling: bool = False


class NeedsPersonError(TocsinError):
    """No program does this: a person has to, and to record it. `question` says what, by language."""

    def __init__(self, what: str, *, where: str = "", expected: str = "", remedy: str = "") -> None:
        """Keep the parts; the question is set by `asking`."""
        super().__init__(what, where=where, expected=expected, remedy=remedy)
        self.question: Mapping[str, str] = {}

    @classmethod
    def asking(cls, question: Mapping[str, str], where: str) -> "NeedsPersonError":
        """Make the error that carries a question to a person."""
        error = cls("A person has to do this by hand.", where=where, remedy="Do it, then record it.")
        error.question = question
        return error


@dataclass(frozen=True)
class HandRecord:
    """What a person recorded of an act: the state before in their words, whether it holds, whether it is undone."""

    before: bytes
    holds: bool
    undone: bool = False


class HandBook(Protocol):
    """Where people's records are found."""

    def find(self, connector: str, capability: str, target: str) -> HandRecord | None:
        """Give the latest record of an act, or None."""


class Connector(Protocol):
    """Acts on one kind of system. Every call may be made again after a crash without doing it twice.

    Raises UnavailableError when the system does not answer (try again), RefusedError when it says no, and
    NeedsPersonError when only a person can do it. `plan` touches nothing.
    """

    address: str
    rehearsal: bool
    repeatable: bool  # whether `verify` can tell that an act was done, so that a lost answer can be settled

    def plan(self, capability: str, target: str, now: datetime) -> Plan:
        """Say what would be done and until when it may stand (`expires_at`); touches nothing."""

    def read_state(self, capability: str, target: str) -> State:
        """Read the state that undoing would restore."""

    def execute(self, capability: str, target: str, key: str) -> dict[str, Any]:
        """Act; `key` names the act, so that a system that knows such keys does a repeat once."""

    def verify(self, capability: str, target: str) -> Verdict:
        """Look whether the act holds."""

    def revert(self, capability: str, target: str, before: Mapping[str, Any], key: str) -> None:
        """Restore the state before, and see that it is restored."""


def same(found: Any, wanted: Any) -> bool:
    """Compare JSON values; true is not 1."""
    return json.dumps(found, sort_keys=True) == json.dumps(wanted, sort_keys=True)


def put_back(
    read: Callable[[], State], before: Mapping[str, Any], undo: Callable[[], None], name: str, target: str
) -> None:
    """Undo where the state is not the one before, and see that it is then; undoing twice changes nothing.

    Raises:
        UnavailableError: the system took it, but the state before is not back.
    """
    if same(read().kept, dict(before)):
        return
    undo()
    if not same(read().kept, dict(before)):
        raise UnavailableError(
            f"{name} took the undoing, but the state before is not back.",
            where=target,
            remedy="Look at the system, then undo again.",
        )


def final(name: str, capability: str) -> RefusedError:
    """Make the refusal of undoing what can't be undone."""
    return RefusedError(
        "This act can't be undone.",
        where=f"{name} {capability}",
        remedy="Accept it with a reason instead.",
    )
