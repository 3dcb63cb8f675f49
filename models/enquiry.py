"""Enquiries and complaints about a notice: what somebody asked, who answers by when, and what was answered."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime
from models.vocabulary import EnquiryStatus


class Enquiry(SQLModel, table=True):
    """One question or complaint of one person, by whatever channel it came; question and answer are sealed.

    One that belongs to no incident we know of is kept all the same, sealed with the organisation's key.
    """

    id: str = Field(primary_key=True)  # <incident>/Q<n>, or Q-<hex> without one
    incident_id: str | None = Field(default=None, foreign_key="incident.id", index=True)
    drill: bool = False
    campaign_id: str | None = Field(default=None, foreign_key="campaign.id")
    person: int | None = None  # the number of a DataSubject, where it is known
    kind: str  # a word of EnquiryKind
    channel: str  # sms, email, phone, letter, in_person
    reference: str | None = Field(
        default=None, unique=True
    )  # the provider's id of the message that brought it
    status: str = Field(default=EnquiryStatus.OPEN, index=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    received_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    citation: str | None = None  # the law that gives `due_at`
    assigned_to: str | None = Field(default=None, foreign_key="staff.id")
    answered_by: str | None = Field(default=None, foreign_key="staff.id")
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answer: bytes | None = Field(default=None, sa_type=LargeBinary)
