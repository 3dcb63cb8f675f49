"""Claims: what affected people say they lost, who decides by when, and what was paid."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import ExactDecimal, UtcDateTime
from models.vocabulary import ClaimStatus


class Claim(SQLModel, table=True):
    """One claim of one person or group. What was said and the payment's reference are sealed.

    `amount` None: nobody put a number on it yet. Once erased, nothing leads from the amounts to a person.
    """

    id: str = Field(primary_key=True)  # <incident>/C<n>
    incident_id: str = Field(foreign_key="incident.id", index=True)
    drill: bool = False
    person: int | None = None  # the number of a DataSubject; None: a group, or somebody not known
    kind: str  # a word of ClaimKind
    channel: str  # phone, email, letter, in_person, court
    law: str | None = None  # the basis the claim names
    amount: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    currency: str | None = None  # ISO 4217; of `amount`, `accepted` and `paid`
    sealed: bytes = Field(sa_type=LargeBinary)
    claimed_at: datetime = Field(sa_type=UtcDateTime)
    registered_at: datetime = Field(sa_type=UtcDateTime)
    registered_by: str = Field(foreign_key="staff.id")
    status: str = Field(default=ClaimStatus.RECEIVED, index=True)
    assigned_to: str | None = Field(default=None, foreign_key="staff.id")
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # of the decision, then of the payment
    citation: str | None = None  # the law that gives `due_at`; None: the organisation's own term
    accepted: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paid: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    paid_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paid_by: str | None = Field(default=None, foreign_key="staff.id")
    sealed_payment: bytes | None = Field(default=None, sa_type=LargeBinary)  # the payment's reference
    overdue_told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ClaimVerdict(SQLModel, table=True):
    """What one person said on a claim; the last ones that agree decide it. Never changed."""

    __tablename__ = "claim_verdict"

    claim_id: str = Field(primary_key=True, foreign_key="claim.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    verdict: str  # accept, partly, refuse
    amount: Decimal | None = Field(default=None, sa_type=ExactDecimal)  # what is accepted
    currency: str | None = None
    by: str = Field(foreign_key="staff.id")
    role: str
    given_at: datetime = Field(sa_type=UtcDateTime)
    reason_digest: str  # of the sealed remark that says why
