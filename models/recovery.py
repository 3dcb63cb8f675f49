"""Recoveries: what insurers, vendors and others pay back; never changed, only followed by the one that corrects it."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import ExactDecimal, UtcDateTime


class Recovery(SQLModel, table=True):
    """One amount that came back, or is expected to; `supersedes` names the entry this one corrects.

    With a `claim_id` it is of what was paid on that claim. Once erased, nothing leads from it to a person.
    """

    id: str = Field(primary_key=True)  # <incident>/R<n>
    incident_id: str = Field(foreign_key="incident.id", index=True)
    drill: bool = False
    source: str  # a word of RecoverySource
    state: str  # a word of RecoveryState; what is only expected reduces no sum
    payer: str | None = None  # a short handle of a firm, never a person's name
    claim_id: str | None = Field(default=None, foreign_key="claim.id")
    amount: Decimal = Field(sa_type=ExactDecimal)
    currency: str  # ISO 4217
    booked_on: date  # the day it was received, or is expected
    supersedes: str | None = Field(default=None, foreign_key="recovery.id", unique=True)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)  # a note
    recorded_by: str = Field(foreign_key="staff.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
