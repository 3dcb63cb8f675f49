"""Obligations: one duty of one law on one incident."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, sealed_words
from models.vocabulary import ObligationStatus


class Obligation(SQLModel, table=True):
    """A duty with its clock. `due_at` None with status open means: at once, the law names no number."""

    id: str = Field(primary_key=True)  # <incident>/<rule>, with #n for a recurring duty
    incident_id: str = Field(foreign_key="incident.id", index=True)
    rule: str
    rule_hash: str
    jurisdiction: str
    stage: str
    recipient: str
    recipient_local: str | None = None
    citation: str
    verified: bool
    status: str = Field(default=ObligationStatus.NOT_STARTED, index=True)
    answer: str  # due, immediate, not_started, depends: what the law's evaluation said
    clock: str | None = None
    starts_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    because: str = Field(default="", sa_column=sealed_words("obligation.because"))
    unknowns: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    facts_version: int
    met_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # The filing or campaign that met it.
    met_by: str | None = Field(default=None, sa_column=sealed_words("obligation.met_by", optional=True))
    decided_by: str | None = None
    reason: str | None = Field(default=None, sa_column=sealed_words("obligation.reason", optional=True))
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=sealed_words("obligation.detail"))
