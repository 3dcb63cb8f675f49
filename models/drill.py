"""Drills: how far each one is on its own clock, how it ended, and what it was worth."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime


class Drill(SQLModel, table=True):
    """One run of a scenario. Its moments are the drill's own; `clock_at` is where its clock was last seen."""

    incident_id: str = Field(primary_key=True, foreign_key="incident.id")
    scenario: str = Field(index=True)
    scenario_hash: str
    run: str  # the mark that tells this run's signal from other runs'
    status: str = "running"  # running, done, stopped, discarded
    started_at: datetime = Field(sa_type=UtcDateTime)
    clock_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    injected: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    refused_connections: int = 0
    score: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
