"""What came back of the costs, by source and currency, and what is left: only what was received is deducted."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from models.money import Money, totals
from models.recovery import Recovery
from models.vocabulary import RecoverySource, RecoveryState
from reports.ledger_index import LedgerIndex
from reports.view_finances import RecoveryLine

SOURCES = tuple(map(str, RecoverySource))


def standing_recoveries(rows: Iterable[Recovery]) -> list[Recovery]:
    """Leave out the entries that a later one corrects, and those that say that nothing came back."""
    every = list(rows)
    corrected = {row.supersedes for row in every}
    return [row for row in every if row.id not in corrected and row.amount]


def recovery_lines(rows: Iterable[Recovery], index: LedgerIndex) -> tuple[RecoveryLine, ...]:
    """Sum up what stands by source and currency."""
    grouped: dict[tuple[int, str], list[Recovery]] = {}
    for row in standing_recoveries(rows):
        grouped.setdefault((SOURCES.index(row.source), row.currency), []).append(row)
    return tuple(
        _line(SOURCES[place], currency, grouped[place, currency], index)
        for place, currency in sorted(grouped)
    )


def _line(source: str, currency: str, rows: Sequence[Recovery], index: LedgerIndex) -> RecoveryLine:
    def of(state: str) -> Decimal:
        return sum((row.amount for row in rows if row.state == state), Decimal(0))

    return RecoveryLine(
        source=source,
        currency=currency,
        received=of(RecoveryState.RECEIVED),
        expected=of(RecoveryState.EXPECTED),
        entries=len(rows),
        seqs=tuple(sorted({seq for row in rows for seq in index.about("recovery", row.id)})),
    )


def net_of(sums: Iterable[Money], received: Iterable[Money]) -> tuple[Money, ...]:
    """Deduct what was received from each sum in its own currency; more than was spent leaves less than nothing."""
    return totals((*sums, *(Money(-each.amount, each.currency) for each in received)))
