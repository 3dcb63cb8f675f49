"""Another plan for an incident under way: a newer version, another playbook, or a step that people add.

What was done stays done. The new plan goes on from there; the old text stays in the record beside it.
"""

from collections.abc import Iterator

from sqlmodel import col, select

from models.database import Store, Work
from models.errors import RefusedError
from models.incident import Incident
from models.playbook_run import StepRun
from models.vocabulary import IncidentStatus, Role, StepStatus
from playbooks.amendment import amended_text
from playbooks.comparison import Difference, diff_playbooks
from playbooks.lint import refuse_unsound
from playbooks.loader import content_hash, load_playbook
from playbooks.schema import Playbook, Step, step_id_of
from response.incidents import locked_incident, pin_text, pinned_version
from response.plan import position
from response.remarks import keep_remark
from response.staff import role_of

MAY_ADOPT = (Role.INCIDENT_LEAD, Role.DATA_PROTECTION_OFFICER)


def adopt_playbook(
    store: Store, incident_id: str, text: str, where: str, by: str, reason: str
) -> tuple[Difference, ...]:
    """Let an incident go on with another plan; gives what differs from the one before.

    `text` is self-contained; `where` names it in errors.

    Raises:
        NotFoundError, InvalidInputError: no such incident or person, no reason, or the text is no playbook.
        RefusedError: the plan has findings, the incident is closed, the role may not, or what already ran or
            waits would have no place in it. Nothing is changed then.
    """
    playbook = load_playbook(text, where)
    refuse_unsound(playbook, text, where)
    with store.work() as unit:
        return _adopt(unit, incident_id, playbook, text, by, reason, "playbook:adopted")


def add_step(
    store: Store, incident_id: str, step_id: str, after: str, step: Step, by: str, reason: str
) -> tuple[Difference, ...]:
    """Add a task for people, or an approval, to the plan of an incident under way.

    Raises:
        As `adopt_playbook`; RefusedError also when the step would act by itself or its id is taken.
    """
    with store.work() as unit:
        incident = locked_incident(unit.session, incident_id)
        version = pinned_version(unit.session, incident)
        text = amended_text(version.text, version.name, step_id, after, step)
        playbook = load_playbook(text, version.name)
        return _adopt(unit, incident_id, playbook, text, by, reason, "step:added")


def _adopt(
    unit: Work, incident_id: str, playbook: Playbook, text: str, by: str, reason: str, tag: str
) -> tuple[Difference, ...]:
    incident = locked_incident(unit.session, incident_id)
    role = role_of(unit.session, by, MAY_ADOPT)
    here = position(unit.session, incident_id)
    _refuse_unfit(incident, list(_misfits(unit, incident_id, here.playbook, playbook)))
    found = diff_playbooks(here.playbook, playbook, here.results)
    if content_hash(text) == incident.playbook_hash:
        raise RefusedError("The incident already runs exactly this plan.", where=incident_id)
    before = incident.playbook_hash
    incident.playbook, incident.playbook_hash = playbook.id, pin_text(unit, playbook.id, text)
    incident.revivals = 0
    unit.session.add(incident)
    unit.record(
        tag,
        actor=by,
        role=role,
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body={
            "before": before,
            "after": incident.playbook_hash,
            "differences": len(found),
            "reason": keep_remark(unit, incident.id, incident.playbook_hash, reason, by),
        },
    )
    return found


def _misfits(unit: Work, incident_id: str, old: Playbook, new: Playbook) -> Iterator[str]:
    """Name each step under way that the new plan lacks, and each that ran which there does something else."""
    query = select(StepRun).where(StepRun.incident_id == incident_id).order_by(col(StepRun.step))
    for row in unit.session.exec(query):
        was, now = old.workflow.get(step_id_of(row.step)), new.workflow.get(step_id_of(row.step))
        if now is None:
            if row.status not in {StepStatus.DONE, StepStatus.SKIPPED}:
                yield f"{row.step} is {row.status} and the new plan has no such step"
        elif was is not None and (was.type, was.action, was.inputs) != (now.type, now.action, now.inputs):
            yield f"{row.step} ran as {was.action} and the new plan means something else by it"


def _refuse_unfit(incident: Incident, misfits: list[str]) -> None:
    if incident.status != IncidentStatus.OPEN:
        raise RefusedError("The incident is closed; its plan is part of the record.", where=incident.id)
    if misfits:
        raise RefusedError(
            f"The plan can't take over: {'; '.join(misfits)}.",
            where=incident.id,
            expected="a plan in which what was begun has its place",
            remedy="Answer, retry or skip those steps first, or give the new plan's steps other ids.",
        )
