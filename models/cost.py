"""Costs of a response: entries that are never changed, only followed by the one that corrects them."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import ExactDecimal, UtcDateTime


class Cost(SQLModel, table=True):
    """One cost. Hours carry the rate they were counted at; `supersedes` names the entry this one corrects."""

    id: str = Field(primary_key=True)  # <incident>/K<n>
    incident_id: str = Field(foreign_key="incident.id", index=True)
    drill: bool = False
    category: str  # a word of CostCategory
    amount: Decimal = Field(sa_type=ExactDecimal)
    currency: str  # ISO 4217
    hours: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    rate: Decimal | None = Field(default=None, sa_type=ExactDecimal)  # `currency` an hour
    department: str | None = None
    role: str | None = None
    incurred_on: date
    basis: str  # a word of CostBasis
    supplier: str | None = None  # a short handle, never a person's name
    supersedes: str | None = Field(default=None, foreign_key="cost.id", unique=True)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)  # a note
    recorded_by: str = Field(foreign_key="staff.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
