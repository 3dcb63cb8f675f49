"""The report of one incident as a pure view of its records at one size of the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import TypeVar

from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from models.accountability import ConductFinding, Responsibility, RootCause
from models.action import Containment, CorrectiveAction
from models.claim import Claim
from models.cost import Cost
from models.decision import Answer, Decision
from models.errors import NotFoundError
from models.facts import Facts
from models.filing import Filing
from models.incident import FactsVersion, Incident, PlaybookVersion
from models.money import NO_EXCHANGE, Exchange
from models.obligation import Obligation
from models.playbook_run import StepRun
from models.recovery import Recovery
from models.signal import Signal
from reports import timeline
from reports.doings import act_of, answering_of, cause_of, corrective_of, decision_of
from reports.duties import duty_of, filing_of, in_reading_order, zone_of
from reports.entry_moments import of_ledger
from reports.exercise import exercise_of
from reports.finances import finances_of
from reports.headline import facts_in, headline_of, spans_of
from reports.ledger_index import LedgerIndex, head_at, read_index, record_of
from reports.playbook_names import names_in_playbook
from reports.view import IncidentReport, NoticeCoverage, Record, Span, Timeline
from reports.view_doings import Answering, Cause, Corrective, DecisionView
from reports.view_terms import ByLanguage

Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True)
class _Source:
    """What every part is read from."""

    session: Session
    incident: Incident
    at: datetime
    index: LedgerIndex
    step_names: Mapping[str, ByLanguage]

    def rows(self, table: type[Row]) -> list[Row]:
        """Give an incident's rows of a table, in the order of their keys."""
        mapped = table.__table__  # type: ignore[attr-defined]
        query = select(table).where(mapped.c.incident_id == self.incident.id)
        return list(self.session.exec(query.order_by(*mapped.primary_key.columns)))


def build_incident_report(
    session: Session,
    incident_id: str,
    coverage: NoticeCoverage,
    at: datetime,
    *,
    names: Mapping[str, str] | None = None,
    ledger_size: int | None = None,
    exchange: Exchange = NO_EXCHANGE,
) -> IncidentReport:
    """Gather what the report says, as of `at`; the same records give an equal report.

    `coverage` counts notices (response fills it), `names` maps staff handles to names where those may be
    shown, `ledger_size` takes the ledger at an earlier checkpoint instead of the newest, and `exchange` holds the
    rates a person gave for a sum in one currency.

    Raises:
        NotFoundError: there is no such incident.
    """
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFoundError(
            f"There is no incident {incident_id}.", remedy="`tocsin incident list` shows which there are."
        )
    head = head_at(session, ledger_size)
    index = read_index(session, incident_id, head.size if head else 0)
    playbook_name, step_names = _playbook_names(session, incident)
    source = _Source(session, incident, at, index, step_names)
    version = session.get(FactsVersion, (incident.id, incident.facts_version))
    facts = facts_in(version, incident)
    untold = _without_timeline(source, facts, version, coverage, record_of(index, head))
    return replace(
        untold,
        playbook_name=playbook_name,
        spans=_spans(incident, untold),
        timeline=_timeline(source, facts, untold),
        exercise=exercise_of(session, incident.id, step_names, at.date(), index.tagged("drill:scored")),
        finances=finances_of(
            source.rows(Cost), source.rows(Claim), at, index, exchange, source.rows(Recovery)
        ),
        names=dict(names or {}),
    )


def _without_timeline(
    source: _Source, facts: Facts, version: FactsVersion | None, coverage: NoticeCoverage, record: Record
) -> IncidentReport:
    """Read every part that stands for itself; spans and timeline are made from these."""
    incident, index = source.incident, source.index
    duties = {row.id: row for row in source.rows(Obligation)}
    return IncidentReport(
        incident_id=incident.id,
        title=incident.title,
        organisation=facts.organisation.name,
        zone=zone_of(facts.organisation.country or "", {}),
        drill=incident.drill,
        scenario=incident.scenario,
        status=str(incident.status),
        playbook=incident.playbook,
        playbook_name={},
        playbook_hash=incident.playbook_hash,
        at=source.at,
        declared_at=incident.declared_at,
        closed_at=incident.closed_at,
        headline=headline_of(facts, version, index),
        spans=(),
        duties=in_reading_order([duty_of(row, source.at, index) for row in duties.values()]),
        timeline=Timeline((), 0, ()),
        acts=tuple(act_of(row, index) for row in source.rows(Containment)),
        coverage=coverage,
        coverage_seqs=index.tagged("campaign:", "notice:"),
        filings=tuple(filing_of(row, duties[row.obligation_id], index) for row in source.rows(Filing)),
        decisions=_decisions(source),
        cause=_cause(source),
        actions=_actions(source),
        answering=_answering(source),
        conduct=_conduct(source),
        conduct_seqs=index.tagged("conduct:"),
        record=record,
    )


def _spans(incident: Incident, report: IncidentReport) -> tuple[Span, ...]:
    submitted = [filing.submitted_at for filing in report.filings if filing.submitted_at is not None]
    return spans_of(incident, report.headline.moments, report.coverage.first_at, min(submitted, default=None))


def _playbook_names(session: Session, incident: Incident) -> tuple[ByLanguage, Mapping[str, ByLanguage]]:
    """Read the plan's and its steps' names from the version the incident is pinned to."""
    version = session.get(PlaybookVersion, incident.playbook_hash)
    return names_in_playbook(version.text) if version else ({}, {})


def _decisions(source: _Source) -> tuple[DecisionView, ...]:
    query = select(Answer).join(Decision, col(Decision.id) == col(Answer.decision_id))
    answers: dict[str, list[Answer]] = {}
    for answer in source.session.exec(query.where(Decision.incident_id == source.incident.id)):
        answers.setdefault(answer.decision_id, []).append(answer)
    rows = sorted(source.rows(Decision), key=lambda row: (row.asked_at, row.id))
    return tuple(decision_of(row, answers.get(row.id, ()), source.index) for row in rows)


def _cause(source: _Source) -> Cause | None:
    row = source.session.get(RootCause, source.incident.id)
    return cause_of(row, source.index) if row else None


def _actions(source: _Source) -> tuple[Corrective, ...]:
    rows = sorted(source.rows(CorrectiveAction), key=lambda row: (row.due_on, row.id))
    return tuple(corrective_of(row, source.at, source.index) for row in rows)


def _answering(source: _Source) -> tuple[Answering, ...]:
    views = [answering_of(row, source.step_names, source.index) for row in source.rows(Responsibility)]
    order = {str(phase): number for number, phase in enumerate(timeline.PHASES)}
    never = datetime.max.replace(tzinfo=source.at.tzinfo)
    return tuple(
        sorted(
            views, key=lambda each: (order.get(each.phase, len(order)), each.finished_at or never, each.step)
        )
    )


def _conduct(source: _Source) -> tuple[tuple[str, int], ...]:
    """Count findings by consequence; who and why stay with the roles that may know."""
    query = select(ConductFinding.consequence, func.count()).where(
        ConductFinding.incident_id == source.incident.id
    )
    rows = source.session.exec(query.group_by(col(ConductFinding.consequence)))
    return tuple(sorted((consequence, count) for consequence, count in rows))


def _timeline(source: _Source, facts: Facts, report: IncidentReport) -> Timeline:
    index, steps = source.index, source.rows(StepRun)
    moments = chain(
        timeline.of_facts(facts, report.headline.seqs),
        timeline.of_incident(source.incident, source.rows(Signal), source.rows(FactsVersion), index),
        timeline.of_steps(steps, source.step_names, index),
        timeline.of_decisions(report.decisions, {step.step: step.phase for step in steps}),
        timeline.of_acts(report.acts),
        timeline.of_filings(report.filings),
        timeline.of_duties(report.duties, source.at),
        timeline.of_notices(report.coverage, report.coverage_seqs),
        timeline.of_cause(report.cause),
        of_ledger(index, source.step_names),
    )
    return timeline.in_order(moments, timeline.phase_spans(steps))
