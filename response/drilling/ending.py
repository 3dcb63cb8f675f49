"""How a drill ends before its time: it stops and can be resumed, or a person puts it aside for good."""

from collections.abc import Mapping

from sqlmodel import col, select

from models.database import Store, Work
from models.decision import Decision
from models.drill import Drill
from models.errors import RefusedError
from models.incident import Incident
from models.notice import Campaign
from models.vocabulary import CampaignStatus, DecisionStatus, IncidentStatus
from response.drilling.drills import Rehearsal
from response.drilling.record import UNFINISHED, DrillStoppedError, find_drill, flying_store, note_drill
from response.plan import find_incident
from response.staff import staff_member


def stop(rehearsal: Rehearsal, refused: int) -> None:
    """Record that a drill came to a halt before its end, and what its fence refused; it can be resumed."""
    with rehearsal.store.work() as unit:
        drill = unit.session.get_one(Drill, rehearsal.incident_id)
        drill.status, drill.clock_at = "stopped", rehearsal.clock()
        drill.refused_connections += refused
        unit.session.add(drill)
        body: Mapping[str, str | int] = {"scenario": drill.scenario, "refused_connections": refused}
        note_drill(unit, "drill:stopped", rehearsal.incident_id, body)


def stopped(rehearsal: Rehearsal, why: str, refused: int) -> DrillStoppedError:
    """Say why a drill stopped and what can be done."""
    outside = f"it tried {refused} times to reach another machine"
    return DrillStoppedError(
        f"The drill stopped: {outside if refused else why}.",
        where=rehearsal.incident_id,
        remedy=f"Mend the cause and run `tocsin drill resume {rehearsal.incident_id}`, or discard it.",
    )


def discard(store: Store, incident_id: str, by: str) -> None:
    """Put an unfinished drill aside for good: nothing of it goes on, asks or counts; the record stays.

    Raises:
        NotFoundError: there is no such drill or person.
        RefusedError: it has ended already.
    """
    drill = _found_or_begun(store, incident_id)
    if drill.status not in UNFINISHED:
        raise RefusedError(f"This drill is {drill.status}; there is nothing to discard.", where=incident_id)
    flying, _ = flying_store(store, drill.clock_at)
    with flying.work() as unit:
        staff_member(unit.session, by)
        row = unit.session.merge(drill)
        row.status, row.ended_at = "discarded", unit.clock()
        incident = find_incident(unit.session, incident_id)
        incident.status, incident.closed_at = IncidentStatus.CLOSED, unit.clock()
        unit.session.add(row)
        unit.session.add(incident)
        _withdraw(unit, incident_id)
        note_drill(unit, "drill:discarded", incident_id, {"scenario": row.scenario}, by)


def _found_or_begun(store: Store, incident_id: str) -> Drill:
    """Give a drill's row, or one for a drill that was killed between its signal and its first row."""
    with store.reading() as session:
        incident, row = session.get(Incident, incident_id), session.get(Drill, incident_id)
    if row is not None or incident is None or not (incident.drill and incident.scenario):
        return find_drill(store, incident_id)
    return Drill(
        incident_id=incident_id,
        scenario=str(incident.scenario),
        scenario_hash="",
        run="",
        started_at=incident.declared_at,
        clock_at=incident.declared_at,
    )


def _withdraw(unit: Work, incident_id: str) -> None:
    """Take back the questions and notices of a drill that nobody will finish."""
    for decision in unit.session.exec(
        select(Decision).where(Decision.incident_id == incident_id, Decision.status == DecisionStatus.OPEN)
    ):
        decision.status, decision.decided_at = DecisionStatus.TIMED_OUT, unit.clock()
        unit.session.add(decision)
    ended = (CampaignStatus.DONE, CampaignStatus.CANCELLED)
    for campaign in unit.session.exec(
        select(Campaign).where(Campaign.incident_id == incident_id, col(Campaign.status).not_in(ended))
    ):
        campaign.status = CampaignStatus.CANCELLED
        unit.session.add(campaign)
