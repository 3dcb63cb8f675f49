"""Root cause and who answered for what."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, sealed_words


class RootCause(SQLModel, table=True):
    """The signed finding of why it happened, in the words of VERIS; reviewed by another than who signed it."""

    __tablename__ = "root_cause"

    incident_id: str = Field(primary_key=True, foreign_key="incident.id")
    summary: dict[str, str] = Field(sa_column=sealed_words("root_cause.summary"))  # by language
    veris: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))  # action, asset, attribute
    whys: list[dict[str, str]] = Field(sa_column=sealed_words("root_cause.whys"))  # each by language
    factors: list[dict[str, Any]] = Field(sa_column=sealed_words("root_cause.factors"))
    failed_control: dict[str, str] = Field(sa_column=sealed_words("root_cause.failed_control"))
    signed_by: str
    signed_at: datetime = Field(sa_type=UtcDateTime)
    reviewed_by: str | None = None
    reviewed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Responsibility(SQLModel, table=True):
    """Who was responsible, accountable, consulted and informed for one step, and who really acted."""

    incident_id: str = Field(primary_key=True, foreign_key="incident.id")
    step: str = Field(primary_key=True)
    phase: str
    responsible: list[str] = Field(sa_column=Column(JSON, nullable=False))
    accountable: str
    consulted: list[str] = Field(sa_column=Column(JSON, nullable=False))
    informed: list[str] = Field(sa_column=Column(JSON, nullable=False))
    acted: list[str] = Field(sa_column=Column(JSON, nullable=False))
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ConductFinding(SQLModel, table=True):
    """A finding about a person, a department or a vendor with its consequence; sealed with the incident's key.

    One of `staff_id`, `department` and `vendor` is set.
    """

    __tablename__ = "conduct_finding"

    id: str = Field(primary_key=True)  # <incident>/F<n>
    incident_id: str = Field(foreign_key="incident.id", index=True)
    staff_id: str | None = Field(default=None, foreign_key="staff.id")
    department: str | None = None
    vendor: str | None = None  # a short handle of a firm, never a person's name
    duty: str = Field(sa_column=sealed_words("conduct_finding.duty"))
    consequence: str  # none, training, improvement, warning, sanction, commendation
    action_id: str | None = Field(
        default=None, foreign_key="corrective_action.id"
    )  # what follows, and is watched
    decided_by: str
    decided_at: datetime = Field(sa_type=UtcDateTime)
    sealed: bytes = Field(sa_type=LargeBinary)  # JSON {finding, reply}


class Report(SQLModel, table=True):
    """A report as it was made: digest and place of the file."""

    id: str = Field(primary_key=True)  # <incident>/<kind>/<language>/<format>
    incident_id: str = Field(foreign_key="incident.id", index=True)
    kind: str
    language: str
    format: str
    sha256: str
    path: str  # relative to the home
    made_at: datetime = Field(sa_type=UtcDateTime)
    ledger_size: int
