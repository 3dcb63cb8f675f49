"""Evidence: captures kept with digest and collector, sealed with the incident's key."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime


class Evidence(SQLModel, table=True):
    """One capture. `sha256` is of the clear bytes, so that a copy shown later can be checked."""

    id: str = Field(primary_key=True)  # <incident>/E<n>
    incident_id: str = Field(foreign_key="incident.id", index=True)
    kind: str
    sha256: str
    sealed: bytes = Field(sa_type=LargeBinary)
    collected_by: str
    collected_at: datetime = Field(sa_type=UtcDateTime)
