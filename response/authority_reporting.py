"""The plan's steps towards authorities: draft what is owed, record what an approval let go out, settle the rest."""

from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator
from sqlmodel import select

from models.clock import read_moment
from models.database import Work
from models.decision import Answer, Decision
from models.errors import InvalidInputError, RefusedError
from models.obligation import Obligation
from models.vocabulary import DecisionStatus, FilingStatus, ObligationStatus
from playbooks.graph import edges_of
from response.context import TOCSIN, StepContext, StepOutcome
from response.duties import SURE, meet, obligations_of, parts_of, rule_of, stands, waive
from response.filing_input import FilingInputs
from response.filing_records import after_submission, draft, mark_approved, mark_submitted, unsent_filings
from response.form_reading import FormPart, Sentence, acting_role, read_form

Moment = Annotated[
    datetime, BeforeValidator(lambda given: read_moment(given) if isinstance(given, str) else given)
]
MOST_NAMED = 8


def draft_filings(unit: Work, context: StepContext) -> StepOutcome:
    """Draft a report for every standing duty to an authority at the stages asked; the step filing.draft.

    A duty of which it is open whether it applies gets no draft: a person settles it. One report serves the
    duties whose laws take the same one.
    """
    incident, stages = context.incident, _stages(context)
    inputs = FilingInputs(unit.store, unit.session, incident, unit.clock())
    owed = [each for each in obligations_of(unit.session, incident.id) if _asks_for_a_report(each, stages)]
    served = {each.rule for each in owed}
    chosen = [each for each in owed if rule_of(each).same_report_as not in served]
    filings = [draft(unit, incident, obligation, inputs, TOCSIN) for obligation in chosen]
    return StepOutcome(values={"filings": len(filings)})


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


def submit_filings(unit: Work, context: StepContext) -> StepOutcome:
    """Record the reports that the approval before this step let go out; the step filing.submit.

    Raises:
        RefusedError: no approval stands before this step, or a draft is younger than its approval.
    """
    incident = context.incident
    filings = unsent_filings(unit.session, incident.id, _stages(context))
    if not filings:
        return StepOutcome(values={"filings": 0})
    people, role, decided_at = _approval(unit, context)
    for filing in filings:
        if filing.status == FilingStatus.DRAFT:
            if filing.drafted_at > decided_at:
                raise RefusedError(
                    "This draft is younger than its approval.",
                    where=filing.id,
                    remedy="Have it approved again.",
                )
            mark_approved(unit, incident, filing, people, role)
        mark_submitted(unit, incident, filing, people[0], role, unit.clock(), None)
    unit.session.flush()
    after_submission(unit, incident, filings, people[0])
    return StepOutcome(values={"filings": len(filings)})


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


class Settlement(FormPart):
    """What became of the duties that fit: met by something at a moment, or waived with a reason.

    `rule` takes `*` for any run of letters; `stage` and `answer` narrow it further.
    """

    rule: Sentence
    stage: Sentence | None = None
    answer: Literal["due", "immediate", "depends", "not_started"] | None = None
    met_by: Sentence | None = None
    met_at: Moment | None = None
    waived: Sentence | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> "Settlement":
        if (self.met_by is None) == (self.waived is None) or (self.met_by is None) != (self.met_at is None):
            raise ValueError("say met_by with met_at, or waived with the reason")
        return self

    def fits(self, obligation: Obligation) -> bool:
        """Say whether a duty is meant."""
        return (
            fnmatchcase(obligation.rule, self.rule)
            and self.stage in (None, obligation.stage)
            and self.answer in (None, obligation.answer)
        )


class DutiesForm(FormPart):
    """What the step `manual.duties` asks for: every duty that still stands, settled by the first line that fits."""

    duties: tuple[Settlement, ...] = ()


def cover_duties(unit: Work, context: StepContext, document: bytes, by: str) -> dict[str, Any]:
    """Settle every duty that no report or campaign met; each is a recorded decision with decider and reason.

    Raises:
        InvalidInputError: the form is wrong, a moment lies in the future, or a duty is left without a word.
    """
    form = read_form(document, DutiesForm, "the duties form") if document.strip() else DutiesForm()
    incident, role = context.incident, acting_role(unit, context, by)
    owed = [each for each in obligations_of(unit.session, incident.id) if _is_unsettled(each)]
    chosen = {each.id: next((line for line in form.duties if line.fits(each)), None) for each in owed}
    left = [name for name, line in chosen.items() if line is None]
    if left:
        more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
        raise InvalidInputError(
            f"{len(left)} duties are left without a word: {', '.join(left[:MOST_NAMED])}{more}.",
            where="the duties form",
            expected="each met by something, or waived with a reason",
        )
    for obligation in owed:
        line = chosen[obligation.id]
        if line is not None and line.waived is not None:
            waive(unit, incident, obligation, by, role, line.waived)
        elif line is not None and line.met_at is not None and line.met_by is not None:
            _check_moment(unit, line.met_at)
            obligation.decided_by, obligation.reason = by, line.met_by
            meet(unit, incident, obligation, line.met_at, f"decision/{context.key}", by)
    return {"duties_settled": len(owed)}


def _is_unsettled(obligation: Obligation) -> bool:
    return stands(obligation) or obligation.status == ObligationStatus.NOT_STARTED


def _check_moment(unit: Work, at: datetime) -> None:
    if at > unit.clock():
        raise InvalidInputError(
            "A duty can't have been met in the future.", where="met_at", expected="a moment that has passed"
        )
