"""What every connector does: say exactly what it would do, read the state before, act once, check, undo."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Plan:
    """Exactly what an act would do, before anything is done. Texts are by language."""

    connector: str
    capability: str
    target: str
    address: str  # where the calls go, without secrets
    calls: tuple[str, ...]  # each request as it will be sent
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
    """Whether an act holds, and which checks say otherwise."""

    holds: bool
    broken: tuple[str, ...] = ()


class Connector(Protocol):
    """Acts on one kind of system. Every call may be made again after a crash without doing it twice.

    Raises UnavailableError when the system does not answer (try again), RefusedError when it says no.
    """

    def plan(self, capability: str, target: str, now: datetime) -> Plan:
        """Say what would be done; touches nothing."""

    def read_state(self, capability: str, target: str) -> State:
        """Read the state that undoing would restore."""

    def execute(self, capability: str, target: str, key: str) -> dict[str, Any]:
        """Act; `key` makes a repeat of the same act harmless."""

    def verify(self, capability: str, target: str) -> Verdict:
        """Look whether the act holds."""

    def revert(self, capability: str, target: str, before: Mapping[str, Any], key: str) -> None:
        """Restore the state before."""
