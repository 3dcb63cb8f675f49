"""What people do with reports to authorities, one by one: draft, approve, record as submitted, add the receipt."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, select

from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.filing import Filing
from models.obligation import Obligation
from models.staff import Staff
from models.vocabulary import FilingStatus, Role
from reports.filing import FilingReport, build_filing_report, people_in
from reports.rendering import render_filing
from response.context import TOCSIN
from response.duties import parts_of, stands
from response.filing_input import FilingInputs
from response.filing_records import after_submission, draft, mark_approved, mark_submitted, note_filing
from response.incidents import locked_incident
from response.staff import contact_point, role_of

MAY_FILE = (Role.LEGAL, Role.DATA_PROTECTION_OFFICER, Role.EXECUTIVE)


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


def read_filing(store: Store, filing_id: str, language: str, form: str) -> bytes:
    """Write a filing for the person who asks, its people named: `html`, `pdf` or `json`. Nothing is kept of it.

    Raises:
        NotFoundError: no such filing, language or format.
    """
    with store.reading() as session:
        report = named_report(store, session, filing_id)
    return render_filing(report, language, form)


def named_report(store: Store, session: Session, filing_id: str) -> FilingReport:
    """Read a filing with the names of its people; for the eyes of those who may see it, never for a record."""
    report = build_filing_report(session, filing_id)
    staff = people_in(report.content) | set(report.approved_by) | {report.submitted_by or TOCSIN}
    known = {
        each: vars(contact_point(store, session, each))
        for each in staff
        if session.get(Staff, each) is not None
    }
    return replace(report, names=known)
