"""Campaigns that no plan's step delivers: another one beside the plan's, or one that goes on after its plan ended."""

from sqlmodel import Session, col, or_, select

from models.clock import Clock, system_clock
from models.database import Store
from models.errors import RefusedError
from models.notice import Campaign
from models.playbook_run import StepRun
from models.vocabulary import CampaignStatus, StepStatus
from notifications.campaign import RUNNING, pause_campaign
from response.context import TOCSIN, StepOutcome
from response.telling.disclosure import call_people, deliver_campaign
from response.telling.parking import DELIVERS

_STEPS = (StepStatus.RUNNING, StepStatus.WAITING, StepStatus.FAILED)


def campaigns_left_to_us(session: Session) -> list[str]:
    """List approved campaigns that a person prepared, or of which the plan's step has ended; a drill's are its own."""
    in_plan = select(StepRun.incident_id).where(StepRun.action == DELIVERS, col(StepRun.status).in_(_STEPS))
    query = select(Campaign.id).where(
        col(Campaign.status).in_((CampaignStatus.APPROVED, CampaignStatus.SENDING)),
        col(Campaign.drill).is_(False),
        or_(Campaign.requested_by != TOCSIN, col(Campaign.incident_id).not_in(in_plan)),
    )
    return list(session.exec(query.order_by(col(Campaign.id))))


def deliver_unattended(
    store: Store, campaign_id: str, worker: str = "delivery", *, machine: Clock = system_clock
) -> StepOutcome:
    """Send one batch; a campaign that may not be sent is paused, and people are called: nobody watches it fail."""
    try:
        return deliver_campaign(store, campaign_id, worker, machine=machine)
    except RefusedError as error:
        stop_unattended(store, campaign_id, f"{error.what} {error.remedy}".strip())
        return StepOutcome(more=True, parked=True)


def stop_unattended(store: Store, campaign_id: str, because: str) -> None:
    """Pause a campaign that can't go on by itself, and call people about it, once."""
    with store.work() as unit:
        campaign = unit.session.get(Campaign, campaign_id)
        if campaign is not None and campaign.status in RUNNING:
            call_people(unit, pause_campaign(unit, campaign_id, because))
