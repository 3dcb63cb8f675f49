"""Enquiries and complaints about a notice: registered, assigned, answered by the privacy officer, and counted.

Question and answer are sealed; the ledger names the enquiry, who acted and when, never what was said.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.crypto import Sealer
from models.database import Store, Work
from models.enquiry import Enquiry
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.people import DataSubject
from models.vocabulary import EnquiryKind, EnquiryStatus, Role
from notifications.sealed_person import sealer_of
from response.hearing.enquiry_terms import due_of
from response.incidents import locked_incident
from response.staff import role_of, staff_with_role

MAY_RECORD = (
    Role.CUSTOMER_SERVICE, Role.COMMUNICATIONS, Role.DATA_PROTECTION_OFFICER, Role.LEGAL, Role.INCIDENT_LEAD,
)  # fmt: skip
MAY_ANSWER = (Role.DATA_PROTECTION_OFFICER,)
LONGEST = 20_000  # characters


@dataclass(frozen=True)
class Asked:
    """What somebody said, and how it came."""

    text: str
    kind: EnquiryKind = EnquiryKind.ENQUIRY
    channel: str = "phone"
    person: int | None = None
    campaign_id: str | None = None
    reference: str | None = None
    received_at: datetime | None = None


def record_enquiry(unit: Work, incident_id: str | None, asked: Asked, by: str, role: str) -> Enquiry:
    """Register an enquiry and give it to the privacy officer; due where a law of the person's place says so.

    Raises:
        NotFoundError: there is no such incident, or nobody of this number in it.
        InvalidInputError: it says nothing, or more than LONGEST characters.
        RefusedError: the incident's key was destroyed: nothing can be sealed for it any more.
    """
    text = asked.text.strip()
    if not 0 < len(text) <= LONGEST:
        raise InvalidInputError("The enquiry is empty or too long.", expected=f"1 to {LONGEST:,} characters")
    incident = locked_incident(unit.session, incident_id) if incident_id else None
    received_at = asked.received_at or unit.clock()
    due = due_of(asked.kind, place_of(unit.session, incident_id, asked.person), received_at)
    enquiry = Enquiry(
        id=_next_id(unit.session, incident_id),
        incident_id=incident_id,
        drill=incident.drill if incident else False,
        campaign_id=asked.campaign_id,
        person=asked.person,
        kind=asked.kind,
        channel=asked.channel,
        reference=asked.reference,
        sealed=b"",
        received_at=received_at,
        due_at=due.at if due else None,
        citation=due.citation if due else None,
    )
    enquiry.sealed = _sealer(unit.store, unit.session, enquiry).seal(text.encode(), f"{enquiry.id}/text")
    officers = staff_with_role(unit.session, MAY_ANSWER[0])
    if officers:
        enquiry.assigned_to, enquiry.status = officers[0].id, EnquiryStatus.ASSIGNED
    unit.session.add(enquiry)
    unit.session.flush()
    _note(unit, enquiry, "enquiry:received", by, role, kind=enquiry.kind, channel=enquiry.channel)
    return enquiry


def place_of(session: Session, incident_id: str | None, person: int | None) -> str:
    """Say where a person of an incident is; empty where nobody is named. Raises NotFoundError for one not in it."""
    if incident_id is None or person is None:
        return ""
    subject = session.get(DataSubject, (incident_id, person))
    if subject is None:
        raise NotFoundError(
            f"Nobody has the number {person} in {incident_id}.",
            remedy="Leave --person out if it is not known.",
        )
    return subject.place


def _next_id(session: Session, incident_id: str | None) -> str:
    if incident_id is None:
        return f"Q-{token_hex(4)}"
    count = session.exec(select(func.count()).where(col(Enquiry.incident_id) == incident_id)).one()
    return f"{incident_id}/Q{count + 1}"


def _sealer(store: Store, session: Session, enquiry: Enquiry) -> Sealer:
    if enquiry.incident_id is None:
        return store.organisation_key.sealer
    return sealer_of(store, session, enquiry.incident_id)


def _note(unit: Work, enquiry: Enquiry, tag: str, by: str, role: str, **more: Any) -> None:
    body = {"enquiry": enquiry.id, **more}
    unit.record(tag, actor=by, role=role, incident_id=enquiry.incident_id, drill=enquiry.drill, body=body)


def get_enquiry(session: Session, enquiry_id: str) -> Enquiry:
    """Find an enquiry.

    Raises:
        NotFoundError: there is none with this id.
    """
    found = session.get(Enquiry, enquiry_id)
    if found is None:
        raise NotFoundError(f"There is no enquiry {enquiry_id[:40]}.", remedy="See `tocsin enquiry list`.")
    return found


def list_enquiries(session: Session, incident_id: str | None = None) -> list[Enquiry]:
    """List enquiries, those not answered first, the most urgent before."""
    query = select(Enquiry)
    if incident_id is not None:
        query = query.where(Enquiry.incident_id == incident_id)
    rows = list(session.exec(query))
    return sorted(rows, key=_urgency)


def _urgency(enquiry: Enquiry) -> tuple[bool, bool, datetime, str]:
    due = enquiry.due_at
    return enquiry.answered_at is not None, due is None, due or enquiry.received_at, enquiry.id


def read_enquiry(store: Store, session: Session, enquiry_id: str, by: str) -> tuple[str, str | None]:
    """Open question and answer for somebody who may read them.

    Raises:
        RefusedError: they may not, or the incident's key was destroyed.
    """
    role_of(session, by, MAY_RECORD)
    enquiry = get_enquiry(session, enquiry_id)
    sealer = _sealer(store, session, enquiry)
    text = sealer.open(enquiry.sealed, f"{enquiry.id}/text").decode()
    return text, sealer.open(enquiry.answer, f"{enquiry.id}/answer").decode() if enquiry.answer else None


def assign_enquiry(unit: Work, enquiry_id: str, to: str, by: str) -> Enquiry:
    """Give an enquiry to somebody who may answer.

    Raises:
        RefusedError: it is answered, one of the two may not, or is no longer on the staff list.
    """
    role = role_of(unit.session, by, MAY_RECORD)
    role_of(unit.session, to, MAY_ANSWER)
    enquiry = _unanswered(unit, enquiry_id)
    enquiry.assigned_to, enquiry.status = to, EnquiryStatus.ASSIGNED
    unit.session.add(enquiry)
    _note(unit, enquiry, "enquiry:assigned", by, role, to=to)
    return enquiry


def answer_enquiry(unit: Work, enquiry_id: str, text: str, by: str) -> Enquiry:
    """Keep what the privacy officer answered; an enquiry is answered once.

    Raises:
        RefusedError: it is answered already, or this person may not answer it.
        InvalidInputError: the answer is empty or too long.
    """
    role = role_of(unit.session, by, MAY_ANSWER)
    enquiry, clear = _unanswered(unit, enquiry_id), text.strip()
    if not 0 < len(clear) <= LONGEST:
        raise InvalidInputError("The answer is empty or too long.", expected=f"1 to {LONGEST:,} characters")
    if enquiry.assigned_to not in (None, by):
        raise RefusedError(
            f"{enquiry.id} is assigned to {enquiry.assigned_to}.",
            remedy=f"Assign it first: `tocsin enquiry assign {enquiry.id} --to {by}`.",
        )
    sealer = _sealer(unit.store, unit.session, enquiry)
    enquiry.answer = sealer.seal(clear.encode(), f"{enquiry.id}/answer")
    enquiry.answered_by, enquiry.answered_at = by, unit.clock()
    enquiry.assigned_to, enquiry.status = by, EnquiryStatus.ANSWERED
    unit.session.add(enquiry)
    late = enquiry.due_at is not None and unit.clock() >= enquiry.due_at
    _note(unit, enquiry, "enquiry:answered", by, role, late=late)
    return enquiry


def _unanswered(unit: Work, enquiry_id: str) -> Enquiry:
    enquiry = get_enquiry(unit.session, enquiry_id)
    if enquiry.answered_at is not None:
        raise RefusedError(f"{enquiry.id} was answered by {enquiry.answered_by}.")
    return enquiry


@dataclass(frozen=True)
class EnquiryCounts:
    """Enquiries of an incident in figures, for reports."""

    kinds: dict[str, int]
    answered: int
    open: int
    overdue: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.answered + self.open


def count_enquiries(session: Session, incident_id: str, now: datetime) -> EnquiryCounts:
    """Count the enquiries of an incident as they stand at a moment."""
    rows = list_enquiries(session, incident_id)
    left = [row for row in rows if row.answered_at is None]
    overdue = sum(row.due_at is not None and row.due_at <= now for row in left)
    kinds = Counter(str(row.kind) for row in rows)
    return EnquiryCounts(dict(sorted(kinds.items())), len(rows) - len(left), len(left), overdue)
