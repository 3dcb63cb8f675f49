"""The story in order: moments from facts, steps, decisions, filings, notices and the ledger."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from models.facts import Facts, in_utc
from models.incident import FactsVersion, Incident
from models.playbook_run import StepRun
from models.signal import Signal
from models.vocabulary import DecisionStatus, ObligationStatus, Phase, StepStatus
from reports.doings import StepNames
from reports.headline import MOMENTS
from reports.ledger_index import LedgerIndex
from reports.view import Duty, Moment, NoticeCoverage, PhaseSpan, Timeline
from reports.view_doings import Act, Cause, DecisionView, FilingView
from reports.view_terms import Seqs

MOST_MOMENTS = 120
PHASES = tuple(Phase)
# Steps whose doing shows as an act, a filing, a notice or a decision of its own; the step would say it twice.
SHOWN_OTHERWISE = frozenset(
    (
        "approval",
        "containment.execute",
        "containment.verify",
        "containment.revert",
        "notice.deliver",
        "filing.submit",
        "closure.close",
    )
)


def of_facts(facts: Facts, seqs: Seqs) -> Iterator[Moment]:
    """Tell the moments that the facts themselves name."""
    for name in MOMENTS:
        at = in_utc(getattr(facts, name))
        if at is not None:
            yield Moment(at, f"fact.{name}", None, {}, seqs)


def of_incident(
    incident: Incident, signals: Iterable[Signal], versions: Iterable[FactsVersion], index: LedgerIndex
) -> Iterator[Moment]:
    """Tell signals, declaration, versions of the facts and closure."""
    for signal in signals:
        what = {"form": signal.form, "told_by": signal.told_by}
        yield Moment(
            signal.received_at, "signal.received", Phase.DETECT, what, index.about("signal", signal.id)
        )
    yield Moment(
        incident.declared_at, "incident.declared", Phase.DETECT, {}, index.tagged("incident:declared")
    )
    for version in versions:
        what = {"version": str(version.version), "who": version.recorded_by}
        seqs = index.of_facts(version.version)
        yield Moment(version.recorded_at, "facts.recorded", Phase.TRIAGE, what, seqs)
    if incident.closed_at is not None:
        yield Moment(
            incident.closed_at, "incident.closed", Phase.ACCOUNT, {}, index.tagged("incident:closed")
        )


def of_steps(steps: Iterable[StepRun], names: StepNames, index: LedgerIndex) -> Iterator[Moment]:
    """Tell steps that ended, but for those another moment tells; a failed one is always told."""
    for step in steps:
        failed = step.status == StepStatus.FAILED
        manual = (step.action or "manual.").startswith("manual.")
        told_otherwise = step.action in SHOWN_OTHERWISE or manual
        if step.finished_at is None or (told_otherwise and not failed):
            continue
        what = {"step": names.get(step.step.partition("#")[0]) or step.step}
        kind = "step.failed" if failed else "step.done"
        yield Moment(step.finished_at, kind, step.phase, what, index.about("step", step.step))


def of_decisions(decisions: Iterable[DecisionView], phases: Mapping[str, str]) -> Iterator[Moment]:
    """Tell questions settled, each with who answered."""
    for decision in decisions:
        if decision.decided_at is None:
            continue
        who = ", ".join(answer.staff_id for answer in decision.answers)
        kind = decision.status
        if kind in {DecisionStatus.APPROVED, DecisionStatus.REFUSED} and not who:
            kind = f"{kind}_by_timeout"
        what = {"question": decision.question, "who": who}
        yield Moment(decision.decided_at, f"decision.{kind}", phases.get(decision.step), what, decision.seqs)


def of_acts(acts: Iterable[Act]) -> Iterator[Moment]:
    """Tell containment executed, verified and undone."""
    for act in acts:
        what = {"capability": act.capability, "target": act.target}
        for kind in ("executed", "verified", "reverted"):
            at = getattr(act, f"{kind}_at")
            if at is not None:
                yield Moment(at, f"act.{kind}", Phase.CONTAIN, what, act.seqs)


def of_filings(filings: Iterable[FilingView]) -> Iterator[Moment]:
    """Tell reports to authorities that were submitted."""
    for filing in filings:
        if filing.submitted_at is not None:
            what = {"authority": filing.authority, "receipt": filing.receipt_number or ""}
            kind = "filing.submitted" if filing.receipt_number else "filing.submitted_without_receipt"
            yield Moment(filing.submitted_at, kind, Phase.REPORT, what, filing.seqs)


def of_duties(duties: Iterable[Duty], at: datetime) -> Iterator[Moment]:
    """Tell deadlines that passed while the duty was not done."""
    for duty in duties:
        over = duty.status in {ObligationStatus.LATE, ObligationStatus.OPEN}
        if over and duty.certain and duty.due_at is not None and duty.due_at < at:
            yield Moment(duty.due_at, "duty.missed", Phase.REPORT, {"rule": duty.rule, "due": ""}, duty.seqs)


def of_notices(coverage: NoticeCoverage, seqs: Seqs) -> Iterator[Moment]:
    """Tell the first and the last notice that left."""
    if coverage.first_at is not None:
        yield Moment(coverage.first_at, "notice.first", Phase.NOTIFY, {}, seqs)
    if coverage.last_at is not None and coverage.last_at != coverage.first_at:
        yield Moment(coverage.last_at, "notice.last", Phase.NOTIFY, {}, seqs)


def of_cause(cause: Cause | None) -> Iterator[Moment]:
    """Tell the signing of the root cause."""
    if cause is not None:
        yield Moment(cause.signed_at, "cause.signed", Phase.LEARN, {"who": cause.signed_by}, cause.seqs)


def phase_spans(steps: Iterable[StepRun]) -> tuple[PhaseSpan, ...]:
    """Say when work on each phase began and ended."""
    grouped: dict[str, list[StepRun]] = {}
    for step in steps:
        grouped.setdefault(step.phase, []).append(step)
    return tuple(_phase_span(phase, grouped[phase]) for phase in PHASES if phase in grouped)


def _phase_span(phase: str, steps: Sequence[StepRun]) -> PhaseSpan:
    ends = [step.finished_at for step in steps if step.finished_at is not None]
    finished = len(ends) == len(steps)
    return PhaseSpan(
        phase=str(phase),
        began_at=min(step.started_at for step in steps),
        ended_at=max(ends) if finished else None,
        steps=len(steps),
        done=sum(step.status == StepStatus.DONE for step in steps),
        failed=sum(step.status == StepStatus.FAILED for step in steps),
    )


def in_order(moments: Iterable[Moment], phases: tuple[PhaseSpan, ...]) -> Timeline:
    """Sort moments; beyond the limit keep two thirds from the beginning and the rest from the end."""
    ordered = sorted(moments, key=lambda moment: (moment.at, moment.seqs[:1], moment.kind, str(moment.what)))
    if len(ordered) <= MOST_MOMENTS:
        return Timeline(tuple(ordered), 0, phases)
    head = MOST_MOMENTS * 2 // 3
    tail = MOST_MOMENTS - head
    return Timeline((*ordered[:head], *ordered[-tail:]), len(ordered) - MOST_MOMENTS, phases)
