"""What the portfolio of a period says, before any language or layout. None means unknown or not yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from regulations.exercises import Standing
from reports.supervisor_figures import SupervisorFigures
from reports.view_finances import NO_PERIOD_FINANCES, PeriodFinances
from reports.view_terms import Seqs


@dataclass(frozen=True)
class Line:
    """One incident or drill of the period. Spans are seconds; None is unknown or not yet."""

    id: str
    title: str
    drill: bool
    status: str
    declared_at: datetime
    closed_at: datetime | None
    severity: str | None
    risk: str | None
    least_people: int | None
    spans: Mapping[str, float | None]
    duties: Mapping[str, int]  # in_time, late, owed (past its deadline), open
    causes: tuple[str, ...]
    seqs: Seqs
    points: int | None = None  # a scored drill's, 0 to 100


@dataclass(frozen=True)
class Measure:
    """Mean and median of one span over the incidents for which it is known."""

    kind: str
    known: int
    mean: float | None
    median: float | None


@dataclass(frozen=True)
class Overdue:
    """A corrective action past its day."""

    id: str
    incident_id: str
    title: str
    owner: str
    due_on: str


@dataclass(frozen=True)
class Readiness:
    """How ready the house is, 0 to 100, and its parts: name, points earned, points there are."""

    points: int
    parts: tuple[tuple[str, float, int], ...]


@dataclass(frozen=True)
class Portfolio:
    """The period `[start, end)`; an incident belongs to the period in which it was declared."""

    start: datetime
    end: datetime
    at: datetime
    incidents: tuple[Line, ...]
    drills: tuple[Line, ...]
    measures: tuple[Measure, ...]
    drill_measures: tuple[Measure, ...]
    months: tuple[tuple[str, int, int], ...]  # month, incidents, drills
    severities: Mapping[str, int]
    duties: Mapping[str, int]
    places: tuple[tuple[str, int, int], ...]  # jurisdiction, met in time, fell due
    causes: tuple[tuple[str, int], ...]
    overdue: tuple[Overdue, ...]
    ledger_size: int
    exercise_duties: tuple[Standing, ...] = ()
    finances: PeriodFinances = NO_PERIOD_FINANCES
    supervisors: SupervisorFigures | None = None
    readiness: Readiness | None = None  # None: nobody measured it
