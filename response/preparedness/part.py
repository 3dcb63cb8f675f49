"""One part of being ready."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One part of being ready: `earned` of `weight` points, what that rests on, and what would earn the rest."""

    name: str
    weight: int
    earned: float
    finding: str
    mend: str = ""
