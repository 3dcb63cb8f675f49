"""Costs and claims summed up exactly, by category and currency, from entries that no later one corrects."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from models.claim import Claim
from models.cost import Cost
from models.money import NO_EXCHANGE, Exchange, Money, converted, totals
from models.recovery import Recovery
from models.vocabulary import ClaimStatus, CostBasis, CostCategory
from reports.ledger_index import LedgerIndex
from reports.recoveries import net_of, recovery_lines
from reports.view_finances import CLAIMS_PAID, ClaimFigures, CostLine, Finances, OpenClaim
from reports.view_terms import Seqs

SETTLED = (ClaimStatus.REFUSED, ClaimStatus.PAID, ClaimStatus.WITHDRAWN)
CATEGORIES = (*map(str, CostCategory), CLAIMS_PAID)
STATES = tuple(map(str, ClaimStatus))


def finances_of(
    costs: Sequence[Cost],
    claims: Sequence[Claim],
    at: datetime,
    index: LedgerIndex,
    exchange: Exchange = NO_EXCHANGE,
    recoveries: Sequence[Recovery] = (),
) -> Finances:
    """Sum up costs, claims and what came back as they stand at a moment; rates are those there were on its day."""
    standing = standing_costs(costs)
    figures = claim_figures(claims, at, index)
    lines = (*_cost_lines(standing, index), *_paid_lines(claims, index))
    sums = totals(Money(line.total, line.currency) for line in lines)
    back = recovery_lines(recoveries, index)
    received = totals(Money(line.received, line.currency) for line in back if line.received)
    net = net_of(sums, received) if sums else ()
    return Finances(
        lines=tuple(sorted(lines, key=lambda line: (CATEGORIES.index(line.category), line.currency))),
        sums=sums,
        estimated=totals(Money(line.estimate, line.currency) for line in lines if line.estimate),
        converted=converted(sums, exchange, at.date()) if sums else None,
        corrected=len(costs) - len(standing),
        claims=figures,
        seqs=_joined(line.seqs for line in lines),
        recoveries=back,
        received=received,
        expected=totals(Money(line.expected, line.currency) for line in back if line.expected),
        net=net,
        net_converted=converted(net, exchange, at.date()) if net else None,
    )


def standing_costs(costs: Iterable[Cost]) -> list[Cost]:
    """Leave out the entries that a later one corrects."""
    every = list(costs)
    corrected = {row.supersedes for row in every}
    return [row for row in every if row.id not in corrected]


def _cost_lines(costs: Iterable[Cost], index: LedgerIndex) -> list[CostLine]:
    grouped: dict[tuple[str, str], list[Cost]] = {}
    for row in costs:
        grouped.setdefault((row.category, row.currency), []).append(row)
    return [_cost_line(category, currency, rows, index) for (category, currency), rows in grouped.items()]


def _cost_line(category: str, currency: str, rows: Sequence[Cost], index: LedgerIndex) -> CostLine:
    def of(basis: str) -> Decimal:
        return sum((row.amount for row in rows if row.basis == basis), Decimal(0))

    hours = [row.hours for row in rows if row.hours is not None]
    return CostLine(
        category=category,
        currency=currency,
        actual=of(CostBasis.ACTUAL),
        estimate=of(CostBasis.ESTIMATE),
        hours=sum(hours, Decimal(0)) if hours else None,
        entries=len(rows),
        seqs=_joined(index.about("cost", row.id) for row in rows),
    )


def _paid_lines(claims: Iterable[Claim], index: LedgerIndex) -> list[CostLine]:
    """Count what was paid on claims as a cost of its own category."""
    grouped: dict[str, list[Claim]] = {}
    for row in claims:
        if row.paid is not None:
            grouped.setdefault(str(row.currency), []).append(row)
    paid = set(index.tagged("claim:paid"))
    return [
        CostLine(
            category=CLAIMS_PAID,
            currency=currency,
            actual=sum((row.paid for row in rows if row.paid is not None), Decimal(0)),
            estimate=Decimal(0),
            hours=None,
            entries=len(rows),
            seqs=tuple(seq for seq in _joined(index.about("claim", row.id) for row in rows) if seq in paid),
        )
        for currency, rows in grouped.items()
    ]


def claim_figures(claims: Sequence[Claim], at: datetime, index: LedgerIndex) -> ClaimFigures:
    """Count claims by state and kind, and sum up what is claimed, accepted and paid."""
    states = Counter(str(row.status) for row in claims)
    waiting = [row for row in claims if row.status not in SETTLED]
    ordered = sorted(waiting, key=lambda row: (row.due_at is None, row.due_at or row.claimed_at, row.id))
    return ClaimFigures(
        count=len(claims),
        states={name: states[name] for name in STATES if states[name]},
        kinds=dict(sorted(Counter(row.kind for row in claims).items())),
        unpriced=sum(row.amount is None for row in claims),
        claimed=totals(Money(row.amount, str(row.currency)) for row in claims if row.amount is not None),
        accepted=totals(Money(row.accepted, str(row.currency)) for row in claims if row.accepted is not None),
        paid=totals(Money(row.paid, str(row.currency)) for row in claims if row.paid is not None),
        waiting=tuple(_open(row, at, index) for row in ordered),
        seqs=_joined(index.about("claim", row.id) for row in claims),
    )


def _open(row: Claim, at: datetime, index: LedgerIndex) -> OpenClaim:
    return OpenClaim(
        id=row.id,
        kind=row.kind,
        status=str(row.status),
        owner=row.assigned_to,
        due_at=row.due_at,
        citation=row.citation,
        overdue=row.due_at is not None and row.due_at <= at,
        seqs=index.about("claim", row.id),
    )


def _joined(parts: Iterable[Seqs]) -> Seqs:
    return tuple(sorted({seq for part in parts for seq in part}))
