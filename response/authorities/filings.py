"""What people do with reports to authorities, one by one: draft, approve, record as submitted, add the receipt."""

from datetime import datetime

from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.filing import Filing
from models.obligation import Obligation
from models.vocabulary import FilingStatus, Role
from response.authorities.input import FilingInputs
from response.authorities.posting import claim, desk_of, post
from response.authorities.records import (
    after_submission,
    draft,
    filing_for_update,
    mark_approved,
    mark_submitted,
    note_filing,
)
from response.authorities.supplements import supplement_of
from response.duties import parts_of, stands
from response.incidents import locked_incident
from response.staff import role_of

MAY_FILE = (Role.LEGAL, Role.DATA_PROTECTION_OFFICER, Role.EXECUTIVE)


def file_one(store: Store, obligation_id: str, by: str) -> Filing:
    """Let a person draft the report of one duty now; of one that was reported, what newer facts say otherwise.

    Raises:
        NotFoundError, RefusedError: no such duty or role, or nothing is owed to an authority under it.
    """
    with store.work() as unit:
        role_of(unit.session, by, MAY_FILE)
        obligation = unit.session.get(Obligation, obligation_id)
        if obligation is None:
            raise NotFoundError(
                f"There is no duty {obligation_id[:120]}.", remedy="`tocsin incident show` lists them."
            )
        if "authority" not in parts_of(obligation):
            raise RefusedError("No report is owed under this duty.", where=obligation_id)
        incident = locked_incident(unit.session, obligation.incident_id)
        if not stands(obligation):
            obligation = supplement_of(unit, incident, obligation, by)
        inputs = FilingInputs(store, unit.session, incident, unit.clock())
        return draft(unit, incident, obligation, inputs, by)


def approve_filing(store: Store, filing_id: str, by: str) -> Filing:
    """Let a person approve one draft.

    Raises:
        NotFoundError, RefusedError: no such filing or role, or it is not a draft.
    """
    with store.work() as unit:
        role, filing = role_of(unit.session, by, MAY_FILE), filing_for_update(unit.session, filing_id)
        if filing.status != FilingStatus.DRAFT:
            raise RefusedError(f"This filing is {filing.status}.", where=filing_id, expected="a draft")
        mark_approved(unit, locked_incident(unit.session, filing.incident_id), filing, [by], role)
    return filing


def submit_filing(
    store: Store, filing_id: str, by: str, receipt_number: str | None = None, at: datetime | None = None
) -> Filing:
    """Let a person submit an approved report: by its authority's connector, or as they did it themselves.

    With a receipt or a moment it is recorded as submitted by hand, also where there is a connector.

    Raises:
        NotFoundError, RefusedError: no such filing or role, nobody approved it, or the authority's desk says no.
        InvalidInputError: the moment lies before the approval or in the future.
        UnavailableError: the desk does not answer; submit it again.
    """
    with store.work() as unit:
        role, filing = role_of(unit.session, by, MAY_FILE), filing_for_update(unit.session, filing_id)
        incident, moment = locked_incident(unit.session, filing.incident_id), at or unit.clock()
        desk = desk_of(store, unit.session, filing) if receipt_number is None and at is None else None
        if desk is not None:
            claim(unit, incident, filing, desk, by, role)
        elif moment > unit.clock() or (filing.approved_at is not None and moment < filing.approved_at):
            raise InvalidInputError(
                "A report is submitted after its approval and not in the future.", where=filing_id
            )
        else:
            mark_submitted(unit, incident, filing, by, role, moment, receipt_number)
            after_submission(unit, incident, [filing], by)
    return filing if desk is None else post(store, filing_id, desk, by, role)


def record_receipt(store: Store, filing_id: str, by: str, receipt_number: str) -> Filing:
    """Add the number under which an authority took a submitted report.

    Raises:
        NotFoundError, RefusedError: no such filing or role, or it was not submitted.
    """
    with store.work() as unit:
        role, filing = role_of(unit.session, by, MAY_FILE), filing_for_update(unit.session, filing_id)
        if filing.status != FilingStatus.SUBMITTED or not receipt_number.strip():
            raise RefusedError(
                f"This filing is {filing.status}.", where=filing_id, expected="a submitted one and a number"
            )
        filing.status, filing.receipt_number = FilingStatus.ACKNOWLEDGED, receipt_number.strip()
        unit.session.add(filing)
        incident = locked_incident(unit.session, filing.incident_id)
        note_filing(unit, incident, filing, "filing:acknowledged", by, role)
    return filing
