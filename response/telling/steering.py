"""A person steers campaigns: another one beside the plan's, with its two approvals; pause, resume, cancel."""

from collections.abc import Sequence

from sqlmodel import Session, select

from models.database import Work
from models.errors import InvalidInputError, RefusedError
from models.notice import Campaign
from models.playbook_run import StepRun
from models.vocabulary import CampaignStatus, Role
from notifications.campaign import (
    RUNNING,
    approve_campaign,
    cancel_campaign,
    get_campaign,
    pause_campaign,
    resume_campaign,
)
from notifications.safety.campaign_lint import refuse_unsafe
from response.plan import find_incident
from response.staff import role_of
from response.telling.dated import day_at_home
from response.telling.disclosure import prepare_notices
from response.telling.parking import unpark

NEEDED = 2
MAY_APPROVE = (Role.DATA_PROTECTION_OFFICER, Role.COMMUNICATIONS, Role.LEGAL, Role.EXECUTIVE)
MAY_STEER = (Role.COMMUNICATIONS, Role.DATA_PROTECTION_OFFICER, Role.INCIDENT_LEAD)


def prepare_more(
    unit: Work, incident_id: str, staff: str, message: str, areas: Sequence[str] = ()
) -> Campaign:
    """Prepare a campaign beside the plan's: for people imported later, or whom a cancelled one left untold.

    Raises:
        RefusedError: the person may not, nobody is left to tell, or the safety check found something.
    """
    role = role_of(unit.session, staff, MAY_STEER)
    incident = find_incident(unit.session, incident_id)
    campaign = prepare_notices(unit, incident, message, areas=areas, actor=staff, role=role)
    refuse_unsafe(unit.store, unit.session, campaign)
    return campaign


def approve_notices(unit: Work, campaign_id: str, staff: str) -> Campaign:
    """Give one of the two approvals of a campaign that was prepared beside the plan.

    Raises:
        RefusedError: the person may not, asked for it, has approved already, or the plan's own gate is to be used.
    """
    role = role_of(unit.session, staff, MAY_APPROVE)
    campaign = get_campaign(unit.session, campaign_id)
    if campaign.status != CampaignStatus.PREPARED:
        raise RefusedError(f"The campaign {campaign_id} is {campaign.status}; it can't be approved again.")
    if _is_of_plan(unit.session, campaign):
        raise RefusedError(
            f"The plan asks for the approval of {campaign_id}.",
            remedy="Answer it with `tocsin decide approve`.",
        )
    if staff == campaign.requested_by or staff in campaign.approved_by:
        raise RefusedError(f"{staff} asked for {campaign_id} or has approved it; somebody else has to.")
    campaign.approved_by = [*campaign.approved_by, staff]
    unit.session.add(campaign)
    if len(campaign.approved_by) < NEEDED:
        _note_approval(unit, campaign, staff, role)
        return campaign
    today = day_at_home(unit.store, unit.session, find_incident(unit.session, campaign.incident_id))
    return approve_campaign(unit, campaign_id, campaign.approved_by, role=role, needed=NEEDED, dated_on=today)


def _is_of_plan(session: Session, campaign: Campaign) -> bool:
    rows = session.exec(select(StepRun).where(StepRun.incident_id == campaign.incident_id))
    return any(row.values.get("campaign") == campaign.id for row in rows)


def _note_approval(unit: Work, campaign: Campaign, staff: str, role: str) -> None:
    unit.record(
        "campaign:endorsed",
        actor=staff,
        role=role,
        incident_id=campaign.incident_id,
        facts_version=campaign.facts_version,
        drill=campaign.drill,
        body={"campaign": campaign.id, "needed": NEEDED},
    )


def pause_notices(unit: Work, campaign_id: str, staff: str, because: str) -> Campaign:
    """Stop claiming more people; the plan's step parks until somebody resumes or cancels.

    Raises:
        RefusedError: the person may not steer, or the campaign is not under way.
        InvalidInputError: no reason is given.
    """
    role = role_of(unit.session, staff, MAY_STEER)
    _need_reason(because)
    status = get_campaign(unit.session, campaign_id).status
    if status not in RUNNING:
        raise RefusedError(f"The campaign {campaign_id} is {status}; only one that is sent can be paused.")
    return pause_campaign(unit, campaign_id, because, actor=staff, role=role)


def resume_notices(unit: Work, campaign_id: str, staff: str) -> Campaign:
    """Let a paused campaign, and the plan's step that delivers it, go on.

    Raises:
        RefusedError: the person may not steer, or it is not paused.
    """
    role = role_of(unit.session, staff, MAY_STEER)
    campaign = resume_campaign(unit, campaign_id, actor=staff, role=role)
    unpark(unit, campaign)
    return campaign


def cancel_notices(unit: Work, campaign_id: str, staff: str, because: str) -> Campaign:
    """End a campaign for good; whoever was not told yet can be told by another one.

    Raises:
        RefusedError: the person may not steer, or it ended already.
        InvalidInputError: no reason is given.
    """
    role = role_of(unit.session, staff, MAY_STEER)
    _need_reason(because)
    campaign = cancel_campaign(unit, campaign_id, because, actor=staff, role=role)
    unpark(unit, campaign)
    return campaign


def _need_reason(because: str) -> None:
    if not because.strip():
        raise InvalidInputError(
            "This needs its reason.", remedy="Give it with --reason; it is kept in the record."
        )
