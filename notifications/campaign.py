"""A campaign from preparing to its end: what is said to whom is frozen, two people approve, then it may send."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import and_, func, not_, or_, select, update
from sqlmodel import Session

from models.database import Work
from models.errors import NotFoundError, RefusedError
from models.incident import Incident
from models.notice import Campaign
from models.vocabulary import CampaignStatus, DeliveryStatus
from notifications.audience import CAMPAIGN, CANCELLED, DELIVERY, LANE, NONE, freeze_audience
from notifications.balance import WINDOW
from notifications.forecast import campaign_forecast
from notifications.safety.campaign_lint import refuse_unsafe
from notifications.texts.notice_text import NoticeDetails
from notifications.texts.templates_on_disk import message_hash

RUNNING = (CampaignStatus.APPROVED, CampaignStatus.SENDING)


def prepare_campaign(  # noqa: PLR0913 - each part of the decision is named
    unit: Work,
    incident: Incident,
    message: str,
    details: NoticeDetails,
    *,
    serves: Sequence[str] = (),
    areas: Sequence[str] = (),
    actor: str = "tocsin",
    role: str = "communications",
) -> Campaign:
    """Freeze audience, templates and facts version; nothing can be sent before an approval.

    `serves` names the rules of law the notice meets, `areas` the places it is limited to (none: everybody).

    Raises:
        NotFoundError: there is no such message.
        RefusedError: everybody was told already, or nobody is in the incident.
    """
    session = unit.session
    campaign = Campaign(
        id=f"{incident.id}/N{_campaigns_of(session, incident.id) + 1}",
        incident_id=incident.id,
        drill=incident.drill,
        message=message,
        template_hash=message_hash(message),
        facts_version=incident.facts_version,
        serves=list(serves),
        details=details.as_json(),
        prepared_at=unit.clock(),
        requested_by=actor,
    )
    session.add(campaign)
    counts = freeze_audience(session, campaign, areas)
    campaign.audience = sum(counts.values())
    if not campaign.audience:
        raise RefusedError(
            f"There is nobody left to tell in {incident.id}.",
            where=", ".join(areas),
            remedy="Import the people concerned with `tocsin people import`.",
        )
    body = {"audience": campaign.audience, "no_address": counts[NONE], "serves": campaign.serves}
    _record(unit, campaign, "campaign:prepared", actor, role, body | {"templates": campaign.template_hash})
    return campaign


def _campaigns_of(session: Session, incident_id: str) -> int:
    counted = select(func.count()).select_from(CAMPAIGN).where(CAMPAIGN.c.incident_id == incident_id)
    return int(session.execute(counted).scalar_one())


def _record(unit: Work, campaign: Campaign, tag: str, actor: str, role: str, body: dict[str, object]) -> None:
    unit.record(
        tag,
        actor=actor,
        role=role,
        incident_id=campaign.incident_id,
        facts_version=campaign.facts_version,
        drill=campaign.drill,
        body={"campaign": campaign.id, **body},
    )


def get_campaign(session: Session, campaign_id: str) -> Campaign:
    """Find a campaign.

    Raises:
        NotFoundError: there is none with this id.
    """
    found = session.get(Campaign, campaign_id)
    if found is None:
        raise NotFoundError(f"There is no campaign {campaign_id}.", expected="an id such as INC-2026-0001/N1")
    return found


def approve_campaign(
    unit: Work,
    campaign_id: str,
    approved_by: Sequence[str],
    *,
    role: str = "communications",
    needed: int = 2,
    dated_on: date | None = None,
) -> Campaign:
    """Let a prepared campaign be sent, in the name of the people who approved it.

    `dated_on` is the day that each notice bears, today in UTC where it is left out.

    Raises:
        RefusedError: too few different people approved, the safety check found something, or it is not
            waiting for approval.
    """
    campaign = get_campaign(unit.session, campaign_id)
    if campaign.status != CampaignStatus.PREPARED:
        raise RefusedError(f"The campaign {campaign_id} is {campaign.status}; it can't be approved again.")
    people = [name for name in dict.fromkeys(approved_by) if name != campaign.requested_by]
    if len(people) < needed:
        raise RefusedError(
            f"{len(people)} approved the campaign {campaign_id}.",
            expected=f"{needed} different people, not counting {campaign.requested_by}, who asked for it",
        )
    refuse_unsafe(unit.store, unit.session, campaign)
    campaign.status, campaign.approved_by, campaign.approved_at = (
        CampaignStatus.APPROVED,
        people,
        unit.clock(),
    )
    campaign.details = campaign.details | {"dated_on": (dated_on or unit.clock().date()).isoformat()}
    told = campaign_forecast(unit.session, unit.store.settings, campaign_id, unit.clock()).to_json()
    campaign.forecast = told
    unit.session.add(campaign)
    limits = {name: told[name] for name in ("last_at", "due_at", "in_time")}
    _record(unit, campaign, "campaign:approved", people[0], role, {"approved_by": people, **limits})
    return campaign


def pause_campaign(
    unit: Work, campaign_id: str, because: str, *, actor: str = "tocsin", role: str = "communications"
) -> Campaign:
    """Stop claiming more people; what is claimed already is still recorded."""
    campaign = get_campaign(unit.session, campaign_id)
    if campaign.status in RUNNING:
        campaign.status, campaign.stopped_because = CampaignStatus.PAUSED, because
        unit.session.add(campaign)
        _record(unit, campaign, "campaign:paused", actor, role, {"because": because})
    return campaign


def resume_campaign(unit: Work, campaign_id: str, *, actor: str, role: str = "communications") -> Campaign:
    """Let a paused campaign go on where it stopped.

    Raises:
        RefusedError: it is not paused.
    """
    campaign = get_campaign(unit.session, campaign_id)
    if campaign.status != CampaignStatus.PAUSED:
        raise RefusedError(f"The campaign {campaign_id} is {campaign.status}, not paused.")
    campaign.status, campaign.stopped_because = CampaignStatus.SENDING, ""
    unit.session.add(campaign)
    _record(unit, campaign, "campaign:resumed", actor, role, {})
    return campaign


def cancel_campaign(
    unit: Work, campaign_id: str, because: str, *, actor: str, role: str = "communications"
) -> Campaign:
    """End a campaign before its end: whoever was not claimed yet is excluded and can be told by another one.

    Raises:
        RefusedError: it ended already.
    """
    campaign = get_campaign(unit.session, campaign_id)
    if campaign.status in (CampaignStatus.DONE, CampaignStatus.CANCELLED):
        raise RefusedError(f"The campaign {campaign_id} is {campaign.status} already.")
    campaign.status, campaign.stopped_because = CampaignStatus.CANCELLED, because
    campaign.finished_at = unit.clock()
    unit.session.add(campaign)
    excluded = exclude_waiting(unit.session, campaign_id)
    _record(unit, campaign, "campaign:cancelled", actor, role, {"because": because, "excluded": excluded})
    return campaign


def exclude_waiting(session: Session, campaign_id: str) -> int:
    """Take everybody who waits in no open window out of a cancelled campaign; gives how many."""
    row, window = DELIVERY.c, WINDOW.c
    ranges = session.execute(
        select(window.channel, window.first, window.last).where(
            window.campaign_id == campaign_id, window.open, window.people.is_(None)
        )
    ).all()
    claimed = [
        and_(row.channel == channel, row.person.between(first, last)) for channel, first, last in ranges
    ]
    waiting = row.status.in_((DeliveryStatus.QUEUED.value, DeliveryStatus.DEFERRED.value))
    free = or_(row.due_at.is_not(None), not_(or_(*claimed))) if claimed else waiting
    done = session.execute(
        update(DELIVERY)
        .where(row.campaign_id == campaign_id, waiting, free)
        .values(status=DeliveryStatus.EXCLUDED.value, reason=CANCELLED, due_at=None)
    )
    session.execute(update(LANE).where(LANE.c.campaign_id == campaign_id).values(unclaimed=0))
    return int(done.rowcount)  # type: ignore[attr-defined]
