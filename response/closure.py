"""Closure: the end of handling, and the gate that keeps an incident open while anything is."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from models.accountability import RootCause
from models.action import CorrectiveAction
from models.clock import iso_utc
from models.database import Store, Work
from models.errors import RefusedError
from models.filing import Filing
from models.incident import Incident
from models.ledger_audit import audit_home
from models.notice import Campaign
from models.obligation import Obligation
from models.people import DataSubject
from models.staff import Staff
from models.vocabulary import (
    CampaignStatus,
    ContainmentStatus,
    DeliveryStatus,
    IncidentStatus,
    ObligationStatus,
    Role,
)
from notifications.balance import balance
from response.authorities.records import UNSENT
from response.containing.containments import list_containments
from response.context import TOCSIN, StepContext, StepOutcome
from response.duties import obligations_of
from response.facts import latest_facts, record_facts
from response.losses.claim_handover import claims_without_owner, open_claims
from response.plan import find_incident
from response.recurring import end_recurring
from response.staff import role_of
from response.triage import reassess

SETTLED_ACTS = frozenset({ContainmentStatus.REVERTED, ContainmentStatus.ACCEPTED, ContainmentStatus.FAILED})
UNFINISHED = (
    DeliveryStatus.QUEUED,
    DeliveryStatus.CLAIMED,
    DeliveryStatus.DEFERRED,
    DeliveryStatus.UNKNOWN,
)
ENDED_CAMPAIGNS = (CampaignStatus.DONE, CampaignStatus.CANCELLED)
MOST_NAMED = 12


@dataclass(frozen=True)
class Gap:
    """One thing that is still open: of which kind, its id, and what would close it."""

    kind: str  # duty, notice, containment, root_cause, action, claim, filing, ledger
    id: str
    remedy: str

    def __str__(self) -> str:
        """Write it on one line."""
        return f"{self.kind} {self.id}: {self.remedy}"


def mark_handled(unit: Work, context: StepContext) -> StepOutcome:
    """Say in the facts when handling ended, which starts the final reports' clocks; the step closure.handled.

    Containment counts as reached when its last act was verified, else at this moment. What a person said stands.
    """
    incident, facts = context.incident, latest_facts(unit.session, context.incident)
    acts = list_containments(unit.session, incident.id)
    verified = max((act.verified_at for act in acts if act.verified_at), default=None)
    update = {
        "contained_at": facts.contained_at or verified or unit.clock(),
        "handled_at": facts.handled_at or unit.clock(),
        "breach": facts.breach
        if facts.breach.ongoing is False
        else facts.breach.model_copy(update={"ongoing": False}),
    }
    version = record_facts(unit, incident, facts.model_copy(update=update), TOCSIN, Role.INCIDENT_LEAD)
    unit.session.flush()
    reassess(unit, incident, TOCSIN)
    end_recurring(unit, incident, TOCSIN)
    return StepOutcome(values={"facts_version": version})


def closure_gaps(session: Session, incident_id: str) -> tuple[Gap, ...]:
    """List everything that keeps an incident from closing; the ledger is checked by `close`.

    An open claim does not: it is handed over to its owner and watched on. One that nobody owns does.
    """
    return (
        *_duties(session, incident_id),
        *_filings(session, incident_id),
        *_notices(session, incident_id),
        *_acts(session, incident_id),
        *_cause(session, incident_id),
        *_claims(session, incident_id),
    )


def close(unit: Work, context: StepContext) -> StepOutcome:
    """Close the incident, if nothing is open; the step closure.close. Raises as `close_incident`."""
    close_incident(unit, context.incident, TOCSIN, str(context.step.owner or Role.INCIDENT_LEAD))
    return StepOutcome()


def close_by_hand(store: Store, incident_id: str, by: str) -> None:
    """Let a person close an incident whose plan no longer does; the same gate decides. Raises as `close_incident`."""
    with store.work() as unit:
        role = role_of(unit.session, by, (Role.INCIDENT_LEAD, Role.EXECUTIVE))
        close_incident(unit, find_incident(unit.session, incident_id), by, role)


def close_incident(unit: Work, incident: Incident, actor: str, role: str) -> None:
    """Close an incident, if nothing is open.

    Raises:
        RefusedError: with the list of what is open, or because the ledger does not verify.
    """
    if incident.status == IncidentStatus.CLOSED:
        return
    gaps = [*closure_gaps(unit.session, incident.id), *_ledger(unit)]
    if gaps:
        listing = "".join(f"\n  - {gap}" for gap in gaps[:MOST_NAMED])
        more = f"\n  … and {len(gaps) - MOST_NAMED} more" if len(gaps) > MOST_NAMED else ""
        raise RefusedError(
            f"{incident.id} can't be closed: {len(gaps)} things are open.{listing}{more}",
            where=incident.id,
            remedy=f"Settle them, then `tocsin incident retry {incident.id} STEP` or `tocsin incident close`.",
        )
    incident.status, incident.closed_at = IncidentStatus.CLOSED, unit.clock()
    unit.session.add(incident)
    unit.record(
        "incident:closed",
        actor=actor,
        role=role,
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body={
            "duties": len(obligations_of(unit.session, incident.id)),
            **_handed_over(unit.session, incident.id),
        },
    )


def _duties(session: Session, incident_id: str) -> list[Gap]:
    return [
        Gap("duty", row.id, "meet it, or waive it with a reason")
        for row in obligations_of(session, incident_id)
        if not _is_settled(row)
    ]


def _is_settled(row: Obligation) -> bool:
    if row.status == ObligationStatus.LATE:
        return row.met_at is not None
    if row.status == ObligationStatus.WAIVED:
        return bool(row.decided_by and row.reason)
    return row.status in {ObligationStatus.MET, ObligationStatus.FALLEN_AWAY}


def _filings(session: Session, incident_id: str) -> list[Gap]:
    query = select(Filing).where(Filing.incident_id == incident_id, col(Filing.status).in_(UNSENT))
    rows = session.exec(query.order_by(col(Filing.id)))
    open_duties = {row.id for row in obligations_of(session, incident_id) if not _is_settled(row)}
    return [
        Gap("filing", row.id, "submit it, or settle its duty another way")
        for row in rows
        if row.obligation_id in open_duties
    ]


def _notices(session: Session, incident_id: str) -> list[Gap]:
    query = select(Campaign).where(
        Campaign.incident_id == incident_id, col(Campaign.status).not_in(ENDED_CAMPAIGNS)
    )
    gaps = [Gap("notice", row.id, f"it is {row.status}: finish or cancel it") for row in session.exec(query)]
    messages = set(session.exec(select(Campaign.message).where(Campaign.incident_id == incident_id)))
    for message in sorted(messages):
        counted = balance(session, incident_id, message)
        waiting = sum(counted.counts[status] for status in UNFINISHED)
        if waiting:
            gaps.append(Gap("notice", message, f"{waiting} people wait for an outcome"))
        if counted.not_planned:
            gaps.append(Gap("notice", message, f"{counted.not_planned} people are in no campaign"))
        if not counted.is_exact:
            gaps.append(Gap("notice", message, "the register does not balance; see `tocsin notice balance`"))
    if not messages and _people_must_be_told(session, incident_id):
        gaps.append(
            Gap("notice", incident_id, "people were imported and must be told, but no campaign exists")
        )
    return gaps


def _people_must_be_told(session: Session, incident_id: str) -> bool:
    has_people = session.exec(
        select(DataSubject.number).where(DataSubject.incident_id == incident_id).limit(1)
    ).first()
    owed = any(
        row.stage == "individuals" and not _is_settled(row) for row in obligations_of(session, incident_id)
    )
    return has_people is not None and owed


def _acts(session: Session, incident_id: str) -> list[Gap]:
    return [
        Gap("containment", row.id, f"it is {row.status}: undo it, or accept it with a reason")
        for row in list_containments(session, incident_id)
        if row.status not in SETTLED_ACTS and row.status != ContainmentStatus.PLANNED
    ]


def _cause(session: Session, incident_id: str) -> list[Gap]:
    if session.get(RootCause, incident_id) is None:
        return [Gap("root_cause", incident_id, "have the root cause signed")]
    query = select(CorrectiveAction, Staff.active).join(Staff, col(Staff.id) == col(CorrectiveAction.owner))
    query = query.where(CorrectiveAction.incident_id == incident_id).order_by(col(CorrectiveAction.id))
    actions = session.exec(query).all()
    if not actions:
        return [Gap("action", incident_id, "assign at least one corrective action")]
    return [
        Gap("action", row.id, f"{row.owner} is no longer on the staff list: assign it to somebody else")
        for row, active in actions
        if row.status == "open" and not active
    ]


def _claims(session: Session, incident_id: str) -> list[Gap]:
    return [
        Gap("claim", claim, "nobody on the staff list has it: `tocsin claim assign`")
        for claim in claims_without_owner(session, incident_id)
    ]


def _handed_over(session: Session, incident_id: str) -> dict[str, list[dict[str, str | None]]]:
    """Say in the ledger which claims go on after closure, with whom, and by when; nothing where there is none."""
    claims = open_claims(session, incident_id)
    listed = [
        {"claim": each.claim, "owner": each.owner, "due_at": iso_utc(each.due_at) if each.due_at else None}
        for each in claims
    ]
    return {"claims_handed_over": listed} if listed else {}


def _ledger(unit: Work) -> list[Gap]:
    found = audit_home(unit.store)
    return [] if found.ok else [Gap("ledger", "ledger", "it does not verify: run `tocsin ledger verify`")]
