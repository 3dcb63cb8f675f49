"""Reading a report to an authority with its people named, for the eyes of those who may see it."""

from dataclasses import replace

from sqlmodel import Session

from models.database import Store
from models.staff import Staff
from reports.filing import FilingReport, build_filing_report, people_in
from reports.rendering import render_filing
from response.context import TOCSIN
from response.staff import contact_point


def read_filing(store: Store, filing_id: str, language: str, form: str) -> bytes:
    """Write a filing for the person who asks, its people named: `html`, `pdf` or `json`. Nothing is kept of it.

    Raises:
        NotFoundError: no such filing, language or format.
    """
    with store.reading() as session:
        report = named_report(store, session, filing_id)
    return render_filing(report, language, form)


def named_report(store: Store, session: Session, filing_id: str) -> FilingReport:
    """Read a filing with the names of its people; never for a record."""
    report = build_filing_report(session, filing_id)
    staff = people_in(report.content) | set(report.approved_by) | {report.submitted_by or TOCSIN}
    known = {
        each: vars(contact_point(store, session, each))
        for each in staff
        if session.get(Staff, each) is not None
    }
    return replace(report, names=known)
