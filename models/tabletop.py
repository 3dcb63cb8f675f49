"""Tabletop exercises: people around a table, injects handed to them one by one, and what they decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime


class Tabletop(SQLModel, table=True):
    """One exercise at a table. Nothing is executed: it tests people, a drill tests the plan and the machine."""

    id: str = Field(primary_key=True)  # TTX-<year>-<number>
    scenario: str
    scenario_hash: str
    facilitator: str = Field(foreign_key="staff.id")
    participants: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))  # role: staff id
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    result: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))


class TabletopEntry(SQLModel, table=True):
    """One line of the facilitator's log; words are sealed with the organisation's key."""

    __tablename__ = "tabletop_entry"

    tabletop_id: str = Field(primary_key=True, foreign_key="tabletop.id")
    number: int = Field(primary_key=True)
    item: int  # which item of the agenda, from 0
    kind: str  # handed_out, decided
    role: str
    at: datetime = Field(sa_type=UtcDateTime)
    seconds: float = 0.0  # since the item was handed out
    sealed: bytes = Field(default=b"", sa_type=LargeBinary)
