"""Claims of affected people: registered, given to somebody who may decide, or withdrawn.

What was said is sealed; the ledger names the claim and who acted, and holds keyed digests of amounts and words.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlmodel import Session, select

from models.claim import Claim
from models.clock import iso_utc
from models.database import Store, Work
from models.errors import InvalidInputError
from models.money import Money
from models.vocabulary import ClaimKind, ClaimStatus, EnquiryKind
from notifications.sealed_person import sealer_of
from response.hearing.enquiries import LONGEST, MAY_RECORD, place_of
from response.hearing.enquiry_terms import due_of
from response.incidents import locked_incident
from response.losses.claim_decisions import MAY_DECIDE
from response.losses.claim_record import (
    amount_digest,
    find_claim,
    limits_of,
    locked_claim,
    note_claim,
    short_words,
)
from response.losses.claim_rules import must_allow
from response.remarks import keep_remark
from response.staff import role_of, staff_with_role

CHANNELS = ("phone", "email", "letter", "in_person", "court")


@dataclass(frozen=True)
class Demand:
    """What somebody claims, in their words, and how it came. No `amount`: no number was put on it."""

    text: str
    kind: ClaimKind
    channel: str = "letter"
    amount: Money | None = None
    person: int | None = None
    law: str | None = None
    claimed_at: datetime | None = None


def register_claim(unit: Work, incident_id: str, demand: Demand, by: str) -> Claim:
    """Register a claim and give it to legal; due where a law of the person's place says so, else by the house's term.

    A claim for redress is a complaint where a law gives complaints a term. An incident that is closed takes claims too.

    Raises:
        NotFoundError: there is no such incident, staff id, or nobody of this number in it.
        InvalidInputError: it says nothing or too much, comes by no channel, or lies in the future.
        RefusedError: this person may not, or the incident's key was destroyed.
    """
    role = role_of(unit.session, by, MAY_RECORD)
    incident = locked_incident(unit.session, incident_id)
    claimed_at = demand.claimed_at or unit.clock()
    _check(demand, claimed_at, unit.clock())
    due = due_of(EnquiryKind.COMPLAINT, place_of(unit.session, incident_id, demand.person), claimed_at)
    own_term = timedelta(days=limits_of(unit.store).answer_within_days)
    officers = staff_with_role(unit.session, MAY_DECIDE[0])
    row = Claim(
        id=f"{incident_id}/C{_count(unit.session, incident_id) + 1}",
        incident_id=incident_id,
        drill=incident.drill,
        person=demand.person,
        kind=demand.kind,
        channel=demand.channel,
        law=short_words(demand.law, "law") if demand.law else None,
        amount=demand.amount.amount if demand.amount else None,
        currency=demand.amount.currency if demand.amount else None,
        sealed=b"",
        claimed_at=claimed_at,
        registered_at=unit.clock(),
        registered_by=by,
        assigned_to=officers[0].id if officers else None,
        due_at=due.at if due else claimed_at + own_term,
        citation=due.citation if due else None,
    )
    sealer, text = sealer_of(unit.store, unit.session, incident_id), demand.text.strip()
    row.sealed = sealer.seal(text.encode(), f"{row.id}/text")
    said = {"kind": row.kind, "channel": row.channel, "text": sealer.lookup(f"claim/{text}").hex()}
    note_claim(
        unit, row, "claim:registered", by, role, **said, amount=amount_digest(sealer, row, demand.amount)
    )
    return row


def assign_claim(unit: Work, claim_id: str, to: str, due: datetime | None, by: str) -> Claim:
    """Give an open claim to somebody who may decide, with an end of its term where one is given.

    Raises:
        NotFoundError, RefusedError: no such claim or person, it is settled, or one of the two may not.
        InvalidInputError: the term has passed, or ends after the law's.
    """
    role = role_of(unit.session, by, MAY_RECORD)
    role_of(unit.session, to, MAY_DECIDE)
    row = locked_claim(unit.session, claim_id)
    must_allow("assign", row.id, row.status)
    if due is not None:
        _move_term(row, due, unit.clock())
    row.assigned_to, row.overdue_told_at = to, None
    row.status = ClaimStatus.ASSESSING if row.status == ClaimStatus.RECEIVED else row.status
    note_claim(
        unit, row, "claim:assigned", by, role, to=to, due_at=iso_utc(row.due_at) if row.due_at else None
    )
    return row


def withdraw_claim(unit: Work, claim_id: str, reason: str, by: str) -> Claim:
    """Record that whoever claimed no longer does.

    Raises:
        NotFoundError, RefusedError: no such claim, it is settled, or this person may not.
        InvalidInputError: no reason.
    """
    role = role_of(unit.session, by, MAY_RECORD)
    row = locked_claim(unit.session, claim_id)
    must_allow("withdraw", row.id, row.status)
    digest = keep_remark(unit, row.incident_id, row.id, reason, by)
    row.status, row.due_at, row.citation = ClaimStatus.WITHDRAWN, None, None
    note_claim(unit, row, "claim:withdrawn", by, role, reason=digest)
    return row


def read_claim(store: Store, session: Session, claim_id: str, by: str) -> tuple[str, str | None]:
    """Open what was claimed and the payment's reference, for somebody who may read them.

    Raises:
        NotFoundError, RefusedError: no such claim, they may not, or the incident's key was destroyed.
    """
    role_of(session, by, (*MAY_RECORD, *MAY_DECIDE))
    row = find_claim(session, claim_id)
    sealer = sealer_of(store, session, row.incident_id)
    payment = sealer.open(row.sealed_payment, f"{row.id}/payment").decode() if row.sealed_payment else None
    return sealer.open(row.sealed, f"{row.id}/text").decode(), payment


def _check(demand: Demand, claimed_at: datetime, now: datetime) -> None:
    if not 0 < len(demand.text.strip()) <= LONGEST:
        raise InvalidInputError("The claim is empty or too long.", expected=f"1 to {LONGEST:,} characters")
    if demand.channel not in CHANNELS:
        raise InvalidInputError(
            f"Nothing comes by {demand.channel[:20]!r}.",
            where="channel",
            expected=f"one of {', '.join(CHANNELS)}",
        )
    if demand.amount is not None and not demand.amount.amount:
        raise InvalidInputError(
            "Nothing is claimed.",
            where="amount",
            expected="an amount above zero, or none while it is not known",
        )
    if claimed_at > now:
        raise InvalidInputError(
            "The claim lies in the future.", where="claimed", expected="a moment that has passed"
        )


def _move_term(row: Claim, due: datetime, now: datetime) -> None:
    if due <= now:
        raise InvalidInputError(f"{due:%Y-%m-%d} has passed.", where="due", expected="a day to come")
    if row.citation and row.due_at and due > row.due_at:
        raise InvalidInputError(
            f"The law's term ends before {row.due_at:%Y-%m-%d %H:%M}Z.", where="due", expected=row.citation
        )
    if not row.citation or (row.due_at and due < row.due_at):
        row.due_at = due


def end_of_day(day: datetime) -> datetime:
    """Give the moment at which a day is over in UTC."""
    return datetime.combine(day.date() + timedelta(days=1), time(), tzinfo=UTC)


def _count(session: Session, incident_id: str) -> int:
    return len(session.exec(select(Claim.id).where(Claim.incident_id == incident_id)).all())
