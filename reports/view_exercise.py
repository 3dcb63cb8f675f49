"""What a report says of a drill and its score: plain values. Spans are seconds, moments UTC; None is not known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from reports.view_terms import ByLanguage, Seqs


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    good: int
    of: int


@dataclass(frozen=True)
class Expectation:
    """What a scenario wanted of a role by when; `happened` is how long after the start it was there."""

    kind: str  # step, decision, duty
    id: str
    name: ByLanguage
    owner: str
    by: float
    happened: float | None
    met: bool


@dataclass(frozen=True)
class ClockUse:
    """One clock of the plan: what the law allows, what the plan may use at worst, what was used."""

    rule: str
    allowed: float
    at_most: float
    took: float | None


@dataclass(frozen=True)
class SlowStep:
    """A step that took longer than the plan reckons with at worst."""

    id: str
    name: ByLanguage
    at_most: float
    took: float


@dataclass(frozen=True)
class ExerciseGap:
    """What did not go as it must, whose it is, and what became of the action it turned into."""

    kind: str  # late_duty, slow_decision, unmet_expectation, missed_inject
    id: str
    name: ByLanguage
    role: str
    by: float | None
    what: str
    action: str | None
    owner: str | None
    due_on: date | None
    status: str | None  # open, done, verified, overdue


@dataclass(frozen=True)
class PastDrill:
    """One scored drill of the same scenario, for comparison."""

    id: str
    started_at: datetime
    points: int
    clocks: Share
    decisions: Share
    expectations: Share
    gaps: int


@dataclass(frozen=True)
class Exercise:
    """One scored drill. `trend` holds the drills of its scenario up to this one, the oldest first."""

    id: str
    scenario: str
    scenario_name: ByLanguage
    scenario_hash: str
    started_at: datetime
    days: float
    points: int
    clocks: Share
    decisions: Share
    expectations: tuple[Expectation, ...]
    clock_use: tuple[ClockUse, ...]
    slow_steps: tuple[SlowStep, ...]
    gaps: tuple[ExerciseGap, ...]
    injects: int
    refused_connections: int
    participants: Mapping[str, tuple[str, ...]]  # role: who answered in it
    people: tuple[str, ...]  # those of them who answered beside the script
    trend: tuple[PastDrill, ...]
    seqs: Seqs = ()

    @property
    def expected(self) -> Share:
        """Count the expectations that were met."""
        return Share(sum(each.met for each in self.expectations), len(self.expectations))

    @property
    def before(self) -> PastDrill | None:
        """Give the drill before this one, of the same scenario."""
        return self.trend[-2] if len(self.trend) > 1 else None
