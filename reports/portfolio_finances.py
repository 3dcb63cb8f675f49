"""What the incidents of a period cost, and what fell into the period; drills enter no figure of incidents."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from models.claim import Claim
from models.cost import Cost
from models.incident import Incident
from models.money import Exchange
from models.recovery import Recovery
from reports.finances import finances_of, standing_costs
from reports.ledger_index import LedgerIndex, read_subjects
from reports.portfolio_view import Line
from reports.recoveries import standing_recoveries
from reports.view_finances import Finances, IncidentCosts, PeriodFinances


@dataclass(frozen=True)
class _Books:
    """Every cost and claim of the incidents declared before the period's end, and the entries about them."""

    costs: Sequence[Cost]
    claims: Sequence[Claim]
    recoveries: Sequence[Recovery]
    index: LedgerIndex
    exchange: Exchange
    at: datetime

    def of(self, ids: Iterable[str]) -> Finances:
        """Sum up those of some incidents, as they stand."""
        wanted = set(ids)
        costs = [row for row in self.costs if row.incident_id in wanted]
        claims = [row for row in self.claims if row.incident_id in wanted]
        back = [row for row in self.recoveries if row.incident_id in wanted]
        return finances_of(costs, claims, self.at, self.index, self.exchange, back)

    def within(self, first: date, last: date) -> Finances:
        """Sum up what real incidents cost from a day to the day before another, with claims paid and what came back."""
        standing = standing_costs(row for row in self.costs if not row.drill)
        costs = [row for row in standing if first <= row.incurred_on < last]
        claims = [
            row for row in self.claims if row.paid_at and not row.drill and first <= row.paid_at.date() < last
        ]
        standing_back = standing_recoveries(row for row in self.recoveries if not row.drill)
        back = [row for row in standing_back if first <= row.booked_on < last]
        return finances_of(costs, claims, self.at, self.index, self.exchange, back)


def period_finances(
    session: Session,
    period: tuple[datetime, datetime],
    lines: Sequence[Line],
    at: datetime,
    exchange: Exchange,
) -> PeriodFinances:
    """Gather costs and claims of a period: of its incidents, and of the days that lie in it (UTC)."""
    start, end = period
    books = _read(session, end, at, exchange)
    real = [line for line in lines if not line.drill]
    each = (IncidentCosts(line.id, line.title, books.of([line.id])) for line in real)
    return PeriodFinances(
        incidents=books.of(line.id for line in real),
        one_by_one=tuple(one for one in each if not one.finances.is_empty),
        in_period=books.within(start.date(), end.date()),
        drills=books.of(line.id for line in lines if line.drill),
    )


def _read(session: Session, end: datetime, at: datetime, exchange: Exchange) -> _Books:
    before = select(Incident.id).where(col(Incident.declared_at) < end)
    costs = session.exec(select(Cost).where(col(Cost.incident_id).in_(before)).order_by(col(Cost.id))).all()
    claims = session.exec(
        select(Claim).where(col(Claim.incident_id).in_(before)).order_by(col(Claim.id))
    ).all()
    back = session.exec(
        select(Recovery).where(col(Recovery.incident_id).in_(before)).order_by(col(Recovery.id))
    ).all()
    ids = sorted({row.incident_id for rows in (costs, claims, back) for row in rows})
    index = read_subjects(session, ids, ("cost", "claim", "recovery"))
    return _Books(costs, claims, back, index, exchange, at)
