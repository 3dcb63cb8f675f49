"""What a report says of costs and claims: exact sums by currency with the ledger entries they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from models.money import Converted, Money
from reports.view_terms import Seqs

CLAIMS_PAID = "claims"  # the category of what was paid on claims


@dataclass(frozen=True)
class CostLine:
    """All costs of one category in one currency: what was incurred, and what is still an estimate."""

    category: str
    currency: str
    actual: Decimal
    estimate: Decimal
    hours: Decimal | None
    entries: int
    seqs: Seqs

    @property
    def total(self) -> Decimal:
        """Give both together."""
        return self.actual + self.estimate


@dataclass(frozen=True)
class RecoveryLine:
    """All that came back from one kind of source in one currency; what is only expected reduces no sum."""

    source: str  # a word of RecoverySource
    currency: str
    received: Decimal
    expected: Decimal
    entries: int
    seqs: Seqs


@dataclass(frozen=True)
class OpenClaim:
    """One claim that is not settled: with whom it is, and by when what is owed. No amount: that is personal."""

    id: str
    kind: str
    status: str
    owner: str | None
    due_at: datetime | None
    citation: str | None
    overdue: bool
    seqs: Seqs


@dataclass(frozen=True)
class ClaimFigures:
    """Claims in figures; `unpriced` is how many of them nobody put a number on."""

    count: int
    states: Mapping[str, int]
    kinds: Mapping[str, int]
    unpriced: int
    claimed: tuple[Money, ...]
    accepted: tuple[Money, ...]
    paid: tuple[Money, ...]
    waiting: tuple[OpenClaim, ...]
    seqs: Seqs

    @property
    def overdue(self) -> int:
        """Count those past their term."""
        return sum(each.overdue for each in self.waiting)


@dataclass(frozen=True)
class Finances:
    """Costs with what was paid on claims, by category and by currency. `corrected` entries enter no sum.

    `converted` is the whole in the reporting currency, None where none is set. `net` is what is left of `sums` after
    what was `received` back, `net_converted` that in the reporting currency; there is none while no cost is known.
    """

    lines: tuple[CostLine, ...]
    sums: tuple[Money, ...]
    estimated: tuple[Money, ...]
    converted: Converted | None
    corrected: int
    claims: ClaimFigures
    seqs: Seqs
    recoveries: tuple[RecoveryLine, ...] = ()
    received: tuple[Money, ...] = ()
    expected: tuple[Money, ...] = ()
    net: tuple[Money, ...] = ()
    net_converted: Converted | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was ever recorded: then what it cost is unknown, not nothing."""
        return not (self.lines or self.claims.count or self.corrected or self.recoveries)


NO_CLAIMS = ClaimFigures(0, {}, {}, 0, (), (), (), (), ())
NO_FINANCES = Finances((), (), (), None, 0, NO_CLAIMS, ())


@dataclass(frozen=True)
class IncidentCosts:
    """What one incident of a period cost so far, and how many people claimed."""

    id: str
    title: str
    finances: Finances


@dataclass(frozen=True)
class PeriodFinances:
    """Costs and claims of a period.

    `incidents` are those of all incidents declared in it, as they stand now, `one_by_one` the same apart;
    `in_period` are costs incurred and claims paid within it, of earlier incidents too. Drills are apart.
    """

    incidents: Finances = NO_FINANCES
    one_by_one: tuple[IncidentCosts, ...] = ()
    in_period: Finances = NO_FINANCES
    drills: Finances = NO_FINANCES


NO_PERIOD_FINANCES = PeriodFinances()
