"""Legal holds: as long as one stands, nothing of its incident is erased."""

from sqlmodel import Session, col, select

from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.evidence import Evidence, LegalHold
from models.incident import Incident
from models.vocabulary import Role
from response.incidents import next_number
from response.plan import find_incident
from response.remarks import keep_remark
from response.staff import role_of

MAY_HOLD = (Role.LEGAL, Role.DATA_PROTECTION_OFFICER, Role.INCIDENT_LEAD)
MAY_RELEASE = (Role.LEGAL,)


def place_hold(
    store: Store, incident_id: str, by: str, reason: str, evidence_id: str | None = None
) -> LegalHold:
    """Hold an incident, or one piece of its evidence, for a dispute or an authority.

    Raises:
        NotFoundError: there is no such incident or evidence.
        RefusedError: the person may not.
    """
    with store.work() as unit:
        incident = find_incident(unit.session, incident_id)
        role = role_of(unit.session, by, MAY_HOLD)
        if evidence_id is not None:
            _belongs(unit.session, incident, evidence_id)
        row = LegalHold(
            id=f"{incident_id}/H{next_number(unit.session, f'{incident_id}/H')}",
            incident_id=incident_id,
            evidence_id=evidence_id,
            placed_by=by,
            placed_at=unit.clock(),
            reason_digest="",
        )
        row.reason_digest = keep_remark(unit, incident_id, row.id, reason, by)
        unit.session.add(row)
        said = {"hold": row.id, "reason": row.reason_digest} | (
            {"evidence": evidence_id} if evidence_id else {}
        )
        unit.record(
            "hold:placed", actor=by, role=role, incident_id=incident_id, drill=incident.drill, body=said
        )
    return row


def _belongs(session: Session, incident: Incident, evidence_id: str) -> None:
    row = session.get(Evidence, evidence_id)
    if row is None or row.incident_id != incident.id:
        raise InvalidInputError(
            f"{incident.id} has no evidence {evidence_id[:120]}.", remedy="See `tocsin evidence list INC`."
        )


def release_hold(store: Store, hold_id: str, by: str, reason: str) -> LegalHold:
    """Let a hold go; what it kept may be erased when its period is over.

    Raises:
        NotFoundError: there is no such hold.
        RefusedError: it was released already, or the person may not.
    """
    with store.work() as unit:
        row = unit.session.exec(
            select(LegalHold).where(LegalHold.id == hold_id).with_for_update(key_share=True)
        ).first()
        if row is None:
            raise NotFoundError(
                f"There is no legal hold {hold_id[:120]}.", remedy="`tocsin evidence list INC` shows them."
            )
        role = role_of(unit.session, by, MAY_RELEASE)
        if row.released_at is not None:
            raise RefusedError(f"{row.id} was released already.")
        row.released_by, row.released_at = by, unit.clock()
        unit.session.add(row)
        digest = keep_remark(unit, row.incident_id, row.id, reason, by)
        drill = find_incident(unit.session, row.incident_id).drill
        unit.record(
            "hold:released",
            actor=by,
            role=role,
            incident_id=row.incident_id,
            drill=drill,
            body={"hold": row.id, "reason": digest},
        )
    return row


def holds_of(session: Session, incident_id: str, *, standing: bool = False) -> list[LegalHold]:
    """List an incident's holds in the order they were placed; `standing` those not released."""
    query = select(LegalHold).where(LegalHold.incident_id == incident_id)
    if standing:
        query = query.where(col(LegalHold.released_at).is_(None))
    return sorted(session.exec(query), key=lambda row: int(row.id.rpartition("/H")[2]))
