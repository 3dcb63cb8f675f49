"""Incidents, the versions of what is known of them, and their keys."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, sealed_words
from models.vocabulary import IncidentStatus


class Incident(SQLModel, table=True):
    """A declared incident. Drills carry `drill=True` and a `DRL-` id, so that figures never mix."""

    id: str = Field(primary_key=True)
    title: str = Field(sa_column=sealed_words("incident.title"))
    drill: bool = Field(default=False, index=True)
    scenario: str | None = None
    status: str = Field(default=IncidentStatus.OPEN, index=True)
    playbook: str
    playbook_hash: str = Field(foreign_key="playbook_version.content_hash")
    facts_version: int = 0
    declared_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    flow_run_id: str | None = None
    revivals: int = 0


class IncidentKey(SQLModel, table=True):
    """An incident's data key, wrapped by the organisation's key; `wrapped` None means destroyed."""

    __tablename__ = "incident_key"

    incident_id: str = Field(primary_key=True, foreign_key="incident.id")
    wrapped: bytes | None = Field(default=None, sa_type=LargeBinary)
    destroyed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class FactsVersion(SQLModel, table=True):
    """One version of the facts (tocsin/facts/1); never changed, only followed by the next."""

    __tablename__ = "facts_version"

    incident_id: str = Field(primary_key=True, foreign_key="incident.id")
    version: int = Field(primary_key=True)
    document: dict[str, Any] = Field(sa_column=sealed_words("facts_version.document"))
    content_hash: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    severity: str | None = None
    risk: str | None = None
    triage: dict[str, Any] | None = Field(
        default=None, sa_column=sealed_words("facts_version.triage", optional=True)
    )


class PlaybookVersion(SQLModel, table=True):
    """The exact text of a playbook that some incident runs, found by the hash of its content."""

    __tablename__ = "playbook_version"

    content_hash: str = Field(primary_key=True)
    name: str
    text: str
    stored_at: datetime = Field(sa_type=UtcDateTime)


class Lease(SQLModel, table=True):
    """Who executes an incident now; silent for longer than its term, the holder has lost it."""

    incident_id: str = Field(primary_key=True)
    holder: str
    expires_at: datetime = Field(sa_type=UtcDateTime)


class SequenceNumber(SQLModel, table=True):
    """The last number given out in a series, such as the incidents of a year."""

    __tablename__ = "sequence_number"

    series: str = Field(primary_key=True)
    last: int = 0
