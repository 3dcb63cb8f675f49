"""What people do with reports to authorities, one by one: draft, approve, record as submitted, add the receipt."""

import re
from datetime import datetime

from sqlmodel import Session, select

from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.filing import Filing
from models.obligation import Obligation
from models.vocabulary import FilingStatus, Role
from response.duties import parts_of, stands
from response.filing_input import FilingInputs
from response.filing_records import after_submission, draft, mark_approved, mark_submitted, note_filing
from response.incidents import locked_incident
from response.staff import contact_point, role_of

MAY_FILE = (Role.LEGAL, Role.DATA_PROTECTION_OFFICER, Role.EXECUTIVE)
STAFF_MARK = re.compile(r"\[\[staff:([a-z][a-z0-9-]*)/(name|email|phone)\]\]")


def file_one(store: Store, obligation_id: str, by: str) -> Filing:
    """Let a person draft the report of one duty now.

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
        if not stands(obligation) or "authority" not in parts_of(obligation):
            raise RefusedError("No report is owed under this duty.", where=obligation_id)
        incident = locked_incident(unit.session, obligation.incident_id)
        inputs = FilingInputs(store, unit.session, incident, unit.clock())
        return draft(unit, incident, obligation, inputs, by)


def approve_filing(store: Store, filing_id: str, by: str) -> Filing:
    """Let a person approve one draft.

    Raises:
        NotFoundError, RefusedError: no such filing or role, or it is not a draft.
    """
    with store.work() as unit:
        role, filing = role_of(unit.session, by, MAY_FILE), find_filing(unit.session, filing_id)
        if filing.status != FilingStatus.DRAFT:
            raise RefusedError(f"This filing is {filing.status}.", where=filing_id, expected="a draft")
        mark_approved(unit, locked_incident(unit.session, filing.incident_id), filing, [by], role)
    return filing


def submit_filing(
    store: Store, filing_id: str, by: str, receipt_number: str | None = None, at: datetime | None = None
) -> Filing:
    """Let a person record that they submitted an approved report, when, and the receipt they got.

    Raises:
        NotFoundError, RefusedError: no such filing or role, or nobody approved it.
        InvalidInputError: the moment lies before the approval or in the future.
    """
    with store.work() as unit:
        role, filing = role_of(unit.session, by, MAY_FILE), find_filing(unit.session, filing_id)
        incident, moment = locked_incident(unit.session, filing.incident_id), at or unit.clock()
        if moment > unit.clock() or (filing.approved_at is not None and moment < filing.approved_at):
            raise InvalidInputError(
                "A report is submitted after its approval and not in the future.", where=filing_id
            )
        mark_submitted(unit, incident, filing, by, role, moment, receipt_number)
        after_submission(unit, incident, [filing], by)
    return filing


def record_receipt(store: Store, filing_id: str, by: str, receipt_number: str) -> Filing:
    """Add the number under which an authority took a submitted report.

    Raises:
        NotFoundError, RefusedError: no such filing or role, or it was not submitted.
    """
    with store.work() as unit:
        role, filing = role_of(unit.session, by, MAY_FILE), find_filing(unit.session, filing_id)
        if filing.status != FilingStatus.SUBMITTED or not receipt_number.strip():
            raise RefusedError(
                f"This filing is {filing.status}.", where=filing_id, expected="a submitted one and a number"
            )
        filing.status, filing.receipt_number = FilingStatus.ACKNOWLEDGED, receipt_number.strip()
        unit.session.add(filing)
        incident = locked_incident(unit.session, filing.incident_id)
        note_filing(unit, incident, filing, "filing:acknowledged", by, role)
    return filing


def find_filing(session: Session, filing_id: str) -> Filing:
    """Give one filing, locked for this unit of work; raises NotFoundError."""
    filing = session.exec(select(Filing).where(Filing.id == filing_id).with_for_update()).first()
    if filing is None:
        raise NotFoundError(
            f"There is no filing {filing_id[:120]}.", remedy="`tocsin filing list` shows them."
        )
    return filing


def with_names(store: Store, session: Session, text: str) -> str:
    """Fill in the people a report names; for the eyes of those who may see it, never for a record."""

    def name(match: re.Match[str]) -> str:
        point = contact_point(store, session, match[1])
        return str(getattr(point, match[2]) or "")

    return STAFF_MARK.sub(name, text)
