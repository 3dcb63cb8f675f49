"""How duties were kept over a period: in time, late, still owed past their deadline, open."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from models.obligation import Obligation
from models.vocabulary import ObligationStatus
from reports.duties import DEPENDS

STATES = ("in_time", "late", "owed", "open")


def duty_state(row: Obligation, at: datetime) -> str | None:
    """Sort a duty: met in time, late, owed past its deadline, open; None when it does not count."""
    if row.status in {ObligationStatus.MET, ObligationStatus.LATE}:
        return "in_time" if row.status == ObligationStatus.MET else "late"
    if row.status != ObligationStatus.OPEN or row.answer == DEPENDS:
        return None
    return "owed" if row.due_at is not None and row.due_at < at else "open"


def count_states(rows: Iterable[Obligation], at: datetime) -> dict[str, int]:
    """Count duties by their state."""
    counted = Counter(state for row in rows if (state := duty_state(row, at)) is not None)
    return {name: counted[name] for name in STATES}


def kept_by(
    rows: Iterable[Obligation], group: Callable[[Obligation], str], at: datetime
) -> tuple[tuple[str, int, int], ...]:
    """Say for each group how many duties were met in time and how many fell due, the largest group first."""
    in_time: Counter[str] = Counter()
    fell_due: Counter[str] = Counter()
    for row in rows:
        state = duty_state(row, at)
        if state in {"in_time", "late", "owed"}:
            fell_due[group(row)] += 1
            in_time[group(row)] += state == "in_time"
    ordered = sorted(fell_due, key=lambda name: (-fell_due[name], name))
    return tuple((name, in_time[name], fell_due[name]) for name in ordered)
