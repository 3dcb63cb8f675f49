"""What conditions are judged against: the facts, the moment of asking, and the two judgements of others."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from models.facts import Facts
from models.headcount import Headcount
from regulations.gradings import Grade, grade
from regulations.results import Outcome
from regulations.risk import RiskAssessment, assess_risk

Assess = Callable[[Facts], RiskAssessment]
GradeAll = Callable[[Facts], Mapping[str, Grade]]


class Where(NamedTuple):
    """The recipient's time zone and the calendar of its working days."""

    zone: str
    calendar: str


class Context:
    """One evaluation; every condition is judged once and the risk and the grades only when asked for."""

    __slots__ = (
        "_assess",
        "_grade",
        "_grades",
        "_risk",
        "at",
        "facts",
        "filed",
        "first_day",
        "headcount",
        "judged",
        "moments",
        "person_place",
        "wheres",
        "zone_here",
    )

    def __init__(
        self, facts: Facts, at: datetime, assess: Assess | None = None, grades: GradeAll | None = None
    ) -> None:
        """Judge `facts` as they stand at `at` (aware); later filings are not yet made."""
        self.facts, self.at = facts, at
        self.filed = {rule: made for rule, made in facts.filed.items() if made is not None and made <= at}
        self.headcount = Headcount(facts.people.total, facts.people.by_place)
        self.first_day = _first_day(facts, at)
        self.zone_here: str | None = None
        self.wheres: dict[tuple[str, str, str], Where] = {}
        self.person_place: str | None = None
        self.moments: dict[str, datetime | None] = {}
        self.judged: dict[int, Outcome] = {}
        self._assess, self._grade = assess or assess_risk, grades or grade
        self._risk: RiskAssessment | None = None
        self._grades: Mapping[str, Grade] | None = None

    @property
    def risk(self) -> RiskAssessment:
        """The risk to the people concerned."""
        if self._risk is None:
            self._risk = self._assess(self.facts)
        return self._risk

    @property
    def grades(self) -> Mapping[str, Grade]:
        """The grades by scheme."""
        if self._grades is None:
            self._grades = self._grade(self.facts)
        return self._grades


def _first_day(facts: Facts, at: datetime) -> date:
    """Return a day that no recorded moment lies before, in whatever zone: laws in force by then held throughout."""
    known = (facts.occurred_at, facts.detected_at, facts.aware_at, facts.determined_at, facts.material_at)
    return min(moment for moment in (at, *known) if moment is not None).astimezone(UTC).date() - timedelta(
        days=2
    )
