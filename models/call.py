"""Calls: what goes out to one member of staff about one thing, queued with the thing itself and sent afterwards."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, sealed_words
from models.vocabulary import CallStatus


class Call(SQLModel, table=True):
    """One message to one person by one channel. Called twice is better than not at all: an uncertain send is repeated.

    `about` names a decision, or the ledger tag of what happened; `detail` holds ids and numbers for the words.
    The link in a message carries a token of which only the digest is kept; `used_at` says that it was used up.
    """

    id: int | None = Field(default=None, primary_key=True)
    incident_id: str | None = Field(default=None, foreign_key="incident.id", index=True)
    staff_id: str = Field(foreign_key="staff.id")
    kind: str
    about: str = Field(index=True)
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=sealed_words("call.detail"))
    channel: str
    drill: bool = False
    status: str = Field(default=CallStatus.QUEUED, index=True)
    attempts: int = 0
    queued_at: datetime = Field(sa_type=UtcDateTime)
    next_at: datetime = Field(sa_type=UtcDateTime)  # not tried before
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    token_digest: bytes | None = Field(default=None, sa_type=LargeBinary, index=True)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
