"""Signals: what a detector or a person said, kept as received."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, sealed_words


class Signal(SQLModel, table=True):
    """A signal may prove nothing (NIST adverse event). `payload` is sealed with the organisation's key."""

    id: str = Field(primary_key=True)
    form: str  # the recognised format, such as aws.macie; "unknown" is kept and asked about
    dedup_key: str = Field(unique=True)
    received_at: datetime = Field(sa_type=UtcDateTime)
    told_by: str  # detector, customer, employee, press, police, attacker, processor, authority, researcher, unknown
    title: str = Field(sa_column=sealed_words("signal.title"))
    named: dict[str, Any] = Field(
        default_factory=dict, sa_column=sealed_words("signal.named")
    )  # systems, not people
    payload: bytes = Field(sa_type=LargeBinary)
    payload_sha256: str
    drill: bool = False
    incident_id: str | None = Field(default=None, foreign_key="incident.id", index=True)
    came_in: str | None = Field(default=None, foreign_key="signal_mail.id", index=True)


class SignalMail(SQLModel, table=True):
    """A mail with signals, whole and sealed; of an automatic one only that it came, and why it is none.

    The keys are keyed digests: one of what it says, one of its Message-ID; each with its sender and date.
    """

    __tablename__ = "signal_mail"

    id: str = Field(primary_key=True)
    content_key: bytes = Field(sa_type=LargeBinary, unique=True)
    message_key: bytes | None = Field(default=None, sa_type=LargeBinary, unique=True)
    received_at: datetime = Field(sa_type=UtcDateTime)
    told_by: str
    proven: bool = False  # our own mail server found that the sender's domain sent it
    whole: bool = True
    set_aside: str = ""  # why no signal was taken from it
    raw: bytes = Field(default=b"", sa_type=LargeBinary)
    raw_sha256: str
