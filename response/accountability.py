"""Who answered for what: the plan's roles beside who really acted, and findings on conduct with their consequence."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import model_validator
from sqlalchemy import func
from sqlmodel import Session, select

from models.accountability import ConductFinding, Responsibility
from models.action import Containment
from models.database import Work
from models.decision import Answer, Decision
from models.errors import RefusedError
from models.filing import Filing
from models.playbook_run import StepRun
from models.vocabulary import Role
from playbooks.schema import Step
from response.context import TOCSIN, StepContext, StepOutcome
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

Consequence = Literal["none", "training", "warning", "sanction", "commendation"]
ADVERSE = frozenset({"warning", "sanction"})


class Finding(FormPart):
    """What somebody did or left undone, measured against a duty, what they say to it, and what follows."""

    staff: Handle
    duty: Sentence
    finding: Sentence
    reply: Sentence | None = None
    consequence: Consequence

    @model_validator(mode="after")
    def _was_heard(self) -> "Finding":
        if self.consequence in ADVERSE and self.reply is None:
            raise ValueError(
                f"a {self.consequence} needs the person's reply, or that they chose not to give one"
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
    for number, each in enumerate(form.findings, start + 1):
        if staff_member(unit.session, each.staff).id == by:
            raise RefusedError(
                "Nobody judges their own conduct.", where=f"findings.{number - start - 1}.staff"
            )
        finding_id = f"{incident.id}/F{number}"
        clear = json.dumps({"finding": each.finding, "reply": each.reply}, ensure_ascii=False, sort_keys=True)
        unit.session.add(
            ConductFinding(
                id=finding_id,
                incident_id=incident.id,
                staff_id=each.staff,
                duty=each.duty,
                consequence=each.consequence,
                decided_by=by,
                decided_at=unit.clock(),
                sealed=sealer.seal(clear.encode(), f"finding/{finding_id}"),
            )
        )
    unit.record(
        "conduct:decided",
        actor=by,
        role=acting_role(unit, context, by),
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body={
            "findings": len(form.findings),
            "sha256": digest_of(form.model_dump(mode="json", exclude_none=True)),
        },
    )
    return {"findings": len(form.findings)}


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
