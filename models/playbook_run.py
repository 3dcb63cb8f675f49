"""What has been done of a plan: the truth that Prefect's engine works from."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, sealed_words


class StepRun(SQLModel, table=True):
    """One step of one incident. `values` holds variables for later steps: ids and words, never names."""

    __tablename__ = "step_run"

    incident_id: str = Field(primary_key=True, foreign_key="incident.id")
    step: str = Field(primary_key=True)  # the step's id, with #n for a later turn of a loop
    phase: str
    action: str | None = None
    status: str
    batches: int = 0
    attempts: int = 1
    executor: str | None = None
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    values: dict[str, Any] = Field(default_factory=dict, sa_column=sealed_words("step_run.values"))
    fault: str | None = Field(default=None, sa_column=sealed_words("step_run.fault", optional=True))
