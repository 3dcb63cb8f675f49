"""Filings: reports to authorities, made from one version of the facts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, sealed_words
from models.vocabulary import FilingStatus


class Filing(SQLModel, table=True):
    """A report to one authority; `missing` names the fields that nobody could answer yet."""

    id: str = Field(primary_key=True)  # <incident>/<rule>/<n>
    incident_id: str = Field(foreign_key="incident.id", index=True)
    obligation_id: str = Field(foreign_key="obligation.id", index=True)
    rule: str
    form: str
    stage: str
    authority: str
    language: str
    status: str = Field(default=FilingStatus.DRAFT, index=True)
    facts_version: int
    content: dict[str, Any] = Field(sa_column=sealed_words("filing.content"))
    missing: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    content_hash: str
    drafted_at: datetime = Field(sa_type=UtcDateTime)
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    approved_by: str | None = None
    # Set while a connector may be handing it over: such a report is neither drafted anew nor posted by anybody else.
    posting_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    submitted_by: str | None = None
    receipt_number: str | None = Field(
        default=None, sa_column=sealed_words("filing.receipt_number", optional=True)
    )
