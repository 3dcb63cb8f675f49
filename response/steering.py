"""A person steers a campaign under way: pause, resume, cancel; the plan's step that delivers it follows."""

from models.database import Work
from models.errors import InvalidInputError, RefusedError
from models.notice import Campaign
from models.vocabulary import Role
from notifications.campaign import RUNNING, cancel_campaign, get_campaign, pause_campaign, resume_campaign
from response.parking import unpark
from response.staff import role_of

MAY_STEER = (Role.COMMUNICATIONS, Role.DATA_PROTECTION_OFFICER, Role.INCIDENT_LEAD)


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
