"""Telling the people concerned: the plan's steps over the campaign, and the duties that the telling meets."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from models.clock import Clock, system_clock
from models.database import Store, Work
from models.decision import Answer, Decision
from models.incident import Incident
from models.notice import Campaign
from models.obligation import Obligation
from models.vocabulary import CampaignStatus, DecisionKind, DecisionStatus, ObligationStatus
from notifications.balance import balance
from notifications.campaign import approve_campaign, get_campaign, prepare_campaign
from notifications.outbox.delivery import BatchResult, deliver_batch
from notifications.pacing import canary_size
from notifications.safety.campaign_lint import refuse_unsafe
from notifications.texts.notice_text import NoticeDetails, details_from_facts
from response.context import TOCSIN, StepContext, StepOutcome
from response.deadlines import page
from response.duties import meet_part, obligations_of, parts_of, stands
from response.facts import latest_facts
from response.organisation import organisation_of
from response.plan import find_incident
from response.telling.dated import day_at_home
from response.telling.parking import park_while_paused

LONGEST_WAIT_SECONDS = 15.0


def prepare(unit: Work, context: StepContext) -> StepOutcome:
    """Freeze audience, texts and facts of the notice; the step `notice.prepare`.

    Raises:
        RefusedError: nobody to tell, or the safety check found a text that must not be sent.
    """
    campaign = prepare_notices(unit, context.incident, str(context.inputs["message"]))
    refuse_unsafe(unit.store, unit.session, campaign)
    return StepOutcome(values={"campaign": campaign.id, "audience": campaign.audience})


def prepare_notices(
    unit: Work,
    incident: Incident,
    message: str,
    *,
    areas: Sequence[str] = (),
    actor: str = TOCSIN,
    role: str = "communications",
) -> Campaign:
    """Freeze a campaign to whoever was not told yet, as the facts and the organisation's own file stand.

    Raises:
        RefusedError: there is nobody to tell.
    """
    serves = [row.rule for row in individual_duties(unit.session, incident.id)]
    details = notice_details(unit.store, unit.session, incident)
    campaign = prepare_campaign(
        unit, incident, message, details, serves=serves, areas=areas, actor=actor, role=role
    )
    campaign.canary = canary_size(unit.store.settings, campaign.audience)
    return campaign


def notice_details(store: Store, session: Session, incident: Incident) -> NoticeDetails:
    """Give what every notice of an incident says alike, as the facts and the organisation's own file stand."""
    known = organisation_of(store.settings.home)
    return details_from_facts(
        latest_facts(session, incident),
        reference=incident.id,
        organisation=known.organisation.name or "",
        contact_email=str(known.profile.contact or ""),
        contact_phone=str(known.profile.hotline or ""),
    )


def individual_duties(session: Session, incident_id: str) -> list[Obligation]:
    """List the duties of which the part towards people still stands and is certain.

    Some laws ask with one rule for people and authority to be told: such a duty is met when both are.
    """
    return [row for row in obligations_of(session, incident_id) if _owes_it_to_people(row)]


def _owes_it_to_people(row: Obligation) -> bool:
    coming = stands(row) or row.status == ObligationStatus.NOT_STARTED
    is_open = "individuals" in parts_of(row) and "individuals" not in row.detail.get("parts", {})
    return coming and is_open and row.answer != "depends"


def deliver(context: StepContext) -> StepOutcome:
    """Send one batch of the campaign that the step's `campaign` prepared; the step `notice.deliver`."""
    store = context.store
    prepared = context.results[str(context.inputs["campaign"])].values or {}
    campaign_id = str(prepared["campaign"])
    with store.work() as unit:
        if get_campaign(unit.session, campaign_id).status == CampaignStatus.PREPARED:
            today = day_at_home(store, unit.session, context.incident)
            approve_campaign(unit, campaign_id, _approvers(unit.session, context), dated_on=today)
    outcome = deliver_campaign(store, campaign_id, context.executor)
    if outcome.parked and not park_while_paused(context, campaign_id):
        return replace(outcome, parked=False, wait_seconds=LONGEST_WAIT_SECONDS)  # resumed meanwhile
    return outcome


def _approvers(session: Session, context: StepContext) -> list[str]:
    """Name who approved at the gate right before this step."""
    gates = [
        key
        for key in context.results
        if context.playbook.step(key).action == "approval"
        and context.playbook.step(key).on_success == context.key.partition("#")[0]
    ]
    query = (
        select(Answer.staff_id)
        .join(Decision, col(Decision.id) == col(Answer.decision_id))
        .where(
            Decision.incident_id == context.incident.id,
            Decision.kind == DecisionKind.APPROVAL,
            Decision.status == DecisionStatus.APPROVED,
            col(Decision.step).in_(gates),
            Answer.verdict == "approve",
        )
    )
    return list(session.exec(query.order_by(col(Answer.answered_at), col(Answer.staff_id))))


def deliver_campaign(
    store: Store, campaign_id: str, worker: str = "delivery", *, machine: Clock = system_clock
) -> StepOutcome:
    """Send one batch of a campaign; `more` while somebody is left, with the wait until they are due.

    Leases and retries are measured by `machine`. A campaign that must stop is paused, and people are called.
    """
    done = deliver_batch(store, campaign_id, worker, machine=machine, when_stopped=call_people)
    if not done.finished:
        _tell_of_silence(store, campaign_id, done)
        paused = done.status == CampaignStatus.PAUSED
        wait = 0.0 if paused else _wait(done, machine())
        return StepOutcome(more=True, progress=done.progress, wait_seconds=wait, parked=paused)
    with store.work() as unit:
        campaign = get_campaign(unit.session, campaign_id)
        incident = find_incident(unit.session, campaign.incident_id)
        settle_individual_duties(unit, incident, campaign, campaign.finished_at or unit.clock())
        counted = balance(unit.session, incident.id, campaign.message)
    values = {"delivered": counted.told, "undelivered": counted.affected - counted.told}
    return StepOutcome(values=values, progress=1.0)


def call_people(unit: Work, campaign: Campaign) -> None:
    """Call people about a campaign that stopped by itself."""
    incident = find_incident(unit.session, campaign.incident_id)
    page(unit, incident, "campaign:paused", campaign=campaign.id, because=campaign.stopped_because)


def _tell_of_silence(store: Store, campaign_id: str, done: BatchResult) -> None:
    """Show on the campaign which channels do not answer, and call people when that changes."""
    if done.status != CampaignStatus.SENDING:
        return
    silence = " ".join(done.unavailable)
    with store.work() as unit:
        campaign = get_campaign(unit.session, campaign_id)
        if campaign.stopped_because == silence:
            return
        campaign.stopped_because = silence
        unit.session.add(campaign)
        if silence:
            page(unit, find_incident(unit.session, campaign.incident_id), "channel:unavailable")


def _wait(done: BatchResult, now: datetime) -> float:
    if done.more:
        return 0.0
    if done.next_at is None:
        return LONGEST_WAIT_SECONDS
    return max(0.5, min(LONGEST_WAIT_SECONDS, (done.next_at - now).total_seconds()))


def settle_individual_duties(unit: Work, incident: Incident, campaign: Campaign, at: datetime) -> list[str]:
    """Record the duties that a finished campaign met; one that told nobody meets none."""
    counted = balance(unit.session, incident.id, campaign.message)
    if not counted.told:
        return []
    met = []
    for duty in individual_duties(unit.session, incident.id):
        if duty.rule in campaign.serves:
            counts = {"told": counted.told, "affected": counted.affected}
            duty.detail = {**duty.detail, **counts}
            if meet_part(unit, incident, duty, "individuals", at, campaign.id, TOCSIN, **counts):
                met.append(duty.id)
    return met
