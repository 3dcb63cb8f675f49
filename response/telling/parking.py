"""A step that waits for people without a question: its row says so, and the engine gives its process up meanwhile."""

from sqlmodel import Session, col, select

from models.database import Work
from models.notice import Campaign
from models.playbook_run import StepRun
from models.vocabulary import CampaignStatus, StepStatus
from response.context import TOCSIN, StepContext

DELIVERS = "notice.deliver"


def park_while_paused(context: StepContext, campaign_id: str) -> bool:
    """Park the step that delivers a paused campaign; False when it was resumed in the meantime.

    The campaign's row is locked for it, so that either the resuming sees the parked step or this sees it resumed.
    """
    with context.store.work() as unit:
        locked = select(Campaign.status).where(Campaign.id == campaign_id).with_for_update(key_share=True)
        row = unit.session.get(StepRun, (context.incident.id, context.key))
        if unit.session.exec(locked).first() != CampaignStatus.PAUSED or row is None:
            return False
        if row.executor != context.executor or row.status != StepStatus.RUNNING:
            return False
        row.status = StepStatus.WAITING
        unit.session.add(row)
        _note(unit, row, context.incident.drill, "step:parked", campaign_id)
    return True


def unpark(unit: Work, campaign: Campaign) -> int:
    """Let the parked steps of a campaign's incident run again; gives how many. Call after the campaign was changed."""
    unit.session.flush()
    rows = parked_steps(unit.session, campaign.incident_id)
    for row in rows:
        row.status = StepStatus.RUNNING
        unit.session.add(row)
        _note(unit, row, campaign.drill, "step:unparked", campaign.id)
    return len(rows)


def parked_steps(session: Session, incident_id: str) -> list[StepRun]:
    """List the steps that wait for a paused campaign."""
    query = select(StepRun).where(
        StepRun.incident_id == incident_id,
        StepRun.action == DELIVERS,
        col(StepRun.status) == StepStatus.WAITING,
    )
    return list(session.exec(query.with_for_update(key_share=True)))


def _note(unit: Work, row: StepRun, drill: bool, tag: str, campaign_id: str) -> None:
    unit.record(
        tag,
        actor=TOCSIN,
        role="communications",
        incident_id=row.incident_id,
        drill=drill,
        body={"step": row.step, "campaign": campaign_id},
    )
