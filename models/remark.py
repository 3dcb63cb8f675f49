"""Remarks: what people wrote as the reason of something they did; sealed, while the ledger holds their digest."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime


class Remark(SQLModel, table=True):
    """One reason in somebody's own words; the keyed `digest` proves the words without holding them."""

    id: int | None = Field(default=None, primary_key=True)
    incident_id: str | None = Field(default=None, foreign_key="incident.id", index=True)
    subject: str  # what it is about: a step, a signal, a playbook
    by: str
    digest: str = Field(index=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    written_at: datetime = Field(sa_type=UtcDateTime)
