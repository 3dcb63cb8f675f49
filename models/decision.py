"""Decisions: questions that wait for people, and their answers."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, sealed_words
from models.vocabulary import DecisionStatus


class Decision(SQLModel, table=True):
    """A question at a step: an approval (n of m by role) or a manual step with a form."""

    id: str = Field(primary_key=True)  # <incident>/<step>
    incident_id: str = Field(foreign_key="incident.id", index=True)
    step: str
    kind: str
    form: str | None = None  # the form a manual step asks for
    question: dict[str, str] = Field(sa_column=sealed_words("decision.question"))  # by language
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=sealed_words("decision.detail"))
    roles: list[str] = Field(sa_column=Column(JSON, nullable=False))
    needed: int = 1
    requested_by: str
    status: str = Field(default=DecisionStatus.OPEN, index=True)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    on_timeout: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Answer(SQLModel, table=True):
    """What one person said to one question; a person answers a question once."""

    decision_id: str = Field(primary_key=True, foreign_key="decision.id")
    staff_id: str = Field(primary_key=True, foreign_key="staff.id")
    role: str
    verdict: str  # approve, refuse, answer
    reason: str = Field(default="", sa_column=sealed_words("answer.reason"))
    document: bytes | None = Field(
        default=None, sa_type=LargeBinary
    )  # a form, sealed with the incident's key
    answered_at: datetime = Field(sa_type=UtcDateTime)
