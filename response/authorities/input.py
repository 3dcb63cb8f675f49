"""Gather what a report can be made from: the facts and what the record of the response adds to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from models.accountability import ConductFinding, Responsibility, RootCause
from models.action import Containment, CorrectiveAction
from models.database import Store
from models.evidence import Evidence
from models.filing import Filing
from models.incident import FactsVersion, Incident
from models.notice import Campaign
from models.obligation import Obligation
from models.signal import Signal
from models.vocabulary import ContainmentStatus, FilingStatus, Role
from notifications.balance import balance
from regulations.filing_forms.known import Cause, Known, PlannedAction
from regulations.gradings import grade
from response.duties import rule_of
from response.facts import latest_facts
from response.organisation import organisation_of
from response.staff import staff_with_role

ACTS_THAT_STOOD = (ContainmentStatus.EXECUTED, ContainmentStatus.VERIFIED, ContainmentStatus.ACCEPTED)
SENT = (FilingStatus.SUBMITTED, FilingStatus.ACKNOWLEDGED)


class FilingInputs:
    """What all reports of one incident share at one moment, read once."""

    def __init__(self, store: Store, session: Session, incident: Incident, at: datetime) -> None:
        """Read the record; nothing is written."""
        self._session, self._incident = session, incident
        organisation = organisation_of(store.settings.home)
        version = session.get(FactsVersion, (incident.id, incident.facts_version))
        triage: dict[str, Any] = (version.triage if version else None) or {}
        facts = latest_facts(session, incident)
        counts = balance(session, incident.id)
        self._shared: dict[str, Any] = {
            "facts": facts,
            "reference": incident.id,
            "at": at,
            "drill": incident.drill,
            "profile": {
                **organisation.profile.model_dump(exclude_none=True),
                "name": organisation.organisation.name,
                "name_local": organisation.organisation.name_local,
            },
            "staff": {str(role): tuple(row.id for row in staff_with_role(session, role)) for role in Role},
            "measures": _measures(session, incident.id),
            "systems": _systems(session, incident.id),
            "actions": _actions(session, incident.id),
            "cause": _cause(session, incident.id),
            "severity": version.severity if version else None,
            "risk": version.risk if version else None,
            "tell_individuals": triage.get("decisions", {}).get("individuals"),
            "told": counts.told if counts.campaigns else None,
            "affected": counts.affected,
            "told_at": _told_at(session, incident.id),
            "evidence": _count(session, Evidence, incident.id),
            "responsibilities": _count(session, Responsibility, incident.id),
            "findings": _count(session, ConductFinding, incident.id),
            "told_by": _told_by(session, incident.id),
            "grades": {scheme: found.grade for scheme, found in grade(facts).items() if found.grade},
        }
        self._sent = list(
            session.exec(
                select(Filing)
                .where(Filing.incident_id == incident.id, col(Filing.status).in_(SENT))
                .order_by(col(Filing.submitted_at))
            )
        )

    def known_for(self, obligation: Obligation) -> Known:
        """Give the input of the report that one duty asks for."""
        law = rule_of(obligation).law
        earlier = [filing for filing in self._sent if _law_of_filing(self._session, filing) == law]
        return Known(
            **self._shared,
            stage=obligation.stage if obligation.stage in {"initial", "interim", "final"} else "initial",
            rule=obligation.rule,
            due_at=obligation.due_at,
            delay_reason=obligation.detail.get("delay_reason"),
            earlier_receipt=next((f.receipt_number for f in reversed(earlier) if f.receipt_number), None),
            is_follow_up=bool(earlier),
        )


def _law_of_filing(session: Session, filing: Filing) -> str | None:
    obligation = session.get(Obligation, filing.obligation_id)
    return rule_of(obligation).law if obligation else None


def _measures(session: Session, incident_id: str) -> tuple[dict[str, str], ...]:
    query = select(Containment).where(
        Containment.incident_id == incident_id, col(Containment.status).in_(ACTS_THAT_STOOD)
    )
    return tuple(
        dict(row.plan["effect"]) for row in session.exec(query.order_by(col(Containment.planned_at)))
    )


def _systems(session: Session, incident_id: str) -> tuple[str, ...]:
    query = select(Signal).where(Signal.incident_id == incident_id).order_by(Signal.id)
    named = [str(row.named["target"]) for row in session.exec(query) if "target" in row.named]
    return tuple(dict.fromkeys(named))


def _actions(session: Session, incident_id: str) -> tuple[PlannedAction, ...]:
    query = select(CorrectiveAction).where(CorrectiveAction.incident_id == incident_id)
    rows = session.exec(query.order_by(CorrectiveAction.id))
    return tuple(PlannedAction(row.title, row.kind, row.due_on.isoformat()) for row in rows)


def _cause(session: Session, incident_id: str) -> Cause | None:
    row = session.get(RootCause, incident_id)
    if row is None:
        return None
    kinds: Sequence[str] = [str(each["kind"]) for each in row.factors]
    return Cause(row.summary, row.failed_control, tuple(row.whys), tuple(dict.fromkeys(kinds)), row.signed_at)


def _told_at(session: Session, incident_id: str) -> datetime | None:
    query = select(func.max(Campaign.finished_at)).where(Campaign.incident_id == incident_id)
    return session.exec(query).one()


def _told_by(session: Session, incident_id: str) -> str | None:
    query = (
        select(Signal.told_by)
        .where(Signal.incident_id == incident_id)
        .order_by(col(Signal.received_at), Signal.id)
    )
    return session.exec(query).first()


def _count(session: Session, table: Any, incident_id: str) -> int:
    counted = select(func.count()).select_from(table).where(table.incident_id == incident_id)
    return session.exec(counted).one()
