"""Containment, decisions, cause, corrective actions and who answered for what, as a report shows them."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from models.accountability import Responsibility, RootCause
from models.action import Containment, CorrectiveAction
from models.decision import Answer, Decision
from models.vocabulary import ContainmentStatus
from reports.ledger_index import LedgerIndex
from reports.view_doings import Act, Answering, AnswerView, Cause, Corrective, DecisionView
from reports.view_terms import ByLanguage

StepNames = Mapping[str, ByLanguage]


def act_of(row: Containment, index: LedgerIndex) -> Act:
    """Show one containment act."""
    return Act(
        id=row.id,
        connector=row.connector,
        capability=row.capability,
        target=row.target,
        plan=row.plan,
        status=str(row.status),
        planned_at=row.planned_at,
        executed_at=row.executed_at,
        verified_at=row.verified_at,
        reverted_at=row.reverted_at,
        expires_at=row.expires_at,
        undo=_undo_state(row),
        accepted_by=row.accepted_by,
        reason=row.reason,
        seqs=index.about("containment", row.id),
    )


def _undo_state(row: Containment) -> str:
    if row.status == ContainmentStatus.REVERTED:
        return "undone"
    if row.status == ContainmentStatus.ACCEPTED:
        return "kept"
    if row.executed_at is None:
        return "not_executed"
    return "possible" if row.before is not None else "unknown_before"


def decision_of(row: Decision, answers: Iterable[Answer], index: LedgerIndex) -> DecisionView:
    """Show one question with its answers in the order they came."""
    given = sorted(answers, key=lambda each: (each.answered_at, each.staff_id))
    return DecisionView(
        id=row.id,
        step=row.step,
        kind=str(row.kind),
        question=row.question,
        needed=row.needed,
        roles=tuple(row.roles),
        status=str(row.status),
        requested_by=row.requested_by,
        asked_at=row.asked_at,
        due_at=row.due_at,
        decided_at=row.decided_at,
        answers=tuple(
            AnswerView(each.staff_id, each.role, each.verdict, each.reason, each.answered_at)
            for each in given
        ),
        seqs=index.about("decision", row.id),
    )


def cause_of(row: RootCause, index: LedgerIndex) -> Cause:
    """Show the signed root cause."""
    return Cause(
        summary=row.summary,
        whys=tuple(row.whys),
        factors=tuple(row.factors),
        failed_control=row.failed_control,
        veris=row.veris,
        signed_by=row.signed_by,
        signed_at=row.signed_at,
        seqs=index.tagged("root_cause:"),
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
    )


def corrective_of(row: CorrectiveAction, at: datetime, index: LedgerIndex) -> Corrective:
    """Show one corrective action; it is overdue once its day is over in UTC."""
    return Corrective(
        id=row.id,
        title=row.title,
        kind=row.kind,
        owner=row.owner,
        due_on=row.due_on,
        status=row.status,
        overdue=row.status == "open" and row.due_on < at.date(),
        evidence=row.evidence,
        seqs=index.about("root_cause", row.id) + index.about("action", row.id),
        done_by=row.done_by,
        done_at=row.done_at,
        verified_by=row.verified_by,
        verified_at=row.verified_at,
    )


def answering_of(row: Responsibility, names: StepNames, index: LedgerIndex) -> Answering:
    """Show who was to answer for one step and who acted."""
    return Answering(
        step=row.step,
        name=names.get(row.step.partition("#")[0], {}),
        phase=row.phase,
        responsible=tuple(row.responsible),
        accountable=row.accountable,
        consulted=tuple(row.consulted),
        informed=tuple(row.informed),
        acted=tuple(row.acted),
        finished_at=row.finished_at,
        seqs=index.about("step", row.step),
    )
