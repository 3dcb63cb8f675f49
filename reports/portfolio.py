"""All incidents and drills of a period: how fast, how many duties in time, what keeps coming back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import mean, median
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, and_, col, or_, select

from models.accountability import RootCause
from models.action import CorrectiveAction
from models.clock import as_utc
from models.drill import Drill
from models.errors import InvalidInputError
from models.facts import Organisation, in_utc
from models.filing import Filing
from models.incident import FactsVersion, Incident
from models.ledger import LedgerEntry
from models.money import NO_EXCHANGE, Exchange
from models.obligation import Obligation
from models.outside_exercise import OutsideExercise
from reports.duty_states import STATES, count_states, kept_by
from reports.exercises_held import exercise_standings
from reports.headline import MOMENTS, facts_in, spans_of
from reports.ledger_index import head_at
from reports.portfolio_finances import period_finances
from reports.portfolio_view import Line, Measure, Overdue, Portfolio, Readiness
from reports.supervisor_figures import Known, supervisor_figures

# The measures supervisors and NIST SP 800-61 speak of, by the span they average.
MEASURES = ("detect", "acknowledge", "contain", "notify", "authority", "close")
NOTICE_TAGS = ("notice:sent", "notice:posted", "notice:published")  # by message, letter or public notice


def build_portfolio(
    session: Session,
    start: datetime,
    end: datetime,
    at: datetime,
    organisation: Organisation | None = None,
    *,
    exchange: Exchange = NO_EXCHANGE,
    readiness: Readiness | None = None,
) -> Portfolio:
    """Gather the figures of a period as of `at`; the same records give an equal portfolio.

    With the `organisation`, also where it stands with its duties to exercise the plan. `exchange` holds the rates
    a person gave for a sum in one currency; `readiness` is how ready the house is (response measures it).

    Raises:
        InvalidInputError: the period ends before it starts, or has no offset.
    """
    start, end = as_utc(start), as_utc(end)
    if end <= start:
        raise InvalidInputError("The period ends before it starts.", expected="--from earlier than --to")
    query = select(Incident).where(col(Incident.declared_at) >= start, col(Incident.declared_at) < end)
    # A drill that was put aside was not held.
    query = query.where(col(Incident.id).not_in(select(Drill.incident_id).where(Drill.status == "discarded")))
    incidents = session.exec(query.order_by(col(Incident.declared_at), col(Incident.id))).all()
    gathered = _Gathered(session, [each.id for each in incidents])
    lines = [gathered.line(each, at) for each in incidents]
    real, drills = [each for each in lines if not each.drill], [each for each in lines if each.drill]
    declared = [each for each in incidents if not each.drill]
    owed = gathered.owed_by(declared)
    head = head_at(session, None)
    return Portfolio(
        start=start,
        end=end,
        at=at,
        incidents=tuple(real),
        drills=tuple(drills),
        measures=_measures(real),
        drill_measures=_measures(drills),
        months=_months(lines),
        severities=dict(sorted(Counter(each.severity or "unknown" for each in real).items())),
        duties=_sum_duties(real),
        places=kept_by(owed, lambda row: row.jurisdiction, at),
        causes=_recurring(real),
        overdue=_overdue(session, end, at),
        ledger_size=head.size if head else 0,
        exercise_duties=exercise_standings(session, organisation, at) if organisation else (),
        finances=period_finances(session, (start, end), lines, at, exchange),
        readiness=readiness,
        supervisors=supervisor_figures([gathered.known(each) for each in declared], owed, at),
    )


class _Gathered:
    """Rows of all incidents of the period, each table read once."""

    def __init__(self, session: Session, ids: list[str]) -> None:
        facts = session.exec(
            select(FactsVersion)
            .join(Incident, col(Incident.id) == col(FactsVersion.incident_id))
            .where(
                col(FactsVersion.incident_id).in_(ids),
                FactsVersion.version == Incident.facts_version,
            )
        )
        self.facts = {row.incident_id: row for row in facts}
        self.obligations: dict[str, list[Obligation]] = {}
        for row in session.exec(select(Obligation).where(col(Obligation.incident_id).in_(ids))):
            self.obligations.setdefault(row.incident_id, []).append(row)
        filed = select(Filing.incident_id, func.min(Filing.submitted_at)).where(
            col(Filing.incident_id).in_(ids)
        )
        self.filed = _by_id(session.exec(filed.group_by(col(Filing.incident_id))))
        told = select(LedgerEntry.incident_id, func.min(LedgerEntry.at)).where(
            col(LedgerEntry.incident_id).in_(ids), col(LedgerEntry.tag).in_(NOTICE_TAGS)
        )
        self.told = _by_id(session.exec(told.group_by(col(LedgerEntry.incident_id))))
        drills = session.exec(select(Drill).where(col(Drill.incident_id).in_(ids)))
        self.points = {row.incident_id: int(row.score["points"]) for row in drills if row.score}
        causes = session.exec(select(RootCause).where(col(RootCause.incident_id).in_(ids)))
        self.causes = {row.incident_id: row.veris for row in causes}
        self.seqs: dict[str, list[int]] = {}
        entries = select(LedgerEntry.incident_id, LedgerEntry.seq).where(
            col(LedgerEntry.incident_id).in_(ids),
            col(LedgerEntry.tag).in_(("incident:declared", "incident:closed")),
        )
        for incident_id, seq in session.exec(entries.order_by(col(LedgerEntry.seq))):
            self.seqs.setdefault(str(incident_id), []).append(seq)

    def line(self, incident: Incident, at: datetime) -> Line:
        version = self.facts.get(incident.id)
        facts = facts_in(version, incident)
        moments = {name: in_utc(getattr(facts, name)) for name in MOMENTS}
        spans = spans_of(incident, moments, self.told.get(incident.id), self.filed.get(incident.id))
        return Line(
            id=incident.id,
            title=incident.title,
            drill=incident.drill,
            status=str(incident.status),
            declared_at=incident.declared_at,
            closed_at=incident.closed_at,
            severity=version.severity if version else None,
            risk=version.risk if version else None,
            least_people=facts.people.total.least if facts.people.total else None,
            spans={span.kind: span.seconds for span in spans},
            duties=count_states(self.obligations.get(incident.id, ()), at),
            causes=tuple(_actions_of(self.causes.get(incident.id, {}))),
            seqs=tuple(self.seqs.get(incident.id, ())),
            points=self.points.get(incident.id),
        )

    def owed_by(self, incidents: Iterable[Incident]) -> list[Obligation]:
        """Give the duties of some incidents."""
        return [row for each in incidents for row in self.obligations.get(each.id, ())]

    def known(self, incident: Incident) -> Known:
        """Say what supervisors count of an incident."""
        facts = facts_in(self.facts.get(incident.id), incident)
        return Known(
            reported=incident.id in self.filed,
            communicated=incident.id in self.told,
            breach=facts.breach,
            people=facts.people.total,
            seqs=tuple(self.seqs.get(incident.id, ())),
        )


def _by_id(rows: Iterable[Any]) -> dict[str, datetime]:
    return {incident_id: moment for incident_id, moment in rows if moment is not None}


def _sum_duties(lines: Sequence[Line]) -> dict[str, int]:
    return {name: sum(line.duties[name] for line in lines) for name in STATES}


def _actions_of(veris: Mapping[str, Any]) -> list[str]:
    action = veris.get("action")
    if isinstance(action, str):
        return [action]
    return sorted(str(each) for each in action) if isinstance(action, list | dict) else []


def _measures(lines: Sequence[Line]) -> tuple[Measure, ...]:
    return tuple(_measure(kind, [line.spans[kind] for line in lines]) for kind in MEASURES)


def _measure(kind: str, given: Iterable[float | None]) -> Measure:
    known = [seconds for seconds in given if seconds is not None]
    if not known:
        return Measure(kind, 0, None, None)
    return Measure(kind, len(known), mean(known), median(known))


def _months(lines: Sequence[Line]) -> tuple[tuple[str, int, int], ...]:
    counted: dict[str, list[int]] = {}
    for line in lines:
        counted.setdefault(line.declared_at.strftime("%Y-%m"), [0, 0])[line.drill] += 1
    return tuple((month, real, drills) for month, (real, drills) in sorted(counted.items()))


def _recurring(lines: Sequence[Line]) -> tuple[tuple[str, int], ...]:
    counted = Counter(cause for line in lines for cause in set(line.causes))
    return tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _overdue(session: Session, end: datetime, at: datetime) -> tuple[Overdue, ...]:
    """List what is open past its day, of earlier incidents too: it does not lapse with the period."""
    held = col(OutsideExercise.ended_at) < end
    query = (
        select(CorrectiveAction)
        .join(Incident, col(Incident.id) == col(CorrectiveAction.incident_id), isouter=True)
        .join(OutsideExercise, col(OutsideExercise.id) == col(CorrectiveAction.exercise_id), isouter=True)
        .where(CorrectiveAction.status == "open", col(CorrectiveAction.due_on) < at.date())
        .where(or_(and_(col(Incident.drill).is_(False), col(Incident.declared_at) < end), held))
        .order_by(col(CorrectiveAction.due_on), col(CorrectiveAction.id))
    )
    return tuple(
        Overdue(
            row.id, row.incident_id or row.exercise_id or "", row.title, row.owner, row.due_on.isoformat()
        )
        for row in session.exec(query)
    )
