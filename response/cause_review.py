"""The second look at a root cause: by another than who signed it, with what they found, on record."""

from models.accountability import RootCause
from models.database import Store
from models.errors import NotFoundError, RefusedError
from models.vocabulary import Role
from response.incidents import locked_incident
from response.remarks import keep_remark
from response.staff import role_of

MAY_REVIEW = (Role.AUDITOR, Role.DATA_PROTECTION_OFFICER, Role.INCIDENT_LEAD, Role.EXECUTIVE)


def review_root_cause(store: Store, incident_id: str, by: str, finding: str) -> RootCause:
    """Record that somebody read the signed root cause and what they found; the finding is sealed.

    Signed anew, it has to be reviewed anew.

    Raises:
        NotFoundError: no such incident or person, or no root cause is signed.
        RefusedError: the person may not, or signed it.
        InvalidInputError: no finding.
    """
    with store.work() as unit:
        incident = locked_incident(unit.session, incident_id)
        role = role_of(unit.session, by, MAY_REVIEW)
        row = unit.session.get(RootCause, incident_id)
        if row is None:
            raise NotFoundError(
                f"No root cause of {incident_id} is signed.",
                remedy="Answer the plan's question for it first.",
            )
        if by == row.signed_by:
            raise RefusedError(
                "Nobody reviews what they signed.",
                where=incident_id,
                expected=f"somebody else in the role {' or '.join(MAY_REVIEW)}",
            )
        digest = keep_remark(unit, incident_id, f"{incident_id}/root_cause", finding, by)
        row.reviewed_by, row.reviewed_at = by, unit.clock()
        unit.session.add(row)
        unit.record(
            "root_cause:reviewed",
            actor=by,
            role=role,
            incident_id=incident.id,
            facts_version=incident.facts_version or None,
            drill=incident.drill,
            body={"finding": digest, "signed_by": row.signed_by},
        )
    return row
