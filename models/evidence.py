"""Evidence: files and captures with digest, collector and custody, sealed with the incident's key; legal holds."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime


class Evidence(SQLModel, table=True):
    """One capture. `sha256` is of the clear bytes, so that a copy shown later can be checked.

    What a file was called may name a person, so it is sealed as well. Both are None once erased.
    """

    id: str = Field(primary_key=True)  # <incident>/E<n>
    incident_id: str = Field(foreign_key="incident.id", index=True)
    kind: str
    sha256: str
    size: int  # bytes, in clear
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    sealed_label: bytes | None = Field(default=None, sa_type=LargeBinary)  # JSON {file, about}
    collected_by: str
    collected_at: datetime = Field(sa_type=UtcDateTime)
    holder: str  # who answers for it now


class CustodyTransfer(SQLModel, table=True):
    """One passing of evidence from hand to hand, or a copy given out; its bytes were checked at that moment."""

    __tablename__ = "custody_transfer"

    evidence_id: str = Field(primary_key=True, foreign_key="evidence.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    incident_id: str = Field(foreign_key="incident.id", index=True)
    kind: str  # handed or copied
    giver: str
    taker: str
    reason_digest: str  # of the sealed remark that says why
    recorded_by: str
    at: datetime = Field(sa_type=UtcDateTime)


class LegalHold(SQLModel, table=True):
    """As long as it is not released nothing of the incident is erased."""

    __tablename__ = "legal_hold"

    id: str = Field(primary_key=True)  # <incident>/H<n>
    incident_id: str = Field(foreign_key="incident.id", index=True)
    evidence_id: str | None = Field(default=None, foreign_key="evidence.id")  # None: the whole incident
    placed_by: str
    placed_at: datetime = Field(sa_type=UtcDateTime)
    reason_digest: str
    released_by: str | None = None
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
