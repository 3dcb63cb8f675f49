"""When a duty is met: each of those it names has been told, by something on record, at a moment that can be checked."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlmodel import Session, select

from models.clock import iso_utc
from models.database import Work
from models.incident import Incident
from models.obligation import Obligation
from models.vocabulary import ObligationStatus, Role
from regulations.duty import Duty
from regulations.filing_forms.conditions import Stage
from regulations.filing_forms.forms import EVERY_STAGE
from regulations.loader import load_law
from regulations.schema import Rule

# A duty that stands: its clock runs, or ran out before anybody met it.
STANDING = (ObligationStatus.OPEN, ObligationStatus.LATE)
SURE = frozenset({"due", "immediate"})


def must_tell(whom: str, by_risk: str, duties: Iterable[Duty]) -> str:
    """Say yes, depends or no for a whole incident: one law that asks for it is enough, whatever the GDPR's risk.

    `whom` is "authority" or "individuals". A duty whose clock waits keeps the answer open.
    """
    found = {duty.status for duty in duties if whom in duty.tells}
    if by_risk == "yes" or not found.isdisjoint({*SURE, "filed"}):
        return "yes"
    return "no" if by_risk == "no" and found.isdisjoint({"depends", "not_started"}) else "depends"


def rule_of(obligation: Obligation) -> Rule:
    """Give the version of the rule that an obligation was made from, else its newest."""
    return _version(obligation.rule, obligation.rule_hash)


@lru_cache(maxsize=4096)
def _version(rule: str, content_hash: str) -> Rule:
    versions = [loaded.rule for loaded in load_law().versions(rule)]
    same = [version for version in versions if version.content_hash == content_hash]
    return (same or versions)[-1]


def stands(obligation: Obligation) -> bool:
    """Say whether something is still owed: open, or late and not met since."""
    return obligation.status in STANDING and obligation.met_at is None


def obligations_of(session: Session, incident_id: str) -> list[Obligation]:
    """List an incident's obligations, by id."""
    query = select(Obligation).where(Obligation.incident_id == incident_id).order_by(Obligation.id)
    return list(session.exec(query))


def next_report_is_coming(duties: Iterable[Obligation], law: str, after: Stage) -> bool:
    """Say whether a law asks for one more report, of a stage later than `after`."""
    later = EVERY_STAGE[EVERY_STAGE.index(after) + 1 :]
    coming = (duty for duty in duties if stands(duty) or duty.status == ObligationStatus.NOT_STARTED)
    return any(duty.stage in later and rule_of(duty).law == law for duty in coming)


def parts_of(obligation: Obligation) -> tuple[str, ...]:
    """Say who must be told: authority, individuals, public, counterpart; nothing for a duty to keep or assess."""
    if "supplement_of" in obligation.detail:
        return ("authority",)
    return tuple(part for part in rule_of(obligation).tells if part != "nobody")


def meet_part(
    unit: Work,
    incident: Incident,
    obligation: Obligation,
    part: str,
    at: datetime,
    by: str,
    actor: str,
    **body: Any,
) -> bool:
    """Record that one part of a duty was done; the duty is met when all parts are. Tells whether it now is."""
    done = {**obligation.detail.get("parts", {}), part: {"at": iso_utc(at), "by": by, **body}}
    obligation.detail = {**obligation.detail, "parts": done}
    unit.session.add(obligation)
    if set(parts_of(obligation)) - set(done):
        note_duty(unit, incident, obligation, "obligation:part_done", actor, part=part, by=by)
        return False
    meet(unit, incident, obligation, at, by, actor)
    return True


def meet(unit: Work, incident: Incident, obligation: Obligation, at: datetime, by: str, actor: str) -> None:
    """Close a duty: met, or late when its limit had passed. `by` is the filing, campaign or deed that met it."""
    in_time = obligation.due_at is None or at <= obligation.due_at
    obligation.status = ObligationStatus.MET if in_time else ObligationStatus.LATE
    obligation.met_at, obligation.met_by = at, by
    unit.session.add(obligation)
    tag = "obligation:met" if in_time else "obligation:met_late"
    note_duty(unit, incident, obligation, tag, actor, met_at=iso_utc(at), by=by)


def waive(unit: Work, incident: Incident, obligation: Obligation, by: str, role: str, reason: str) -> None:
    """Record that a person decided a duty need not be met, and why."""
    obligation.status, obligation.decided_by, obligation.reason = ObligationStatus.WAIVED, by, reason
    unit.session.add(obligation)
    note_duty(unit, incident, obligation, "obligation:waived", by, role=role)


def note_duty(
    unit: Work,
    incident: Incident,
    obligation: Obligation,
    tag: str,
    actor: str,
    role: str = Role.LEGAL,
    **body: Any,
) -> None:
    """Enter what happened to a duty into the ledger."""
    unit.record(
        tag,
        actor=actor,
        role=role,
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body={"obligation": obligation.id, "rule_hash": obligation.rule_hash, **body},
    )
