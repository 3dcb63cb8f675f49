"""Who answered for what: the plan's roles beside who really acted, and findings on conduct with their consequence."""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import StringConstraints, model_validator
from sqlalchemy import func
from sqlmodel import Session, select

from models.accountability import ConductFinding, Responsibility
from models.action import Containment
from models.crypto import Sealer
from models.database import Work
from models.decision import Answer, Decision
from models.errors import NotFoundError, RefusedError
from models.filing import Filing
from models.playbook_run import StepRun
from models.staff import Staff
from models.vocabulary import Role
from playbooks.schema import Step
from response.context import TOCSIN, StepContext, StepOutcome
from response.corrective import NewAction, open_action
from response.form_reading import (
    FormPart,
    Handle,
    Sentence,
    acting_role,
    digest_of,
    incident_sealer,
    read_form,
)
from response.staff import staff_member

Consequence = Literal["none", "training", "improvement", "warning", "sanction", "commendation"]
ADVERSE = frozenset({"warning", "sanction"})
# What follows must be done by somebody until a day: it becomes an action that is watched.
FOLLOWED = frozenset({"training", "improvement"})
FOLLOWED_WITHIN = timedelta(days=30)


class FollowUp(FormPart):
    """Who sees to a training or an improvement, and by which day; else whoever decided it, within 30 days."""

    owner: Handle | None = None
    due_on: date | None = None


class Finding(FormPart):
    """What a person, department or vendor did or left undone, against which duty, their reply, and what follows."""

    staff: Handle | None = None
    department: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)] | None
    ) = None
    vendor: Handle | None = None
    duty: Sentence
    finding: Sentence
    reply: Sentence | None = None
    consequence: Consequence
    follow_up: FollowUp | None = None

    @model_validator(mode="after")
    def _is_about_one(self) -> "Finding":
        if sum(each is not None for each in (self.staff, self.department, self.vendor)) != 1:
            raise ValueError("a finding is about one of staff, department and vendor")
        if self.follow_up is not None and self.consequence not in FOLLOWED:
            raise ValueError(f"a {self.consequence} has no follow_up")
        return self

    @model_validator(mode="after")
    def _was_heard(self) -> "Finding":
        if self.consequence in ADVERSE and self.reply is None:
            raise ValueError(
                f"a {self.consequence} needs the reply of whom it concerns, or that they chose not to give one"
            )
        return self


class ConductForm(FormPart):
    """What the step `manual.accountability` asks for; no findings need a reason, too."""

    findings: tuple[Finding, ...] = ()
    none_because: Sentence | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "ConductForm":
        if bool(self.findings) == (self.none_because is not None):
            raise ValueError("findings are needed, or none_because with the reason for none")
        return self


def record_conduct(unit: Work, context: StepContext, document: bytes, by: str) -> dict[str, Any]:
    """Keep the findings on conduct, sealed with the incident's key.

    Raises:
        InvalidInputError: the form is wrong, or a person who is judged adversely was not heard.
        NotFoundError, RefusedError: it names nobody known, or the one who judges.
    """
    form = read_form(document, ConductForm, "the accountability form")
    incident, sealer = context.incident, incident_sealer(unit, context.incident.id)
    counted = (
        select(func.count()).select_from(ConductFinding).where(ConductFinding.incident_id == incident.id)
    )
    start = unit.session.exec(counted).one()
    role = acting_role(unit, context, by)
    for number, each in enumerate(form.findings):
        _check_subject(unit, each, by, f"findings.{number}")
    opened = [
        _keep_finding(unit, incident.id, number, each, by, role, sealer)
        for number, each in enumerate(form.findings, start + 1)
    ]
    unit.record(
        "conduct:decided",
        actor=by,
        role=role,
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body={
            "findings": len(form.findings),
            "actions": [action for action in opened if action],
            "sha256": digest_of(form.model_dump(mode="json", exclude_none=True)),
        },
    )
    return {"findings": len(form.findings)}


def _check_subject(unit: Work, each: Finding, by: str, where: str) -> None:
    if each.staff is not None and staff_member(unit.session, each.staff).id == by:
        raise RefusedError("Nobody judges their own conduct.", where=f"{where}.staff")
    known = {row.department for row in unit.session.exec(select(Staff))}
    if each.department is not None and each.department not in known:
        raise NotFoundError(
            f"There is no department {each.department[:60]!r} on the staff list.",
            where=f"{where}.department",
            expected=", ".join(sorted(known)),
        )


def _keep_finding(
    unit: Work, incident_id: str, number: int, each: Finding, by: str, role: str, sealer: Sealer
) -> str | None:
    """Seal one finding and open the action that follows from it; gives the action's id."""
    finding_id = f"{incident_id}/F{number}"
    clear = json.dumps({"finding": each.finding, "reply": each.reply}, ensure_ascii=False, sort_keys=True)
    action = _follow_up(unit, incident_id, finding_id, each, by, role)
    unit.session.add(
        ConductFinding(
            id=finding_id,
            incident_id=incident_id,
            staff_id=each.staff,
            department=each.department,
            vendor=each.vendor,
            duty=each.duty,
            consequence=each.consequence,
            action_id=action,
            decided_by=by,
            decided_at=unit.clock(),
            sealed=sealer.seal(clear.encode(), f"finding/{finding_id}"),
        )
    )
    return action


def _follow_up(
    unit: Work, incident_id: str, finding_id: str, each: Finding, by: str, role: str
) -> str | None:
    if each.consequence not in FOLLOWED:
        return None
    asked = each.follow_up or FollowUp()
    # Every report shows actions, so the title names the finding, not whom it is about.
    title = f"{each.consequence.capitalize()} that follows from finding {finding_id}"
    due_on = asked.due_on or (unit.clock() + FOLLOWED_WITHIN).date()
    row = open_action(unit, incident_id, NewAction(title, "preventive", asked.owner or by, due_on), by, role)
    unit.session.flush()
    return row.id


def compile_responsibilities(unit: Work, context: StepContext) -> StepOutcome:
    """Set the plan's roles beside who really acted, for every step that ran; the step accountability.compile."""
    incident = context.incident
    acted = _who_acted(unit.session, incident.id)
    rows = list(unit.session.exec(select(StepRun).where(StepRun.incident_id == incident.id)))
    for run in rows:
        step = context.playbook.step(run.step)
        names = acted.get(run.step) or [TOCSIN]
        unit.session.merge(
            _responsibility(incident.id, run.step, step, str(run.phase), names, run.finished_at)
        )
    unit.record(
        "accountability:compiled",
        actor=TOCSIN,
        role=str(context.step.owner or Role.AUDITOR),
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body={"steps": len(rows)},
    )
    return StepOutcome(values={"responsibilities": len(rows)})


def _responsibility(
    incident_id: str, key: str, step: Step, phase: str, acted: Iterable[str], finished_at: datetime | None
) -> Responsibility:
    owner, raci = str(step.owner or Role.INCIDENT_LEAD), step.raci
    return Responsibility(
        incident_id=incident_id,
        step=key,
        phase=phase,
        responsible=[str(role) for role in raci.responsible] if raci else [owner],
        accountable=str(raci.accountable) if raci else owner,
        consulted=[str(role) for role in raci.consulted] if raci else [],
        informed=[str(role) for role in raci.informed] if raci else [],
        acted=list(dict.fromkeys(acted)),
        finished_at=finished_at,
    )


def _who_acted(session: Session, incident_id: str) -> dict[str, list[str]]:
    """Name by step the people who answered, undid or accepted an act, approved or submitted a filing."""
    acted: dict[str, list[str]] = {}
    query = select(Decision.step, Answer.staff_id).where(
        Decision.id == Answer.decision_id, Decision.incident_id == incident_id
    )
    for step, staff_id in session.exec(query.order_by(Answer.answered_at, Answer.staff_id)):  # type: ignore[arg-type]
        acted.setdefault(step, []).append(staff_id)
    for row in session.exec(select(Containment).where(Containment.incident_id == incident_id)):
        if row.accepted_by:
            acted.setdefault(row.id.removeprefix(f"{incident_id}/"), []).append(row.accepted_by)
    submitting = [
        run.step
        for run in session.exec(select(StepRun).where(StepRun.incident_id == incident_id))
        if run.action == "filing.submit"
    ]
    filings = session.exec(select(Filing).where(Filing.incident_id == incident_id))
    people = [name for filing in filings for name in (filing.approved_by, filing.submitted_by) if name]
    for step in submitting:
        acted.setdefault(step, []).extend(each for name in people for each in name.split(", "))
    return acted
