"""The plan's steps towards authorities: draft what is owed, let go out what an approval let go out."""

from datetime import datetime

from sqlmodel import select

from models.database import Work
from models.decision import Answer, Decision
from models.errors import RefusedError, TocsinError
from models.filing import Filing
from models.incident import Incident
from models.obligation import Obligation
from models.vocabulary import DecisionStatus, FilingStatus
from playbooks.graph import edges_of
from response.authorities.input import FilingInputs
from response.authorities.posting import claim, desk_of, post
from response.authorities.records import (
    after_submission,
    draft,
    filing_for_update,
    mark_approved,
    mark_submitted,
    unsent_filings,
    unsettled_filings,
)
from response.authorities.supplements import open_overtaken
from response.context import TOCSIN, StepContext, StepOutcome
from response.duties import SURE, obligations_of, parts_of, rule_of, stands
from response.facts import latest_facts
from response.incidents import locked_incident


def draft_filings(unit: Work, context: StepContext) -> StepOutcome:
    """Draft a report for every standing duty to an authority at the stages asked; the step filing.draft.

    A duty of which it is open whether it applies gets no draft: a person settles it. One report serves the
    duties whose laws take the same one. A follow-up that the law puts no number on waits for the end of handling,
    when it can say most; a person may draft it any time. With `supplements`, those that answer what reports left
    open or put right what they said are drafted now.
    """
    incident, stages = context.incident, _stages(context)
    handled = latest_facts(unit.session, incident).handled_at is not None
    inputs = FilingInputs(unit.store, unit.session, incident, unit.clock())
    supplements = open_overtaken(unit, incident, TOCSIN) if context.inputs.get("supplements") else []
    owed = [each for each in obligations_of(unit.session, incident.id) if _asks_for_a_report(each, stages)]
    owed = [each for each in owed if handled or _has_its_time(each) or each.id in supplements]
    served = {each.rule for each in owed}
    chosen = [each for each in owed if rule_of(each).same_report_as not in served]
    filings = [draft(unit, incident, obligation, inputs, TOCSIN) for obligation in chosen]
    return StepOutcome(values={"filings": len(filings)})


def _has_its_time(obligation: Obligation) -> bool:
    return obligation.stage != "interim" or obligation.due_at is not None


def _asks_for_a_report(obligation: Obligation, stages: tuple[str, ...]) -> bool:
    return (
        stands(obligation)
        and obligation.answer in SURE
        and obligation.stage in stages
        and "authority" in parts_of(obligation)
        and "authority" not in obligation.detail.get("parts", {})
    )


def _stages(context: StepContext) -> tuple[str, ...]:
    return tuple(str(stage) for stage in context.inputs.get("stages") or ("initial",))


def submit_filings(context: StepContext) -> StepOutcome:
    """Let the reports go that the approval before this step let out; the step filing.submit.

    Where an authority has a connector the report is posted, else it counts as submitted by who approved it. A desk
    that fails holds up no other report; what follows from those that went is recorded with them or by the next run.

    Raises:
        RefusedError: no approval stands before this step, a draft is younger than its approval, or a desk says no.
        UnavailableError: a desk does not answer; calling again goes on with what is left.
    """
    with context.store.work() as unit:
        filings = unsent_filings(unit.session, context.incident.id, _stages(context))
        if not filings and not unsettled_filings(unit.session, context.incident, _stages(context)):
            return StepOutcome(values={"filings": 0})
        people, role, decided_at = _approval(unit, context)
        attached = locked_incident(unit.session, context.incident.id)
        for filing in filings:
            _approve(unit, attached, filing, people, role, decided_at)
        desks = {filing.id: desk_of(unit.store, unit.session, filing) for filing in filings}
        by_hand = [filing for filing in filings if desks[filing.id] is None]
        for filing in by_hand:
            mark_submitted(unit, attached, filing, people[0], role, unit.clock(), None)
    faults = (_posting_fault(context, name, desk, people[0], role) for name, desk in desks.items() if desk)
    failed = [fault for fault in faults if fault is not None]
    with context.store.work() as unit:
        attached = locked_incident(unit.session, context.incident.id)
        after_submission(
            unit, attached, unsettled_filings(unit.session, attached, _stages(context)), people[0]
        )
    if failed:
        raise failed[0]
    return StepOutcome(values={"filings": len(filings)})


def _approve(
    unit: Work, incident: Incident, filing: Filing, people: list[str], role: str, decided_at: datetime
) -> None:
    if filing.status != FilingStatus.DRAFT:
        return
    if filing.drafted_at > decided_at:
        raise RefusedError(
            "This draft is younger than its approval.", where=filing.id, remedy="Have it approved again."
        )
    mark_approved(unit, incident, filing, people, role)


def _posting_fault(context: StepContext, filing_id: str, desk: str, by: str, role: str) -> TocsinError | None:
    """Post one report; give the fault instead of raising it, so that the other reports go out."""
    try:
        with context.store.work() as unit:
            attached = locked_incident(unit.session, context.incident.id)
            claim(unit, attached, filing_for_update(unit.session, filing_id), desk, by, role)
        post(context.store, filing_id, desk, by, role, settle=False)
    except TocsinError as error:
        return error
    return None


def _approval(unit: Work, context: StepContext) -> tuple[list[str], str, datetime]:
    """Find the nearest approval before this step that was given, and by whom."""
    key, _, turn = context.key.partition("#")
    for step_id in _before(context, key):
        decision = None
        for name in (f"{step_id}#{turn}", step_id) if turn else (step_id,):
            decision = decision or unit.session.get(Decision, f"{context.incident.id}/{name}")
        if (
            decision is not None
            and decision.status == DecisionStatus.APPROVED
            and decision.decided_at is not None
        ):
            answers = unit.session.exec(select(Answer).where(Answer.decision_id == decision.id)).all()
            people = [answer.staff_id for answer in answers if answer.verdict == "approve"]
            role = answers[0].role if answers else decision.roles[0]
            return people or [TOCSIN], role, decision.decided_at
    raise RefusedError(
        "Nobody approved these reports.",
        where=context.key,
        expected="an approval before the step that submits",
        remedy="Approve them, or file each by hand with `tocsin filing approve`.",
    )


def _before(context: StepContext, step_id: str) -> list[str]:
    """Name the approvals that can lead to a step, the nearest first."""
    workflow = context.playbook.workflow
    entering: dict[str, list[str]] = {}
    for name, step in workflow.items():
        for edge in edges_of(name, step):
            entering.setdefault(edge.target, []).append(name)
    found, waiting, seen = [], [step_id], {step_id}
    while waiting:
        for name in entering.get(waiting.pop(0), []):
            if name not in seen:
                seen.add(name)
                waiting.append(name)
                found += [name] if workflow[name].action == "approval" else []
    return found
