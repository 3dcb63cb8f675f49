"""The watch over clocks: warns before a duty falls due, marks it late when it did, settles overdue questions.

Our rows are the clock of record. The watch may be called by several at once and as often as wanted: each thing
is said once, in the unit of work that records it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.sql.expression import Select

from models.clock import iso_utc
from models.database import Store, Work
from models.decision import Decision
from models.incident import Incident
from models.obligation import Obligation
from models.vocabulary import DecisionStatus, IncidentStatus, ObligationStatus, Role
from response.calling.calls import call_about_alarm, mark_reminded, questions_to_remind_of, remind_of_question
from response.containing.containment_expiry import run_out, tell_run_out
from response.context import TOCSIN
from response.corrective_watch import overdue_actions, tell_overdue
from response.decisions import settle_timeouts
from response.losses.claim_handover import overdue_claims, tell_overdue_claims
from response.plan import find_incident

LOG = structlog.get_logger(__name__)

# How long before a duty falls due its people are warned, where its clock runs longer than that.
WARNINGS = (timedelta(hours=24), timedelta(hours=4), timedelta(hours=1))
PAGED = (Role.INCIDENT_LEAD, Role.DATA_PROTECTION_OFFICER)


@dataclass(frozen=True)
class WatchResult:
    """What a look at the clocks changed, by id."""

    late: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()  # acts on systems that stand longer than planned
    reminded: tuple[str, ...] = ()  # questions of which half the time is over
    overdue: tuple[str, ...] = ()  # corrective actions past their day
    claims: tuple[str, ...] = ()  # claims past their term


def watch(store: Store, incident_id: str | None = None) -> WatchResult:
    """Look at the clocks of every open incident, or of one. A drill has its own clock: it is looked at by id only."""
    if not _anything_due(store, incident_id):
        return WatchResult()
    with store.work() as unit:
        late, warned = [], []
        running = _running_clocks(unit.clock(), incident_id).with_for_update(of=Obligation, key_share=True)
        for duty, incident in unit.session.exec(running).all():
            if duty.due_at is not None and duty.due_at <= unit.clock():
                _mark_late(unit, duty, incident)
                late.append(duty.id)
            elif _warn(unit, duty, incident):
                warned.append(duty.id)
        expired = tell_run_out(unit, page, incident_id)
        reminded = _remind(unit, incident_id)
        overdue = tell_overdue(unit, PAGED, incident_id)
        claims = tell_overdue_claims(unit, PAGED, incident_id)
    settled = tuple(settle_timeouts(store, incident_id))
    return WatchResult(tuple(late), tuple(warned), settled, expired, reminded, overdue, claims)


def _remind(unit: Work, incident_id: str | None) -> tuple[str, ...]:
    """Remind of each question of which half the time is over, once."""
    reminded = []
    for decision in questions_to_remind_of(unit.session, unit.clock(), incident_id):
        mark_reminded(decision, unit.clock())
        unit.session.add(decision)
        remind_of_question(unit, decision, find_incident(unit.session, decision.incident_id), escalated=False)
        reminded.append(decision.id)
    return tuple(reminded)


def page(unit: Work, incident: Incident, about: str, **body: str | int) -> None:
    """Call people, and say who was called about what: in the ledger and in the log."""
    people = call_about_alarm(unit, incident, about, PAGED, body)
    unit.record(
        "person:paged",
        actor=TOCSIN,
        role=PAGED[0],
        incident_id=incident.id,
        drill=incident.drill,
        body={"about": about, "roles": [str(role) for role in PAGED], "people": people, **body},
    )
    LOG.warning(
        "people paged", incident=incident.id, about=about, roles=[str(role) for role in PAGED], **body
    )


def _anything_due(store: Store, incident_id: str | None) -> bool:
    """Read before writing: a watch that finds nothing takes no write lock."""
    now = store.clock()
    with store.reading() as session:
        duties = session.exec(_running_clocks(now, incident_id)).all()
        if any(duty.due_at <= now or _warning_now(duty, now) for duty, _ in duties if duty.due_at):
            return True
        if run_out(session, now, incident_id) or questions_to_remind_of(session, now, incident_id):
            return True
        if overdue_actions(session, now, incident_id) or overdue_claims(session, now, incident_id):
            return True
        overdue = select(Decision.id).join(Incident, col(Incident.id) == col(Decision.incident_id))
        overdue = overdue.where(Decision.status == DecisionStatus.OPEN, col(Decision.due_at) <= now)
        return session.exec(overdue.where(_whose(incident_id)).limit(1)).first() is not None


def _running_clocks(now: datetime, incident_id: str | None) -> "Select[Obligation, Incident]":
    """Ask for the open duties that fall due within the longest warning; who then writes locks them, in this order."""
    return (
        select(Obligation, Incident)
        .join(Incident, col(Incident.id) == col(Obligation.incident_id))
        .where(Obligation.status == ObligationStatus.OPEN, col(Obligation.due_at) <= now + WARNINGS[0])
        .where(Incident.status == IncidentStatus.OPEN, _whose(incident_id))
        .order_by(col(Obligation.due_at), col(Obligation.id))
    )


def _whose(incident_id: str | None) -> ColumnElement[bool]:
    return col(Incident.drill).is_(False) if incident_id is None else col(Incident.id) == incident_id


def _mark_late(unit: Work, duty: Obligation, incident: Incident) -> None:
    """Mark a duty late: it is still owed, only no longer in time."""
    duty.status = ObligationStatus.LATE
    unit.session.add(duty)
    _note(unit, duty, incident, "obligation:late")
    page(unit, incident, "obligation:late", obligation=duty.id, **_due(duty))


def _warn(unit: Work, duty: Obligation, incident: Incident) -> bool:
    warning = _warning_now(duty, unit.clock())
    if warning is None:
        return False
    seconds = int(warning.total_seconds())
    duty.detail = {**duty.detail, "warned_seconds": seconds}
    unit.session.add(duty)
    _note(unit, duty, incident, "obligation:due_soon")
    page(unit, incident, "obligation:due_soon", obligation=duty.id, within_seconds=seconds, **_due(duty))
    return True


def _warning_now(duty: Obligation, now: datetime) -> timedelta | None:
    """Give the nearest warning whose time has come and that was not given yet; long warnings are for long clocks."""
    if duty.due_at is None:
        return None
    span = duty.due_at - duty.starts_at if duty.starts_at else WARNINGS[0]
    said = duty.detail.get("warned_seconds")
    reached = [each for each in WARNINGS if each < span and duty.due_at - now <= each]
    nearest = min(reached, default=None)
    return nearest if nearest is not None and (said is None or nearest.total_seconds() < said) else None


def _note(unit: Work, duty: Obligation, incident: Incident, tag: str) -> None:
    unit.record(
        tag,
        actor=TOCSIN,
        role=PAGED[0],
        incident_id=incident.id,
        facts_version=duty.facts_version,
        drill=incident.drill,
        body={
            "obligation": duty.id,
            "rule": duty.rule,
            "due_at": iso_utc(duty.due_at) if duty.due_at else None,
        },
    )


def _due(duty: Obligation) -> dict[str, str]:
    return {"due_at": iso_utc(duty.due_at)} if duty.due_at else {}
