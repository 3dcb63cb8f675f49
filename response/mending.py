"""What people do about a step that failed for good: have it tried again, or leave it out with a reason."""

from models.database import Store, Work
from models.errors import NotFoundError, RefusedError
from models.playbook_run import StepRun
from models.vocabulary import Role, StepStatus
from response.plan import find_incident
from response.remarks import keep_remark
from response.staff import role_of

MAY_MEND = (Role.INCIDENT_LEAD, Role.DATA_PROTECTION_OFFICER, Role.LEGAL, Role.RESPONDER)


def retry_step(store: Store, incident_id: str, step: str, by: str, reason: str) -> None:
    """Have a failed step tried again from its first attempt; what it did before, its own records know.

    Raises:
        NotFoundError, RefusedError, InvalidInputError: no such step or role, it did not fail, or no reason.
    """
    with store.work() as unit:
        row = _failed(unit, incident_id, step)
        row.status, row.attempts, row.finished_at = StepStatus.RUNNING, 1, None
        _mend(unit, row, by, reason, "step:retry_asked")


def skip_step(store: Store, incident_id: str, step: str, by: str, reason: str) -> None:
    """Leave a failed step out, so that the plan goes on after it; a skipped approval counts as refused.

    Raises:
        NotFoundError, RefusedError, InvalidInputError: no such step or role, it did not fail, or no reason.
    """
    with store.work() as unit:
        row = _failed(unit, incident_id, step)
        row.status = StepStatus.SKIPPED
        _mend(unit, row, by, reason, "step:skipped")


def _failed(unit: Work, incident_id: str, step: str) -> StepRun:
    find_incident(unit.session, incident_id)
    row = unit.session.get(StepRun, (incident_id, step))
    if row is None:
        raise NotFoundError(
            f"{incident_id} has no step {step[:80]!r} under way.", remedy="See `tocsin incident show`."
        )
    if row.status != StepStatus.FAILED:
        raise RefusedError(
            f"The step is {row.status}.", where=f"{incident_id}/{step}", expected="a failed step"
        )
    return row


def _mend(unit: Work, row: StepRun, by: str, reason: str, tag: str) -> None:
    digest = keep_remark(unit, row.incident_id, row.step, reason, by)
    incident = find_incident(unit.session, row.incident_id)
    incident.revivals = 0
    unit.session.add_all([row, incident])
    unit.record(
        tag,
        actor=by,
        role=role_of(unit.session, by, MAY_MEND),
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body={"step": row.step, "reason": digest},
    )
