"""Acts on systems (containment) and corrective actions after the cause is known."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, sealed_words
from models.vocabulary import ContainmentStatus


class Containment(SQLModel, table=True):
    """One act on one system: exactly what it would do, the state before it, and how it is undone."""

    id: str = Field(primary_key=True)  # <incident>/<step that planned it>
    incident_id: str = Field(foreign_key="incident.id", index=True)
    connector: str
    capability: str
    target: str = Field(sa_column=sealed_words("containment.target"))
    plan: dict[str, Any] = Field(sa_column=sealed_words("containment.plan"))
    before: dict[str, Any] | None = Field(
        default=None, sa_column=sealed_words("containment.before", optional=True)
    )
    after: dict[str, Any] | None = Field(
        default=None, sa_column=sealed_words("containment.after", optional=True)
    )
    status: str = Field(default=ContainmentStatus.PLANNED, index=True)
    planned_at: datetime = Field(sa_type=UtcDateTime)
    executed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reverted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expiry_told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # What a person recorded who did it: staff id, moment, whether it holds, the evidence with their words.
    by_hand: dict[str, Any] | None = Field(
        default=None, sa_column=sealed_words("containment.by_hand", optional=True)
    )
    accepted_by: str | None = None
    reason: str | None = Field(default=None, sa_column=sealed_words("containment.reason", optional=True))


class CorrectiveAction(SQLModel, table=True):
    """A corrective or preventive action with an owner and a day, of an incident or of an exercise held outside."""

    __tablename__ = "corrective_action"

    id: str = Field(primary_key=True)  # <incident or exercise>/A<n>
    incident_id: str | None = Field(default=None, foreign_key="incident.id", index=True)
    exercise_id: str | None = Field(default=None, foreign_key="outside_exercise.id", index=True)
    title: str = Field(sa_column=sealed_words("corrective_action.title"))
    kind: str  # corrective, preventive
    owner: str = Field(foreign_key="staff.id")
    due_on: date
    status: str = "open"  # open, done, verified; withdrawn with its exercise
    # Where the proof lies: an evidence id, a change number.
    evidence: str | None = Field(
        default=None, sa_column=sealed_words("corrective_action.evidence", optional=True)
    )
    done_by: str | None = None
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verified_by: str | None = None  # who found it effective, another than who did it
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    overdue_told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
