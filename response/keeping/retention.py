"""What is kept until when: for each closed incident the day from which its people may be erased, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.clock import iso_utc
from models.database import Store, Work
from models.facts import Facts
from models.incident import Incident, IncidentKey
from models.ledger import LedgerEntry
from models.vocabulary import IncidentStatus, Role
from regulations.retention import RetentionRule, months_after, rules_for
from response.calling.calls import call_about_alarm
from response.context import TOCSIN
from response.facts import latest_facts
from response.keeping.legal_holds import holds_of
from response.plan import find_incident

DUE = "retention:due"
MAY_ERASE = (Role.DATA_PROTECTION_OFFICER,)


@dataclass(frozen=True)
class Retention:
    """Where one incident stands: None for `erase_from` while it is open."""

    incident_id: str
    closed_at: datetime | None
    erase_from: datetime | None
    rules: tuple[RetentionRule, ...]  # that apply, the longest first
    holds: tuple[str, ...]  # that stand
    erased_at: datetime | None
    drill: bool = False

    def is_due(self, now: datetime) -> bool:
        """Say whether its people may be erased now."""
        # A drill's clock may be far ahead of everybody else's.
        over = self.erase_from is not None and (self.drill or self.erase_from <= now)
        return over and not self.holds and self.erased_at is None

    def to_json(self, now: datetime) -> dict[str, Any]:
        """Write it for `--json`."""
        return {
            "incident": self.incident_id,
            "closed_at": _written(self.closed_at),
            "erase_from": _written(self.erase_from),
            "due": self.is_due(now),
            "holds": list(self.holds),
            "erased_at": _written(self.erased_at),
            "rules": [
                {"id": rule.id, "months": rule.months, "citation": rule.citation, "verified": rule.verified}
                for rule in self.rules
            ],
        }


def _written(moment: datetime | None) -> str | None:
    return iso_utc(moment) if moment else None


def retention_of(session: Session, incident_id: str) -> Retention:
    """Say until when an incident's people are kept; the people of a drill are made up and go at once.

    Raises:
        NotFoundError: there is no such incident.
    """
    incident = find_incident(session, incident_id)
    rules = () if incident.drill else rules_for(_facts(session, incident))
    months = max((rule.months for rule in rules), default=0)
    closed_at = incident.closed_at if incident.status == IncidentStatus.CLOSED else None
    key = session.get(IncidentKey, incident_id)
    return Retention(
        incident_id,
        closed_at,
        months_after(closed_at, months) if closed_at else None,
        rules,
        tuple(hold.id for hold in holds_of(session, incident_id, standing=True)),
        key.destroyed_at if key else None,
        incident.drill,
    )


def _facts(session: Session, incident: Incident) -> Facts:
    return latest_facts(session, incident) if incident.facts_version else Facts(title=incident.title)


def retentions(session: Session) -> tuple[Retention, ...]:
    """Say it for every incident, in the order of their ids."""
    ids = session.exec(select(Incident.id).order_by(col(Incident.id)))
    return tuple(retention_of(session, incident_id) for incident_id in ids)


def note_due(store: Store) -> tuple[str, ...]:
    """Record, once each, which incidents' periods are over; gives all that wait for a person to erase them.

    Whoever may erase is called about each, but for drills. Nothing is erased here: that can't be undone, so a
    person decides it.
    """
    with store.work() as unit:
        due = [found for found in retentions(unit.session) if found.is_due(unit.clock())]
        told = set(unit.session.exec(select(LedgerEntry.incident_id).where(LedgerEntry.tag == DUE)))
        for found in due:
            if found.incident_id not in told:
                _tell(unit, found)
    return tuple(found.incident_id for found in due)


def _tell(unit: Work, found: Retention) -> None:
    incident = find_incident(unit.session, found.incident_id)
    people: list[str] = []
    if not found.drill:
        detail = {"erase_from": _written(found.erase_from)}
        people = call_about_alarm(unit, incident, DUE, MAY_ERASE, detail)
    unit.record(
        DUE,
        actor=TOCSIN,
        role=Role.DATA_PROTECTION_OFFICER,
        incident_id=incident.id,
        drill=incident.drill,
        body={"people": people},
    )
